//! `POST /count`: stays by ward, with noise, charged to the ledger.

use std::sync::{Arc, PoisonError};

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
};
use incog::dp::{Epsilon, Query};
use serde::{Deserialize, Serialize};

use crate::{Refusal, Service};

/// What an analyst asks.
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
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct StaysOfWard {
    /// The ward.
    pub ward: String,
    /// Stays there, with noise: may be below zero.
    pub stays: f64,
    /// The true number is no farther than this from it, with probability 95 %.
    pub error: f64,
}

pub(crate) async fn count(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    question: Result<Json<Question>, JsonRejection>,
) -> Result<Json<Answer>, Refusal> {
    let token =
        headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    let token = token.unwrap_or_default().to_owned();
    if service.analyst(&token).is_none() {
        return Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            "unknown_analyst",
            "send a bearer token that is known",
        ));
    }
    // Who cannot ask learns nothing about how a question looks; and what was sent is not sent back.
    let Ok(Json(question)) = question else {
        let form = r#"the body is JSON like {"request_id": "monday", "epsilon": "0.1"}"#;
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "malformed", form));
    };
    // The ledger flushes a disk before anything is drawn.
    let answer = tokio::task::spawn_blocking(move || answer(&service, &token, &question)).await;
    Ok(Json(answer.map_err(|_| Refusal::failed())??))
}

fn answer(service: &Service, token: &str, question: &Question) -> Result<Answer, Refusal> {
    let analyst = service.analyst(token).ok_or_else(Refusal::failed)?;
    let query = Query::count().by("ward", WARDS).epsilon(Epsilon::parse(&question.epsilon)?).build()?;
    // A session that panicked has charged what it drew, so the next question may go on with it.
    let mut session = analyst.session.lock().unwrap_or_else(PoisonError::into_inner);
    // Ids are those of a ledger, which all share: two analysts may have the same name for a question.
    let id = format!("{}/{}", analyst.name, question.request_id);
    let release = session.release(&query, &service.table, &id)?;
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
