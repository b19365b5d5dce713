//! How much of what was planted is gone from the released notes, and how much of the rest is still there.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::data::Demo;

/// Successes out of tries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) hits: u64,
    pub(crate) tries: u64,
}

/// The shares that the demo prints.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Score {
    /// Own identifiers of the row that are gone from its note.
    pub(crate) own: Share,
    /// Identifiers of others, of the kinds that the scanner knows, that are gone.
    pub(crate) foreign: Share,
    /// Names of others, which neither the row nor the scanner knows, that are gone.
    pub(crate) foreign_names: Share,
    /// Harmless look-alikes that survived.
    pub(crate) decoys: Share,
}

impl Score {
    /// Scores `notes`, the released note of each row.
    pub(crate) fn of(demo: &Demo, notes: &HashMap<usize, &str>) -> Score {
        let mut score = Score::default();
        let holds = |row: usize, text: &str| notes.get(&row).is_some_and(|note| note.contains(text));
        for planted in &demo.planted {
            let share = match (planted.own, planted.kind) {
                (true, _) => &mut score.own,
                (false, "PERSON") => &mut score.foreign_names,
                (false, _) => &mut score.foreign,
            };
            share.count(!holds(planted.row, &planted.text));
        }
        for decoy in &demo.decoys {
            score.decoys.count(holds(decoy.row, &decoy.text));
        }
        score
    }
}

impl Share {
    fn count(&mut self, hit: bool) {
        self.hits += u64::from(hit);
        self.tries += 1;
    }

    /// The 95 % interval of Wilson (JASA 22, 1927).
    #[allow(clippy::cast_precision_loss, reason = "counts of a demo")]
    pub(crate) fn interval(self) -> (f64, f64) {
        if self.tries == 0 {
            return (0.0, 1.0);
        }
        let (n, z) = (self.tries as f64, 1.959_963_984_540_054_f64);
        let p = self.hits as f64 / n;
        let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
        let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        ((middle - half).max(0.0), (middle + half).min(1.0))
    }

    /// `14,049 of 14,049 (95 % interval 99.97 to 100.00 %)`
    pub(crate) fn sentence(self) -> String {
        let (low, high) = self.interval();
        format!("{} of {} (95 % interval {:.2} to {:.2} %)", self.hits, self.tries, 100.0 * low, 100.0 * high)
    }

    pub(crate) fn json(self) -> Value {
        let (low, high) = self.interval();
        json!({ "hits": self.hits, "tries": self.tries, "low_95": low, "high_95": high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        // Newcombe, Statistics in Medicine 17, 1998, table I: 81 of 263 and 0 of 20.
        let (low, high) = Share { hits: 81, tries: 263 }.interval();
        assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5, "{low} {high}");
        let (low, high) = Share { hits: 0, tries: 20 }.interval();
        assert!(low.abs() < 1e-12 && (high - 0.1611).abs() < 5e-5, "{low} {high}");
    }
}
