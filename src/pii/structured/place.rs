//! Where in a document the lexer is: under which label, under which rules.

use std::borrow::Cow;

use super::path::{Pattern, Step};
use crate::pii::Entity;

/// What is to be done with what is at a path.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    Keep,
    Only,
    Always(Entity),
}

/// What the rules say of a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict<'r> {
    /// It is replaced, whatever it is.
    pub(super) always: Option<&'r Entity>,
    /// It is searched, if it is not replaced anyway.
    pub(super) searched: bool,
    kept: bool,
    wanted: bool,
}

/// A value and the lists and objects around it.
///
/// ```text
/// states  | rules at the top | rules one below | .. | rules at the value |
/// around    [list or object  ,  one below      , ..]
/// ```
pub(super) struct Place<'r, 'd> {
    rules: &'r [(Pattern, Rule)],
    states: Vec<u64>,
    around: Vec<Level<'r, 'd>>,
    label: Option<Cow<'d, str>>,
    /// The label is not the key alone.
    far: bool,
    verdict: Verdict<'r>,
}

struct Level<'r, 'd> {
    object: bool,
    label: Option<Cow<'d, str>>,
    verdict: Verdict<'r>,
}

impl<'r, 'd> Place<'r, 'd> {
    /// At the top. `only`: there is a rule of that kind.
    pub(super) fn new(rules: &'r [(Pattern, Rule)], only: bool) -> Self {
        let verdict = Verdict { always: None, searched: !only, kept: false, wanted: !only };
        let states = rules.iter().map(|(pattern, _)| pattern.start()).collect();
        let mut place = Place { rules, states, around: Vec::new(), label: None, far: false, verdict };
        place.judge(verdict);
        place
    }

    pub(super) fn verdict(&self) -> Verdict<'r> {
        self.verdict
    }

    /// What announces the value: its key, or that of the list it is in.
    pub(super) fn label(&self) -> Option<&str> {
        match self.around.last() {
            Some(list) if !list.object => list.label.as_deref(),
            _ => self.label.as_deref(),
        }
    }

    /// Whether what announces the value stands elsewhere than right before it.
    pub(super) fn announced_from_afar(&self) -> bool {
        match self.around.last() {
            Some(list) if !list.object => list.label.is_some(),
            _ => self.far,
        }
    }

    /// A key comes.
    pub(super) fn key(&mut self, key: Cow<'d, str>) {
        self.step(Step::Key(&key));
        self.relabel(key);
    }

    /// The key that came is this one to labels.
    pub(super) fn relabel(&mut self, key: Cow<'d, str>) {
        let above = self.around.last().and_then(|level| level.label.as_ref());
        let label = match above {
            Some(above) if one_of(&SILENT, &key) => Some(above.clone()),
            Some(above) if one_of(&NUMBER, &key) => Some(cut(Cow::Owned(format!("{above} {key}")))),
            _ => None,
        };
        self.far = label.is_some();
        self.label = Some(label.unwrap_or_else(|| cut(key)));
    }

    /// A value comes.
    pub(super) fn value(&mut self) {
        if self.around.last().is_some_and(|level| !level.object) {
            self.step(Step::Element);
        }
    }

    /// A list or an object comes.
    pub(super) fn open(&mut self, object: bool) {
        self.value();
        let label = match self.around.last() {
            Some(list) if !list.object => list.label.clone(),
            _ => self.label.take(),
        };
        self.around.push(Level { object, label, verdict: self.verdict });
        self.states.extend_from_within(self.states.len() - self.rules.len()..);
    }

    /// It ends.
    pub(super) fn close(&mut self) {
        self.around.pop();
        self.states.truncate(self.states.len() - self.rules.len());
    }

    fn step(&mut self, step: Step<'_>) {
        let count = self.rules.len();
        let here = self.states.len() - count;
        for (i, (pattern, _)) in self.rules.iter().enumerate() {
            self.states[here + i] = pattern.step(self.states[here + i - count], step);
        }
        if let Some(level) = self.around.last() {
            self.judge(level.verdict);
        }
    }

    /// What the rules that match here make of the verdict above.
    fn judge(&mut self, above: Verdict<'r>) {
        let rules = self.rules;
        let here = self.states.len() - rules.len();
        let matching = rules.iter().zip(&self.states[here..]).filter(|((rule, _), s)| rule.matches(**s));
        let (mut verdict, mut always) = (above, None);
        for ((_, rule), _) in matching {
            match rule {
                Rule::Keep => verdict.kept = true,
                Rule::Only => verdict.wanted = true,
                Rule::Always(entity) => always = always.or(Some(entity)),
            }
        }
        verdict.always = always.or(above.always);
        verdict.searched = verdict.wanted && !verdict.kept;
        self.verdict = verdict;
    }
}

/// Whether the text of a document, which has no escapes, may announce a value elsewhere than right before it: in a list,
/// by a key that leaves it to the one above, or with more space between than people write.
pub(super) fn may_announce_from_afar(text: &str) -> bool {
    let bytes = text.as_bytes();
    let key = |colon: usize| {
        let end = colon.checked_sub(1)?;
        let length = bytes[..end].iter().rev().take(LONGEST + 1).position(|&b| b == b'"')?;
        text.get(end - length..end)
    };
    memchr::memchr(b'[', bytes).is_some()
        || is_spaced(text)
        || memchr::memchr_iter(b':', bytes)
            .filter_map(key)
            .any(|key| one_of(&SILENT, key) || one_of(&NUMBER, key))
}

/// Whether there is space before a colon, or other than one blank behind it.
pub(super) fn is_spaced(text: &str) -> bool {
    let bytes = text.as_bytes();
    let space = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_whitespace);
    memchr::memchr_iter(b':', bytes).any(|colon| {
        let behind = colon + 1 + usize::from(bytes.get(colon + 1) == Some(&b' '));
        (colon > 0 && space(colon - 1)) || space(behind)
    })
}

fn one_of(words: &[&str], key: &str) -> bool {
    key.len() <= LONGEST && words.iter().any(|word| key.eq_ignore_ascii_case(word))
}

/// The end of a long label: its last words decide, and reading it takes time for each value in a list.
pub(super) fn cut(label: Cow<'_, str>) -> Cow<'_, str> {
    if label.len() <= LABEL {
        return label;
    }
    let from = (label.len() - LABEL..).find(|&at| label.is_char_boundary(at)).unwrap_or(label.len());
    match label {
        Cow::Borrowed(label) => Cow::Borrowed(&label[from..]),
        Cow::Owned(label) => Cow::Owned(label[from..].to_owned()),
    }
}

/// More bytes than any label of the catalog has with the words around it.
const LABEL: usize = 256;

/// Keys that leave it to the key above to say what they are of. The last four are what converters from XML write.
const SILENT: [&str; 9] = ["value", "values", "val", "raw", "text", "#text", "_text", "$", "_"];

/// The longest of these keys.
const LONGEST: usize = 6;

/// Keys that say it together with the key above: an account number is another thing than an order number.
const NUMBER: [&str; 4] = ["number", "num", "no", "nr"];
