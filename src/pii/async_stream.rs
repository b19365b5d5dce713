//! Redaction of an asynchronous stream of chunks.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;

use super::{Redactor, StreamRedactor};

/// Redacts the chunks of a stream, such as the body of a request or the answer of a model.
///
/// # Guarantee
/// That of [`StreamRedactor`]. An error of the stream is passed on; what is held back then is not written any more,
/// and the stream ends.
///
/// # Examples
/// ```
/// use std::{pin::Pin, task::{Context, Poll, Waker}};
/// use futures_core::Stream;
/// use incog::pii::{RedactingStream, Redactor, Scanner};
///
/// struct Chunks(std::vec::IntoIter<&'static str>);
/// impl Stream for Chunks {
///     type Item = std::io::Result<&'static str>;
///     fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
///         Poll::Ready(self.0.next().map(Ok))
///     }
/// }
///
/// let redactor = Redactor::builder(Scanner::new()).build();
/// let chunks = Chunks(vec!["from ada@exam", "ple.org\n"].into_iter());
/// let mut stream = RedactingStream::new(&redactor, chunks);
/// let mut context = Context::from_waker(Waker::noop());
/// let mut out = Vec::new();
/// while let Poll::Ready(Some(chunk)) = Pin::new(&mut stream).poll_next(&mut context) {
///     out.extend(chunk?);
/// }
/// assert_eq!(out, b"from [EMAIL_ADDRESS]\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct RedactingStream<S> {
    inner: S,
    redactor: Option<StreamRedactor>,
}

impl<S> RedactingStream<S> {
    /// A stream behind `inner`.
    pub fn new(redactor: &Redactor, inner: S) -> Self {
        RedactingStream { inner, redactor: Some(StreamRedactor::new(redactor)) }
    }
}

impl<S, B, E> Stream for RedactingStream<S>
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: AsRef<[u8]>,
{
    type Item = Result<Vec<u8>, E>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut out = Vec::new();
        while out.is_empty() && self.redactor.is_some() {
            match ready!(Pin::new(&mut self.inner).poll_next(context)) {
                Some(Ok(chunk)) => {
                    if let Some(redactor) = &mut self.redactor {
                        redactor.push(chunk.as_ref(), &mut out);
                    }
                }
                Some(Err(error)) => {
                    self.redactor = None;
                    return Poll::Ready(Some(Err(error)));
                }
                None => {
                    if let Some(redactor) = self.redactor.take() {
                        redactor.finish(&mut out);
                    }
                }
            }
        }
        Poll::Ready((!out.is_empty()).then_some(Ok(out)))
    }
}

impl<S> fmt::Debug for RedactingStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactingStream").field("redactor", &self.redactor).finish_non_exhaustive()
    }
}
