//! What is not answered: a status, a word for programs, a sentence for people.

use std::{borrow::Cow, fmt};

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use incog::ErrorKind;
use serde::Serialize;

/// Why a request was not answered.
///
/// | status | `error` | when |
/// |---|---|---|
/// | 400 | `malformed`, `parameter` | the request is none that could be answered |
/// | 401 | `unknown_analyst` | no bearer token, or one that is unknown |
/// | 403 | `budget_exceeded` | too little is left; `asked` and `left` say what |
/// | 408 | `too_slow` | the body did not come in time |
/// | 409 | `refused` | the ledger refuses the question as it stands; see below |
/// | 413 | `too_long` | a document with too many bytes |
/// | 415 | `unsupported_type` | the headers do not say how a body is to be read, or say what cannot be |
/// | 422 | `malformed` | a document that is not what it is declared to be |
/// | 503 | `busy` | too many such requests are in work; nothing was done |
/// | 503 | `failed` | the ledger or the system; what, is in the log of the service |
///
/// A 409 has several causes, and `message` says which: the id was used for another question; it is charged, and its answer
/// lost; the ledger counts in another unit or currency; its clock made a step. An answer also seems lost while another
/// process draws it, so ask once more a little later, under the same id, before you take a new one and pay again.
///
/// After `failed`, the question may be charged. Under the same id it is charged once, however often it is asked.
///
/// # Examples
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/house.rs"));
/// # #[tokio::main]
/// # async fn main() {
/// # let house = House::new("doc-refusal").await;
/// let refusal = house.ask("ann-secret", "monday", "0.6").await;
/// assert_eq!((refusal.status, &refusal.json()["error"]), (403, &json!("budget_exceeded")));
/// println!("asked {}, left {}", refusal.json()["asked"], refusal.json()["left"]);
/// let refusal = house.ask("guessed", "monday", "0.1").await;
/// assert_eq!((refusal.status, &refusal.json()["error"]), (401, &json!("unknown_analyst")));
/// # }
/// ```
#[derive(Debug, Serialize)]
pub struct Refusal {
    #[serde(skip)]
    status: StatusCode,
    error: &'static str,
    message: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<String>,
}

impl Refusal {
    pub(crate) fn new(
        status: StatusCode,
        error: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Refusal { status, error, message: message.into(), asked: None, left: None }
    }

    /// For what is none of the caller's business: it is logged.
    pub(crate) fn failed(why: impl fmt::Display) -> Self {
        // A sentence of the library holds no cell and no key, but it may name a file of this host.
        eprintln!("{why}");
        let message = "the service cannot answer now; a question may be charged, so ask it again under the same \
                       request_id: that is not charged twice";
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "failed", message)
    }

    pub(crate) fn busy() -> Self {
        let message = "too many such requests are in work; nothing was done, try again later";
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message)
    }

    pub(crate) fn too_slow() -> Self {
        Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "the body did not come in time; send it at once",
        )
    }

    /// What a document that was sent is refused for: its own faults only.
    pub(crate) fn of_document(error: &incog::Error) -> Self {
        match error.kind() {
            ErrorKind::Data => Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "malformed", error.to_string()),
            _ => Refusal::failed(error),
        }
    }

    /// What a question is refused for. The data of an analyst are in no question, so `Data` is a ledger that is damaged.
    pub(crate) fn of_question(error: &incog::Error) -> Self {
        let (status, word) = match error.kind() {
            ErrorKind::BudgetExceeded => (StatusCode::FORBIDDEN, "budget_exceeded"),
            ErrorKind::Refused => (StatusCode::CONFLICT, "refused"),
            ErrorKind::Parameter => (StatusCode::BAD_REQUEST, "parameter"),
            _ => return Refusal::failed(error),
        };
        let shortfall = error.shortfall();
        let (asked, left) = (shortfall.map(|s| s.asked.clone()), shortfall.map(|s| s.left.clone()));
        Refusal { asked, left, ..Refusal::new(status, word, error.to_string()) }
    }

    /// Whether the ledger or the system is why.
    pub(crate) fn is_failure(&self) -> bool {
        self.error == "failed"
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}
