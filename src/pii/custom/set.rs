//! What a scanner has beyond the catalog's defaults, compiled.

use std::{collections::BTreeMap, fmt, ops::Range, sync::Arc};

use super::{
    Recognizer,
    allowed::Allowed,
    check::Holds,
    edge::whole,
    labels::Labels,
    list::{self, WordList},
    patterns::Patterns,
    recognizer::Source,
};
use crate::{
    Error, Result,
    pii::{
        Confidence, Entity, Finding, Reason,
        catalog::{self, Kind},
        context::Context,
        recognizer::Haystack,
    },
};

/// Own recognizers, allowed values and thresholds.
pub(in crate::pii) struct Custom {
    patterns: Patterns,
    /// The judge of each pattern.
    of_patterns: Vec<Judge>,
    lists: Vec<(WordList, Judge)>,
    allowed: Allowed,
    thresholds: BTreeMap<Entity, Confidence>,
    /// The least confidence of each built-in kind, in thousandths; empty without thresholds.
    floors: Vec<u16>,
    /// What own recognizers find, each once.
    entities: Vec<Entity>,
    /// The names inside the labels that a redactor writes, sorted.
    written: Vec<String>,
}

/// What makes an occurrence a finding.
struct Judge {
    entity: Entity,
    shape: String,
    check: Option<(String, Holds)>,
    labels: Labels,
    needs_label: bool,
    alone: u16,
    labelled: u16,
    /// The least confidence that counts.
    floor: u16,
}

impl Custom {
    /// The recognizers of `wanted` entities, or of all.
    ///
    /// # Errors
    /// `Parameter` if a limit is exceeded or settings of a recognizer contradict each other.
    pub(in crate::pii) fn new(
        recognizers: &[Recognizer],
        wanted: Option<&[Entity]>,
        allowed: &[String],
        thresholds: BTreeMap<Entity, Confidence>,
        min_confidence: Confidence,
    ) -> Result<Self> {
        if allowed.len() > list::MOST || allowed.iter().map(String::len).sum::<usize>() > list::BYTES {
            return Err(Error::too_many_allowed());
        }
        let floor = |entity: &Entity| thresholds.get(entity).copied().unwrap_or(min_confidence).permille();
        let (mut patterns, mut of_patterns, mut lists) = (Vec::new(), Vec::new(), Vec::new());
        let (mut entries, mut bytes) = (0, 0);
        let mut entities: Vec<Entity> = Vec::new();
        for recognizer in recognizers {
            let entity = &recognizer.entity;
            let judge = Judge::new(recognizer, floor(entity))?;
            if wanted.is_some_and(|wanted| !wanted.contains(entity)) {
                continue;
            }
            match &recognizer.source {
                Source::Pattern(pattern) => {
                    patterns.push(Arc::clone(pattern));
                    of_patterns.push(judge);
                }
                Source::Words(words) => {
                    entries += words.len();
                    bytes += words.iter().map(String::len).sum::<usize>();
                    if entries > list::MOST || bytes > list::BYTES {
                        return Err(Error::list_too_large(entity.as_str()));
                    }
                    lists.push((WordList::new(words, recognizer.case_sensitive, recognizer.joined), judge));
                }
            }
            if !entities.contains(entity) {
                entities.push(entity.clone());
            }
        }
        let floors =
            if thresholds.is_empty() { Vec::new() } else { catalog::BUILT_IN.iter().map(floor).collect() };
        let mut written: Vec<String> = entities.iter().map(|e| e.as_str().to_owned()).collect();
        written.extend(catalog::BUILT_IN.iter().map(|e| e.as_str().to_owned()));
        written.sort_unstable();
        Ok(Custom {
            patterns: Patterns::new(patterns)?,
            of_patterns,
            lists,
            allowed: Allowed::new(allowed.iter()),
            thresholds,
            floors,
            entities,
            written,
        })
    }

    /// What own recognizers find.
    pub(in crate::pii) fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// How many values are left alone.
    pub(in crate::pii) fn allowed(&self) -> usize {
        self.allowed.len()
    }

