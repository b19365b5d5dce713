//! `POST /count`: stays by ward, with noise, charged to the ledger.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
};
use incog::{
    dp::{Epsilon, Query, Session},
    table::Table,
};
use serde::{Deserialize, Serialize};

use crate::{
    Refusal, Service,
    body::{Form, whole},
};

/// What an analyst asks.
///
/// # Examples
/// A word that the service does not know is no part of a question:
/// ```
/// use incog_service::Question;
/// let question: Question = serde_json::from_str(r#"{"request_id": "monday", "epsilon": "0.1"}"#)?;
/// assert_eq!((&question.request_id[..], &question.epsilon[..]), ("monday", "0.1"));
/// let other = r#"{"request_id": "monday", "epsilon": "0.1", "exact": true}"#;
/// assert!(serde_json::from_str::<Question>(other).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Question {
    /// The name of the question: asked again with the same one, the answer is the same, and costs nothing.
    pub request_id: String,
    /// What it may cost, in decimal: more is more accurate.
    pub epsilon: String,
}

/// What an analyst gets.
///
/// # Examples
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/house.rs"));
/// # #[tokio::main]
/// # async fn main() {
/// # let house = House::new("doc-answer").await;
/// let answer = house.ask("ann-secret", "monday", "0.1").await;
/// assert_eq!(answer.status, 200);
/// let answer = answer.json();
/// assert_eq!(answer["wards"].as_array().map(Vec::len), Some(4));
/// println!("cost {}, left {}: {}", answer["cost"], answer["left"], answer["claim"]);
/// # }
/// ```
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Answer {
    /// A number for each ward, also for one without stays.
    pub wards: Vec<StaysOfWard>,
    /// What it protects, and what that assumes.
    pub claim: String,
    /// What it cost, when it was first asked.
    pub cost: String,
    /// What is left of the budget that all share.
    pub left: String,
}

/// Stays on one ward.
///
/// # Examples
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/house.rs"));
/// # #[tokio::main]
/// # async fn main() {
/// # let house = House::new("doc-stays").await;
/// let answer = house.ask("ann-secret", "monday", "0.1").await.json();
/// for ward in answer["wards"].as_array().expect("a list") {
///     println!("{}: {} ± {}", ward["ward"], ward["stays"], ward["error"]);
///     assert!(ward["error"].as_f64() > Some(0.0));
/// }
/// # }
/// ```
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct StaysOfWard {
    /// The ward.
    pub ward: String,
    /// Stays there, with noise: may be below zero.
    pub stays: f64,
    /// With probability at least 95 % (over the noise, for this value alone), the exact number of the stays that counted
    /// is at most this far away. Contribution bounds are not in it: of one patient, three stays and three wards count.
    pub error: f64,
}

pub(crate) async fn count(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Answer>, Refusal> {
    let token =
        headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    let Some(analyst) = token.and_then(|token| service.analyst(token)) else {
        let message = "send a bearer token that is known";
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "unknown_analyst", message));
    };
    // Of who cannot ask nothing more is read; and what was sent is not sent back.
    let body = match Form::declared(&headers) {
        Some((Form::Json, _)) => whole(body, LONGEST_QUESTION, service.patience).await?,
        _ => None,
    };
    let Some(Ok(Json(question))) = body.map(|bytes| Json::from_bytes(&bytes)) else {
        let form = r#"the body is application/json like {"request_id": "monday", "epsilon": "0.1"}"#;
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "malformed", form));
    };
    let permit = Arc::clone(&analyst.questions).try_acquire_owned().map_err(|_| Refusal::busy())?;
    // The ledger flushes a disk before anything is drawn, and goes on also if the client goes.
    let answer = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        service.ask(&analyst, |session| answer(session, &service.table, &analyst.name, &question))
    });
    Ok(Json(answer.await.map_err(Refusal::failed)??))
}

fn answer(session: &mut Session, table: &Table, analyst: &str, question: &Question) -> incog::Result<Answer> {
    let query = Query::count().by("ward", WARDS).epsilon(Epsilon::parse(&question.epsilon)?).build()?;
    // Ids are those of a ledger, which all share: two analysts may have the same name for a question.
    let release = session.release(&query, table, &format!("{analyst}/{}", question.request_id))?;
    let wards = release.values().iter().map(|value| StaysOfWard {
        ward: value.key.clone().unwrap_or_default(),
        stays: value.value,
        error: value.error,
    });
    Ok(Answer {
        wards: wards.collect(),
        claim: release.claim().to_string(),
        cost: release.cost().to_string(),
        left: session.balance()?.remaining.to_string(),
    })
}

/// The wards of the house. They are public: not read from the data, so a ward without stays is answered as well.
const WARDS: [&str; 4] = ["A1", "A2", "B1", "B2"];
/// A question is a few words.
const LONGEST_QUESTION: usize = 4 << 10;
