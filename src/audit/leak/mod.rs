//! Canaries: does a value that must not leave come out of your own code?
//!
//! A canary is a value that no other text holds. Put it where personal data stands, run your code, and search what came
//! out: logs, files, answers, errors, panics. It is found as it is, in other case, with other separators, reversed, in part,
//! and in the encodings below, two of them around one another:
//!
//! | encoding | as in |
//! |---|---|
//! | base64, both alphabets, at any offset | `QWRhIExvdmVsYWNl` |
//! | hexadecimal, with up to four bytes between two or none | `41:64:61`, `[0x41, 0x64]` |
//! | percent and form encoding | `Ada%20Lovelace`, `Ada+Lovelace` |
//! | backslash escapes of JSON, Rust, C, but for octal ones | `\u0041da`, `\u{41}da`, `\x41da` |
//! | character references of HTML and XML | `&#65;da`, `&#x41;da` |
//! | quoted-printable | `=41da` |
//! | UTF-16, both byte orders, letters below U+0800 | `A\0d\0a\0` |
//!
//! What is not found: compressed, encrypted or hashed values, other encodings, and parts shorter than the stated
//! number of letters and digits. Text whose layout depends on the value, or that is as long as the value, leaks without
//! being found.

mod decode;
mod search;
mod sink;

pub use decode::Encoding;
pub use search::{Canaries, Leak};
pub use sink::Sink;

/// Fails the test if a canary comes out: of an output, or of what a piece of code writes to a [`Sink`](crate::audit::leak::Sink),
/// returns or panics with.
///
/// ```text
/// assert_no_leak!(canaries, output)
/// assert_no_leak!(canaries, |sink| { code that writes to sink.clone() })
/// ```
///
/// `canaries` is [`Canaries`](crate::audit::leak::Canaries); an output is anything with bytes, as `String` and `Vec<u8>`. What
/// the code gives back is an output too; `()` is none.
///
/// # Panics
/// If a canary comes out. The message names the canary by its number, the encoding and the place, and shows nothing of it.
/// Panics of the code are searched, and go on if they show no canary.
///
/// # Examples
/// ```
/// use std::io::Write;
/// use incog::{assert_no_leak, audit::leak::Canaries};
/// let name = Canaries::random()?;
/// let canaries = Canaries::new([&name])?;
/// assert_no_leak!(canaries, format!("user {} logged in", name.len()));
/// assert_no_leak!(canaries, |sink| {
///     writeln!(sink.clone(), "user ***{} logged in", &name[17..]).unwrap(); // three letters
/// });
/// # Ok::<(), incog::Error>(())
/// ```
/// One that leaks, though nobody would see it:
/// ```should_panic
/// use std::io::Write;
/// use incog::{assert_no_leak, audit::leak::Canaries};
/// let canaries = Canaries::new(["Ada Lovelace"]).unwrap();
/// assert_no_leak!(canaries, |sink| writeln!(sink.clone(), "user=QWRhIExvdmVsYWNl").unwrap());
/// ```
#[macro_export]
macro_rules! assert_no_leak {
    ($canaries:expr, |$sink:pat_param| $code:expr $(,)?) => {
        $crate::audit::leak::expect_none_of(&$canaries, |$sink| $code)
    };
    ($canaries:expr, $output:expr $(,)?) => {
        $crate::audit::leak::expect_none_in(&$canaries, &$output, "the output")
    };
}

#[doc(hidden)]
pub use sink::{Output, expect_none_in, expect_none_of};
