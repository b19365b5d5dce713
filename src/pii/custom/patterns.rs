//! All patterns of a scanner: which of them occur at all, then each of those.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use regex_automata::{
    Input, MatchKind, PatternSet,
    hybrid::dfa::{Cache, DFA},
    nfa::thompson::{self, NFA, WhichCaptures},
    util::pool::Pool,
};

use super::pattern::Pattern;
use crate::{Error, Result};

/// The patterns of a scanner.
pub(super) struct Patterns {
    patterns: Vec<Arc<Pattern>>,
    first_pass: Option<FirstPass>,
}

/// One automaton of all patterns, which tells the patterns that occur from those that do not in one pass.
struct FirstPass {
    dfa: DFA,
    caches: Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync>>,
    /// Once it has given up (too many states), it is not asked again: what it skips, the patterns find themselves.
    gave_up: AtomicBool,
}

impl Patterns {
    /// # Errors
    /// `Parameter` if there are too many, or if they are too large together.
    pub(super) fn new(patterns: Vec<Arc<Pattern>>) -> Result<Self> {
        if patterns.len() > MOST {
            return Err(Error::too_many_patterns(patterns.len(), MOST));
        }
        if patterns.iter().map(|p| p.size()).sum::<usize>() > SIZE {
            return Err(Error::patterns_size(SIZE));
        }
        let slow = patterns.iter().filter(|p| !p.is_fast()).count();
        let worth = slow > 1 || patterns.len() > SEVERAL;
        let first_pass = if worth { FirstPass::new(&patterns) } else { None };
        Ok(Patterns { patterns, first_pass })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Hands every match of every pattern to `found`: the pattern's number and the range; pattern by pattern.
    pub(super) fn each(&self, bytes: &[u8], mut found: impl FnMut(usize, usize, usize)) {
        if self.patterns.is_empty() {
            return;
        }
        let occurring = self.first_pass.as_ref().and_then(|pass| pass.occurring(bytes, self.patterns.len()));
        let ascii = bytes.is_ascii();
        for (number, pattern) in self.patterns.iter().enumerate() {
            if occurring.as_ref().is_none_or(|set| contains(set, number)) {
                pattern.each(bytes, ascii, |start, end| found(number, start, end));
            }
        }
    }
}

impl FirstPass {
    /// `None` if the automaton would be too large: then every pattern searches by itself.
    fn new(patterns: &[Arc<Pattern>]) -> Option<FirstPass> {
        let hirs: Vec<_> = patterns.iter().map(|p| p.relaxed()).collect();
        let config = thompson::Config::new()
            .utf8(false)
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(AUTOMATON));
        let nfa: NFA = thompson::Compiler::new().configure(config).build_many_from_hir(&hirs).ok()?;
        let config = DFA::config()
            .match_kind(MatchKind::All)
            .cache_capacity(STATES)
            .minimum_cache_clear_count(Some(3))
            .minimum_bytes_per_state(Some(10));
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
        let create: Box<dyn Fn() -> Cache + Send + Sync> = Box::new({
            let dfa = dfa.clone();
            move || dfa.create_cache()
        });
        Some(FirstPass { dfa, caches: Pool::new(create), gave_up: AtomicBool::new(false) })
    }

    /// A set that holds every pattern that matches somewhere; `None` if it cannot tell.
    fn occurring(&self, bytes: &[u8], patterns: usize) -> Option<PatternSet> {
        if self.gave_up.load(Ordering::Relaxed) {
            return None;
        }
        let mut set = PatternSet::new(patterns);
        let mut cache = self.caches.get();
        match self.dfa.try_which_overlapping_matches(&mut cache, &Input::new(bytes), &mut set) {
            Ok(()) => Some(set),
            Err(_) => {
                self.gave_up.store(true, Ordering::Relaxed);
                None
            }
        }
    }
}

fn contains(set: &PatternSet, number: usize) -> bool {
    regex_automata::PatternID::new(number).is_ok_and(|id| set.contains(id))
}

impl fmt::Debug for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} patterns", self.patterns.len())
    }
}

/// Each pattern that occurs costs a pass.
const MOST: usize = 1000;

/// Bytes of all compiled patterns together.
const SIZE: usize = 128 << 20;

/// So many patterns that are found by a literal take as long as one pass of an automaton.
const SEVERAL: usize = 8;

/// Bytes of the automaton of the first pass.
const AUTOMATON: usize = 16 << 20;

/// Bytes of its states at run time, per thread that searches.
const STATES: usize = 4 << 20;
