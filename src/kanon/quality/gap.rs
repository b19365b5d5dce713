//! What leaving out rows costs at least, if only their number is known.

use crate::num;

/// For one column at one level: the least cost of leaving out any S rows, as a function of S.
///
/// Rows whose value is general already cost least, so that is the cost of the S cheapest rows: piecewise linear and convex.
/// Whatever rows a node suppresses, its cost in this column is at least the cost without suppression and this.
#[derive(Clone, Debug, Default)]
pub(super) struct Gap {
    /// Rows up to here, cost up to here, and cost of each further row.
    pieces: Vec<(u64, f64, f64)>,
}

impl Gap {
    /// From the cost of leaving out each row of a code, and the rows of that code.
    pub(super) fn new(mut cost_and_rows: Vec<(f64, u64)>) -> Self {
        cost_and_rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut rows, mut cost) = (0, 0.0);
        let mut pieces = Vec::new();
        for (each, n) in cost_and_rows.into_iter().filter(|(_, n)| *n > 0) {
            pieces.push((rows, cost, each));
            rows += n;
            cost += each * num::to_f64(n);
        }
        Gap { pieces }
    }

    /// The least cost of leaving out `rows` rows.
    pub(super) fn of(&self, rows: u64) -> f64 {
        let piece = self.pieces.partition_point(|p| p.0 <= rows);
        match piece.checked_sub(1).map(|i| self.pieces[i]) {
            Some((start, cost, each)) => cost + each * num::to_f64(rows - start),
            None => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_rows_go_first() {
        let gap = Gap::new(vec![(0.5, 10), (0.0, 3), (0.9, 2)]);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        close(gap.of(0), 0.0);
        close(gap.of(3), 0.0);
        close(gap.of(5), 1.0);
        close(gap.of(13), 5.0);
        close(gap.of(15), 6.8);
        close(Gap::default().of(4), 0.0);
    }
}
