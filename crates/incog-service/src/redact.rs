//! `POST /redact`: the body, without what was found in it.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use incog::pii::RedactingStream;

use crate::{Refusal, Service};

/// Text goes out while it comes in: no more of it is held than a value could take that is not complete. A document of JSON
/// is taken whole, as an error in its last line is one that nothing before it should have left with.
pub(crate) async fn redact(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let of_type = |value: &str| {
        headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|v| v.starts_with(value))
    };
    if of_type("application/json") {
        let bytes = to_bytes(body, LONGEST_DOCUMENT).await.map_err(|_| {
            let limit =
                format!("a document of JSON may have {LONGEST_DOCUMENT} bytes; send lines of text instead");
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_long", limit)
        })?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "malformed", "JSON is UTF-8"))?;
        let redacted = service.json.redact(text)?.into_owned();
        return Ok(([(CONTENT_TYPE, "application/json")], redacted).into_response());
    }
    // Bytes that are not UTF-8 pass as they are, so the encoding that was declared stays true.
    let declared = headers.get(CONTENT_TYPE).filter(|_| of_type("text/")).cloned();
    let stream = RedactingStream::new(&service.redactor, body.into_data_stream());
    let mut response = Body::from_stream(stream).into_response();
    let plain = axum::http::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, declared.unwrap_or(plain));
    Ok(response)
}

/// A mebibyte, of a request that is held in memory.
const LONGEST_DOCUMENT: usize = 1 << 20;
