//! What the catalog says about an identifier: how it is written, what checks it, what announces it.

use super::Entity;

/// An identifier that a table of shapes, a check and labels describe.
///
/// ```ignore
/// Rule {
///     entity: Entity::FI_HETU,
///     shapes: &[Shape::new("9{6}-9{3}*").alone(900)],
///     check: Some(Check { name: "mod 31, birth date", holds: check::fi::hetu }),
///     labels: &["henkilötunnus", "hetu", "Finnish personal identity code"],
/// }
/// ```
pub(in crate::pii) struct Rule {
    pub(in crate::pii) entity: Entity,
    pub(in crate::pii) shapes: &'static [Shape],
    pub(in crate::pii) check: Option<Check>,
    /// Words that announce it, as people write them: case, accents and punctuation do not matter. Whole words; a
    /// phrase also matches written as one word (`passport number`, `passportnumber`, `passport_number`,
    /// `passportNumber`). A phrase that starts with `=` must stand directly before the value.
    pub(in crate::pii) labels: &'static [&'static str],
}

/// One way to write an identifier, and how sure a finding of it is.
///
/// | in the pattern | stands for |
/// |---|---|
/// | `9`, `A`, `*` | a digit, a letter, either; letters in any case |
/// | `{n}`, `{n,m}` | that many of the one before |
/// | `~` | a space, a dash or a dot, the same one each time |
/// | space `-` `.` `/` `+` | itself |
///
/// A pattern matches from the first to the last letter or digit of its value; what touches it is the engine's business.
pub(in crate::pii) struct Shape {
    pub(in crate::pii) pattern: &'static str,
    /// Permille without a label; 0: needs one.
    pub(in crate::pii) alone: u16,
    /// Permille with a label.
    pub(in crate::pii) labelled: u16,
}

impl Shape {
    /// A shape that needs a label.
    pub(in crate::pii) const fn new(pattern: &'static str) -> Self {
        Shape { pattern, alone: 0, labelled: 950 }
    }

    /// Found without a label too, at this confidence in thousandths, if its letters are capitals.
    pub(in crate::pii) const fn alone(mut self, permille: u16) -> Self {
        self.alone = permille;
        self
    }
}

/// A check on the letters and digits of a value.
pub(in crate::pii) struct Check {
    /// For the reason of a finding: `"mod 11"`.
    pub(in crate::pii) name: &'static str,
    /// Gets the value without separators, letters in upper case.
    pub(in crate::pii) holds: fn(&[u8]) -> bool,
}