    /// The threshold of `entity`, if it has one of its own.
    pub(in crate::pii) fn threshold(&self, entity: &Entity) -> Option<Confidence> {
        self.thresholds.get(entity).copied()
    }

    /// The least confidence of a built-in kind, in thousandths, if it may differ from the scanner's.
    pub(in crate::pii) fn floor(&self, kind: Kind) -> Option<u16> {
        self.floors.get(kind as usize).copied()
    }

    /// Appends what own recognizers find, then drops what is allowed of all findings from `from` on.
    pub(in crate::pii) fn find(&self, hay: Haystack<'_>, findings: &mut Vec<Finding>, from: usize) {
        if !self.patterns.is_empty() || !self.lists.is_empty() {
            let context = Context::new(hay);
            self.patterns.each(hay.bytes, |number, start, end| {
                findings.extend(self.judged(&self.of_patterns[number], &context, start..end));
            });
            for (list, judge) in &self.lists {
                let spans = list.spans(hay.bytes);
                findings.extend(spans.into_iter().filter_map(|span| self.judged(judge, &context, span)));
            }
        }
        if self.allowed.len() > 0 {
            let mut place = 0;
            findings.retain(|finding| {
                place += 1;
                place <= from || !self.allowed.holds(hay.slice(finding.start(), finding.end()))
            });
        }
    }

    /// The finding at `range`, if it is one. Cheapest question first.
    fn judged(&self, judge: &Judge, context: &Context<'_>, range: Range<usize>) -> Option<Finding> {
        let bytes = context.hay.bytes;
        let label = if judge.labels.is_empty() {
            None
        } else {
            context.own_label(range.start, range.end, |words, farthest| judge.labels.find(words, farthest))
        };
        let permille = match label {
            Some(_) => judge.labelled,
            None if judge.needs_label => return None,
            None => judge.alone,
        };
        let holds = |(_, holds): &(String, Holds)| holds(&bytes[range.clone()]);
        if permille < judge.floor
            || self.inside_of_written(context.hay, &range)
            || !judge.check.as_ref().is_none_or(holds)
        {
            return None;
        }
        let check = judge.check.as_ref().map(|(name, _)| name.clone());
        let reason = Reason::own(judge.shape.clone(), check, label.map(str::to_owned));
        let (start, end) = whole(bytes, range.start, range.end);
        Some(Finding::new(start..end, judge.entity.clone(), Confidence::of(permille), reason))
    }

    /// Whether the range lies in a label that a redactor has written: with `Card` on a list of names, there is none in
    /// `[CREDIT_CARD]`.
    fn inside_of_written(&self, hay: Haystack<'_>, range: &Range<usize>) -> bool {
        let name = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        let start = range.start + usize::from(hay.at(range.start) == b'[');
        let stop = start.saturating_sub(Entity::LONGEST);
        let mut open = start;
        while open > stop && name(hay.before(open)) {
            open -= 1;
        }
        if hay.before(open) != b'[' {
            return false;
        }
        let close = hay.run(open, Entity::LONGEST, name);
        let inside = hay.at(close) == b']' && range.end <= close + 1;
        inside && self.written.binary_search_by(|known| known.as_bytes().cmp(hay.slice(open, close))).is_ok()
    }
}

impl Judge {
    fn new(recognizer: &Recognizer, floor: u16) -> Result<Self> {
        let labels = recognizer.checked_labels()?;
        let kind = match recognizer.source {
            Source::Pattern(_) => "pattern",
            Source::Words(_) => "word list",
        };
        let (alone, labelled) = recognizer.permille();
        Ok(Judge {
            entity: recognizer.entity.clone(),
            shape: format!("{kind} of {}", recognizer.entity),
            check: recognizer.check.as_ref().map(|(name, holds)| (name.to_string(), Arc::clone(holds))),
            labels,
            needs_label: recognizer.needs_label,
            alone,
            labelled,
            floor,
        })
    }
}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Custom")
            .field("patterns", &self.patterns)
            .field("lists", &self.lists.len())
            .field("allowed", &self.allowed.len())
            .field("entities", &self.entities)
            .finish_non_exhaustive()
    }
}
