//! Work divided among threads when feature `rayon` is on, and done in order when it is not.
//!
//! What is divided, and how, depends on sizes alone and never on the number of threads, so results do not either.

/// `f` of each part, in the order of the parts.
#[cfg(feature = "rayon")]
pub(crate) fn map<P: Send, R: Send>(parts: Vec<P>, f: impl Fn(P) -> R + Sync + Send) -> Vec<R> {
    use rayon::prelude::*;
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
