//! Bodies: what they are declared to be, and all of one in time.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{
        HeaderMap, HeaderValue,
        header::{CONTENT_ENCODING, CONTENT_TYPE},
    },
};
use tokio::time::timeout;

use crate::Refusal;

/// How a body is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    JsonLines,
    Text,
}

impl Form {
    /// The form that the headers declare once and clearly, and their words for it. `None` means that nobody knows what
    /// reads the body as it is meant: as UTF-16 or compressed it would go through a search unseen.
    pub(crate) fn declared(headers: &HeaderMap) -> Option<(Self, HeaderValue)> {
        let mut types = headers.get_all(CONTENT_TYPE).iter();
        let (Some(value), None) = (types.next(), types.next()) else { return None };
        let is_plain = |encoding: &HeaderValue| encoding.as_bytes().eq_ignore_ascii_case(b"identity");
        if !headers.get_all(CONTENT_ENCODING).iter().all(is_plain) {
            return None;
        }
        let text = value.to_str().ok()?.to_ascii_lowercase();
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let is_utf8 = |parameter: &str| match parameter.split_once('=') {
            Some((name, charset)) if name.trim_end() == "charset" => {
                matches!(charset.trim_start().trim_matches('"'), "utf-8" | "utf8" | "us-ascii")
            }
            _ => true,
        };
        if !parts.all(is_utf8) {
            return None;
        }
        let form = match (kind, subtype) {
            ("application" | "text", "json" | "x-json") => Form::Json,
            (_, subtype) if subtype.ends_with("+json") => Form::Json,
            ("application" | "text", "x-ndjson" | "ndjson" | "x-jsonl" | "jsonl" | "jsonlines") => {
                Form::JsonLines
            }
            // JSON that is not known here must not go as text, past the rules for its paths.
            ("text", subtype) if !subtype.contains("json") => Form::Text,
            _ => return None,
        };
        Some((form, value.clone()))
    }
}

/// All of a body, unless it has more than `limit` bytes.
///
/// # Errors
/// If it is not there in time.
pub(crate) async fn whole(body: Body, limit: usize, patience: Duration) -> Result<Option<Bytes>, Refusal> {
    Ok(timeout(patience, to_bytes(body, limit)).await.map_err(|_| Refusal::too_slow())?.ok())
}
