//! One haystack on many threads.

use rayon::prelude::*;

use super::{Finding, Scanner, recognizer::Haystack, search::Search};

/// As [`Search::run`] over the whole haystack, line by line on the threads of the current pool.
///
/// A part finds what starts in it and reads around it like the whole, since it has the whole haystack. Of what is
/// found, only private keys go beyond a line; what a part finds inside of a key that an earlier part found is shorter
/// and no surer, and falls to the overlap rule.
pub(super) fn search(scanner: &Scanner, hay: Haystack<'_>, plain: bool, findings: &mut Vec<Finding>) -> bool {
    let mut cuts = vec![0];
    let mut at = PART;
    while at < hay.bytes.len() {
        let Some(line) = hay.bytes[at..].iter().position(|&b| b == b'\n') else { break };
        cuts.push(at + line + 1);
        at += line + 1 + PART;
    }
    cuts.push(hay.bytes.len());
    let parts: Option<Vec<Vec<Finding>>> = cuts
        .par_windows(2)
        .map(|cut| {
            let mut found = Vec::new();
            Search::new(scanner, hay, plain, &mut found).run(cut[0]..cut[1]).then_some(found)
        })
        .collect();
    let Some(parts) = parts else { return false };
    findings.extend(parts.into_iter().flatten());
    true
}

/// Long enough that its search costs more than a thread's waking, short enough to share out evenly.
const PART: usize = 256 << 10;
