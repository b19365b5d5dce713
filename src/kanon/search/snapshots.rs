//! Classes of nodes already seen: the next roll-up starts from the smallest that is fine enough.

use std::sync::Arc;

use super::{
    Problem,
    packed::{Packed, Packing},
};
use crate::kanon::class::{Histogram, PackedKey};

/// Histograms by node, the smallest first.
pub(crate) struct Snapshots<K> {
    packing: Packing,
    kept: Vec<Snapshot<K>>,
    entries_left: usize,
}

pub(crate) struct Snapshot<K> {
    node: Packed,
    entries: usize,
    pub(crate) levels: Vec<usize>,
    pub(crate) histogram: Arc<Histogram<K>>,
}

impl<K: PackedKey> Snapshots<K> {
    /// With the classes of the finest node, which must be there.
    pub(crate) fn new(problem: &Problem<'_, K>, base: Arc<Histogram<K>>) -> Self {
        let packing = Packing::new(problem.lattice.coarsest());
        // Level 0 is finer than all of the lattice, whose finest node may be above it.
        let levels = vec![0; problem.lattice.finest().len()];
        let bottom =
            Snapshot { node: packing.pack(&levels), entries: base.entries(), levels, histogram: base };
        Snapshots { packing, kept: vec![bottom], entries_left: MAX_ENTRIES }
    }

    /// The smallest histogram from which `node` can be made.
    pub(crate) fn source(&self, node: &[usize]) -> &Snapshot<K> {
        let node = self.packing.pack(node);
        self.kept
            .iter()
            .find(|s| self.packing.is_below(&s.node, &node))
            .expect("the finest node is fine enough for all")
    }

    /// The classes of `histogram` if they are much fewer than those it was made from: then they are worth to be kept.
    pub(super) fn worth_keeping(&self, histogram: Histogram<K>, made_from: usize) -> Option<Histogram<K>> {
        let entries = histogram.entries();
        let is_worth = entries <= self.entries_left && entries * 4 <= made_from * 3;
        is_worth.then(|| Histogram { keys: histogram.keys.made(), counts: histogram.counts })
    }

    /// Keeps `histogram` if it is worth it.
    pub(crate) fn offer(&mut self, levels: &[usize], histogram: Histogram<K>, made_from: usize) {
        if let Some(histogram) = self.worth_keeping(histogram, made_from) {
            self.keep(levels, histogram);
        }
    }

    /// Keeps `histogram`, if there is room.
    pub(super) fn keep(&mut self, levels: &[usize], histogram: Histogram<K>) {
        let entries = histogram.entries();
        if entries > self.entries_left {
            return;
        }
        self.entries_left -= entries;
        let node = self.packing.pack(levels);
        let at = self.kept.partition_point(|s| s.entries <= entries);
        let histogram = Arc::new(histogram);
        self.kept.insert(at, Snapshot { node, entries, levels: levels.to_vec(), histogram });
    }
}

/// Snapshots take at most this many classes and counts together: about 200 MiB.
const MAX_ENTRIES: usize = 1 << 23;
