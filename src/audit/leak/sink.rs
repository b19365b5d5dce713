//! Where code under test writes to, and what is said of it.

use std::{
    any::Any,
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Mutex, PoisonError},
};

use crate::audit::leak::{Canaries, Leak};

/// A writer that keeps what is written, for code under test: its log, its file, its answer. Clones write to the same place,
/// from any thread.
///
/// # Examples
/// ```
/// use std::io::Write;
/// let sink = incog::audit::leak::Sink::new();
/// let mut log = sink.clone();
/// log.write_all(b"started").unwrap();
/// assert_eq!(sink.written(), b"started");
/// ```
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    /// Nothing is written yet.
    #[must_use]
    pub fn new() -> Self {
        Sink::default()
    }

    /// What was written so far.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl io::Write for Sink {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink(..)")
    }
}

/// What code may give back.
#[doc(hidden)]
pub trait Output {
    fn bytes(&self) -> &[u8];
}

impl Output for () {
    fn bytes(&self) -> &[u8] {
        &[]
    }
}

/// No blanket implementation beside that of `()`: each type by itself.
macro_rules! outputs {
    ($($kind:ty),*) => {
        $(impl Output for $kind {
            fn bytes(&self) -> &[u8] {
                self.as_ref()
            }
        })*
    };
}

outputs!(String, Vec<u8>, &str, &[u8]);

/// What [`assert_no_leak!`](crate::assert_no_leak) does with an output.
#[doc(hidden)]
#[track_caller]
#[allow(clippy::panic, reason = "an assertion of tests")]
pub fn expect_none_in(canaries: &Canaries, output: &(impl AsRef<[u8]> + ?Sized), what: &str) {
    let leaks = canaries.search(output.as_ref());
    if !leaks.is_empty() {
        let named: Vec<String> = leaks.iter().map(Leak::to_string).collect();
        panic!("{what} leaks {}", named.join("; "));
    }
}

/// What [`assert_no_leak!`](crate::assert_no_leak) does with code.
#[doc(hidden)]
#[track_caller]
pub fn expect_none_of<R: Output>(canaries: &Canaries, code: impl FnOnce(&Sink) -> R) {
    let sink = Sink::new();
    let result = catch_unwind(AssertUnwindSafe(|| code(&sink)));
    expect_none_in(canaries, &sink.written(), "what was written");
    match result {
        Ok(output) => expect_none_in(canaries, output.bytes(), "what was given back"),
        Err(panic) => {
            expect_none_in(canaries, message(&*panic), "the message of a panic");
            resume_unwind(panic)
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default()
}
