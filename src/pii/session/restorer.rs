//! Answers with their values, chunk by chunk.

use std::{fmt, sync::Arc};

use super::{form, form::Tail, table::Table};

/// Puts the values of a [`ReversibleSession`](super::ReversibleSession) back into an answer that comes in chunks.
///
/// # Guarantee
/// For all texts and all ways to cut them into chunks, what [`push`](Self::push) and [`finish`](Self::finish) return,
/// joined, is what [`restore`](super::ReversibleSession::restore) returns for the whole, as long as the session gets
/// no new values in between. After each chunk, only the longest end of the text is held back with which a placeholder
/// of the session may begin, at most 136 bytes.
///
/// # Examples
/// ```
/// use incog::pii::{ReversibleSession, Scanner};
/// let session = ReversibleSession::new(Scanner::new())?;
/// let prompt = session.redact("ada@example.org")?;
/// let mut restorer = session.restorer();
/// assert_eq!(restorer.push("I wrote to **"), "I wrote to **");
/// assert_eq!(restorer.push(&prompt[..9]), "");
/// assert_eq!(restorer.push(&prompt[9..]), "ada@example.org");
/// assert_eq!(restorer.push("**."), "**.");
/// assert_eq!(restorer.finish(), "");
/// # Ok::<(), incog::Error>(())
/// ```
#[must_use]
pub struct Restorer {
    table: Arc<Table>,
    /// What may be the beginning of a placeholder.
    held: String,
    tail: Tail,
    unknown: u64,
}

impl Restorer {
    pub(super) fn new(table: Arc<Table>) -> Self {
        Restorer { table, held: String::new(), tail: Tail::default(), unknown: 0 }
    }

    /// Takes the next chunk, and gives what is decided by it.
    #[must_use]
    pub fn push(&mut self, chunk: &str) -> String {
        let read = self.held.len();
        self.held.push_str(chunk);
        let (held, known) = (self.held.as_str(), self.table.read());
        let (mut out, mut from, mut unknown) = (String::with_capacity(held.len()), 0, 0);
        for (at, &byte) in held.as_bytes().iter().enumerate().skip(read) {
            let Some(code) = self.tail.read(byte) else { continue };
            match known.ending(&held.as_bytes()[from..=at], code) {
                Some((start, value)) => {
                    out.push_str(&held[from..from + start]);
                    out.push_str(value);
                    from = at + 1;
                }
                None => unknown += 1,
            }
        }
        let decided = from + form::decided(&held[from..], known.labels());
        out.push_str(&held[from..decided]);
        drop(known);
        self.held.drain(..decided);
        if unknown > 0 {
            self.unknown += unknown;
            self.table.count_unknown(unknown);
        }
        out
    }

    /// Gives what was held back: the answer ended inside of what might have become a placeholder.
    #[must_use]
    pub fn finish(self) -> String {
        self.held
    }

    /// How many words of this answer so far had the form of a placeholder and were none of the session. They stay as
    /// they are: the model made them up, or they are of another session.
    #[must_use]
    pub fn unknown(&self) -> u64 {
        self.unknown
    }
}

impl fmt::Debug for Restorer {
    /// Counts only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Restorer")
            .field("held", &self.held.len())
            .field("unknown", &self.unknown)
            .finish_non_exhaustive()
    }
}
