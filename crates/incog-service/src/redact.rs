//! `POST /redact`: the body, without what was found in it.

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use futures_core::Stream;
use incog::pii::RedactingStream;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::timeout,
};

use crate::{
    Refusal, Service,
    body::{Form, whole},
};

/// Text goes out while it comes in: no more of it is held than a value could take that is not complete. JSON is taken
/// whole, as an error in its last line is one that nothing before it should have left with. What is declared as neither is
/// refused: a rule for a path of JSON would not be applied to it.
pub(crate) async fn redact(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let Some((form, declared)) = Form::declared(&headers) else {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_type", FORMS));
    };
    let permit = Arc::clone(&service.redactions).try_acquire_owned().map_err(|_| Refusal::busy())?;
    if form == Form::Text {
        return Ok(as_it_comes(service, declared, body, permit));
    }
    let bytes = whole(body, LONGEST_DOCUMENT, service.patience).await?.ok_or_else(|| {
        let limit = format!("a body of JSON may have {LONGEST_DOCUMENT} bytes; send it in parts");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_long", limit)
    })?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "malformed", "JSON is UTF-8"))?;
    let redacted = match form {
        Form::JsonLines => service.json.redact_lines(text),
        Form::Json | Form::Text => service.json.redact(text),
    };
    let redacted = redacted.map_err(|error| Refusal::of_document(&error))?.into_owned();
    Ok(([(CONTENT_TYPE, declared)], redacted).into_response())
}

/// The answer begins before the body has ended, so a task of its own holds the permit until both have.
fn as_it_comes(
    service: Arc<Service>,
    declared: HeaderValue,
    body: Body,
    permit: OwnedSemaphorePermit,
) -> Response {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let _permit = permit;
        // Without its last piece the stream of the answer ends with an error: nothing else is to be done.
        let _ = pass(&service, body, sender).await;
    });
    ([(CONTENT_TYPE, declared)], Body::from_stream(Pieces(receiver))).into_response()
}

/// Passes pieces on until the body ends, and `None` then. Stops for a client that lets too long pass until something is
/// decided, or does not take it, for ever so many of them would hold all permits.
async fn pass(service: &Service, body: Body, sender: mpsc::Sender<Option<Vec<u8>>>) -> Option<()> {
    let mut stream = pin!(RedactingStream::new(&service.redactor, body.into_data_stream()));
    loop {
        let next = poll_fn(|context| stream.as_mut().poll_next(context));
        let piece = timeout(service.patience, next).await.ok()?.transpose().ok()?;
        let was_last = piece.is_none();
        timeout(service.patience, sender.send(piece)).await.ok()?.ok()?;
        if was_last {
            return Some(());
        }
    }
}

/// What [`pass`] sends. If it stopped early, an error: half a text must not look like a whole one.
struct Pieces(mpsc::Receiver<Option<Vec<u8>>>);

impl Stream for Pieces {
    type Item = io::Result<Vec<u8>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let early = || io::Error::new(io::ErrorKind::UnexpectedEof, "the text was not redacted to its end");
        self.0.poll_recv(context).map(|piece| piece.ok_or_else(early).transpose())
    }
}

const FORMS: &str = "say how the body is to be read, as in 'Content-Type: text/plain': text/plain or other text, \
                     application/json or another +json, application/x-ndjson; in UTF-8, and not compressed";
/// A mebibyte, of a request that is held in memory.
const LONGEST_DOCUMENT: usize = 1 << 20;
