//! What is not answered: a status, a word for programs, a sentence for people.

use std::borrow::Cow;

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
/// | 409 | `refused` | the request id was used for another question |
/// | 413, 422 | `too_long`, `malformed` | a document that cannot be redacted |
/// | 503 | `failed` | the ledger or the system; what, is in the log of the service |
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

    /// For what is none of the caller's business.
    pub(crate) fn failed() -> Self {
        Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "failed",
            "the service cannot answer now; nothing was drawn twice",
        )
    }
}

impl From<incog::Error> for Refusal {
    fn from(error: incog::Error) -> Self {
        let (status, word) = match error.kind() {
            ErrorKind::BudgetExceeded => (StatusCode::FORBIDDEN, "budget_exceeded"),
            ErrorKind::Refused => (StatusCode::CONFLICT, "refused"),
            ErrorKind::Parameter => (StatusCode::BAD_REQUEST, "parameter"),
            ErrorKind::Data => (StatusCode::UNPROCESSABLE_ENTITY, "malformed"),
            _ => {
                // A sentence of the library holds no cell and no key, but it may name a file of this host.
                eprintln!("{error}");
                return Refusal::failed();
            }
        };
        let shortfall = error.shortfall();
        let (asked, left) = (shortfall.map(|s| s.asked.clone()), shortfall.map(|s| s.left.clone()));
        Refusal { asked, left, ..Refusal::new(status, word, error.to_string()) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}
