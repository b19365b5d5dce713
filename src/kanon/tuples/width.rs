//! Counters and histograms of any width of key.

use std::sync::Arc;

use crate::kanon::class::{Counter, Histogram, Wide};

/// Counters of a table, and of the population it is a part of.
pub(crate) struct Counters<K> {
    pub(crate) rows: Counter<K>,
    pub(crate) population: Option<Counter<K>>,
}

/// Counters with the narrowest keys that will do.
pub(crate) enum AnyCounters {
    One(Counters<u64>),
    Two(Counters<u128>),
    Four(Counters<Wide<4>>),
    Sixteen(Counters<Wide<16>>),
}

/// A histogram with the narrowest keys that will do.
pub(crate) enum AnyHistogram {
    One(Arc<Histogram<u64>>),
    Two(Arc<Histogram<u128>>),
    Four(Arc<Histogram<Wide<4>>>),
    Sixteen(Arc<Histogram<Wide<16>>>),
}

/// The same expression for each width of `$type`.
macro_rules! by_width {
    ($type:ident, $any:expr, $inner:ident => $body:expr) => {
        match $any {
            $type::One($inner) => $body,
            $type::Two($inner) => $body,
            $type::Four($inner) => $body,
            $type::Sixteen($inner) => $body,
        }
    };
}
pub(crate) use by_width;
