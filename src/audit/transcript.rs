//! What a run showed: numbers and labels.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
};

/// What one run showed, in its order: numbers, and labels that are equal or not.
///
/// An [`Audit`](crate::audit::Audit) looks at transcripts from many sides and takes the one that gives most away: each of
/// the first 32 parts, the differences of neighboring ones, the sum, the largest, the number of parts, all labels
/// together, and what all parts say together. Of a number it also looks at what noise made of floating-point numbers
/// leaves there: the low bits of its significand, the smallest power of two in it, what is behind its point, and the
/// remainder of a whole number by 60, as holes in a lattice show there. Parts may also be labels of your own, as whether
/// a number can come from an answer at all ([`is_reachable`](crate::audit::is_reachable)).
///
/// # Examples
/// ```
/// use incog::audit::Transcript;
/// let run = Transcript::new().label("above").number(12.5).label("below");
/// assert_eq!(run.len(), 3);
/// assert_eq!(Transcript::parse("above 12.5, below"), run);
/// // What it holds is not printed.
/// assert_eq!(format!("{run:?}"), "Transcript(3 parts)");
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Transcript {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Part {
    Number(f64),
    /// By a digest: equal labels are equal numbers.
    Label(u64),
}

impl Transcript {
    /// Nothing was shown.
    #[must_use]
    pub fn new() -> Self {
        Transcript::default()
    }

    /// The same, and then a number. One that is not finite is a part like others.
    #[must_use]
    pub fn number(mut self, number: f64) -> Self {
        self.parts.push(Part::Number(number));
        self
    }

    /// The same, and then a label: an answer, an error, the name of a group.
    #[must_use]
    pub fn label(mut self, label: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        label.hash(&mut hasher);
        self.parts.push(Part::Label(hasher.finish()));
        self
    }

    /// The numbers and words of a text. Spaces, line ends and `,;:=|()[]{}"'` separate them.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let words = text.split(|c: char| c.is_whitespace() || ",;:=|()[]{}\"'".contains(c));
        words.filter(|word| !word.is_empty()).fold(Transcript::new(), |all, word| match word.parse() {
            Ok(number) => all.number(number),
            Err(_) => all.label(word),
        })
    }

    /// How many parts it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether it shows nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }
}

impl From<f64> for Transcript {
    fn from(number: f64) -> Self {
        Transcript::new().number(number)
    }
}

impl FromIterator<f64> for Transcript {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        Transcript { parts: numbers.into_iter().map(Part::Number).collect() }
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transcript({} parts)", self.parts.len())
    }
}
