//! Work divided among threads when feature `rayon` is on, and done in order when it is not.
//!
//! What is divided, and how, depends on sizes alone and never on the number of threads, so results do not either.

/// `f` of each part, in the order of the parts.
#[cfg(feature = "rayon")]
pub(crate) fn map<P: Send, R: Send>(parts: Vec<P>, f: impl Fn(P) -> R + Sync + Send) -> Vec<R> {
    use rayon::prelude::*;
    // What is not divided stays on this thread, whose memory is at hand.
    if parts.len() == 1 || threads() == 1 {
        return parts.into_iter().map(f).collect();
    }
    parts.into_par_iter().map(f).collect()
}

/// `f` of each part, in the order of the parts.
#[cfg(not(feature = "rayon"))]
pub(crate) fn map<P, R>(parts: Vec<P>, f: impl Fn(P) -> R) -> Vec<R> {
    parts.into_iter().map(f).collect()
}

/// Sorts; items that compare equal are the same.
#[cfg(feature = "rayon")]
pub(crate) fn sort<T: Ord + Send>(items: &mut [T]) {
    use rayon::prelude::*;
    items.par_sort_unstable();
}

/// Sorts; items that compare equal are the same.
#[cfg(not(feature = "rayon"))]
pub(crate) fn sort<T: Ord>(items: &mut [T]) {
    items.sort_unstable();
}

/// Threads that there are to work.
#[cfg(feature = "rayon")]
pub(crate) fn threads() -> usize {
    rayon::current_num_threads()
}

/// Threads that there are to work.
#[cfg(not(feature = "rayon"))]
pub(crate) fn threads() -> usize {
    1
}

#[cfg(test)]
#[cfg(feature = "rayon")]
mod tests {
    use crate::{
        kanon::{
            Anonymizer, Hierarchy, Report, Search,
            model::{KAnonymity, LDiversity},
        },
        table::{Column, Table},
    };

    fn released(search: Search, threads: usize, table: &Table) -> (Report, Vec<Vec<String>>) {
        let numbers = || Hierarchy::intervals(&[5.0, 10.0, 20.0], 0.0).unwrap();
        let mut builder = Anonymizer::builder()
            .quasi_identifier("a", numbers())
            .quasi_identifier("b", numbers())
            .sensitive("s")
            .model(KAnonymity::new(8).unwrap())
            .model(LDiversity::distinct("s", 3).unwrap())
            .max_suppressed(0.05)
            .search(search);
        if search == Search::BestEffort {
            builder = builder.max_steps(20);
        }
        let request = builder.build().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let outcome = pool.install(|| request.run(table)).unwrap();
        let table = outcome.table().unwrap();
        let cells = |column: &Column| {
            (0..column.len()).map(|r| column.cell(r).unwrap_or_default().to_owned()).collect()
        };
        (outcome.report().clone(), table.iter().map(|(_, column)| cells(column)).collect())
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let cells =
            |step: u64, below: u64| (0..20_000u64).map(move |i| (i * step % 7919 % below).to_string());
        let table = Table::new([
            ("a", Column::from_values(cells(31, 90)).unwrap()),
            ("b", Column::from_values(cells(17, 60)).unwrap()),
            ("s", Column::from_values(cells(5, 7)).unwrap()),
        ])
        .unwrap();
        for search in [Search::Optimal, Search::BestEffort, Search::Local, Search::Mondrian] {
            let one = released(search, 1, &table);
            for threads in [2, 3, 7] {
                assert!(released(search, threads, &table) == one, "{search:?} on {threads} threads");
            }
        }
    }
}
