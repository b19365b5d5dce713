//! Work on many threads with feature `rayon`, one after another without.

use crate::error::Result;

/// Both, at the same time where there are threads.
pub(super) fn both<A: Send, B: Send>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    #[cfg(feature = "rayon")]
    return rayon::join(a, b);
    #[cfg(not(feature = "rayon"))]
    return (a(), b());
}

/// `f` for each, in any order.
pub(super) fn each<T: Send>(items: &mut [T], f: impl Fn(&mut T) + Send + Sync) {
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        items.par_iter_mut().for_each(f);
    }
    #[cfg(not(feature = "rayon"))]
    items.iter_mut().for_each(f);
}

/// The same, with the first error in the order of `items`.
pub(super) fn try_each<T: Send>(
    items: &mut [T],
    f: impl Fn(&mut T) -> Result<()> + Send + Sync,
) -> Result<()> {
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        let results: Vec<Result<()>> = items.par_iter_mut().map(f).collect();
        results.into_iter().collect()
    }
    #[cfg(not(feature = "rayon"))]
    items.iter_mut().try_for_each(f)
}
