//! The grouping kernel: classes of equal quasi-identifier tuples, and their roll-up.
//!
//! Everything in this room runs on the histogram of distinct tuples, not on rows: rows are read once to count
//! and once to rewrite. A tuple is packed into one integer (`PackedKey`), counted in hash tables that fit a cache
//! (`Counter`), and kept in a `Histogram`:
//!
//! ```text
//!   class        0     1     2
//!   keys       [ k0    k1    k2 ]       12 bytes a class with keys of one word
//!   rows       [ 12    3     7  ]
//!   population [ 90    31    8  ]       if a model asks for it
//!   counted    [ lists of values ]      one per sensitive column
//!   persons    [ numbers, and lists of those in several classes ]
//! ```
//!
//! A coarser node is made from any finer one: chunks of keys are looked up in small tables (`Mapping`), and equal
//! keys are merged. So a search never goes back to the rows.

mod codes;
mod counted;
mod counter;
mod histogram;
mod key;
mod key_index;
mod mapping;
mod numbers;
pub(crate) mod parallel;

pub use codes::Codes;
pub(crate) use counted::{Counted, Order, Persons};
pub(crate) use counter::{Batch, Counter, pack};
pub(crate) use histogram::{Counts, Histogram, Workspace};
pub(crate) use key::{Chunk, Field, Layout, PackedKey, Wide};
pub(crate) use key_index::KeyIndex;
pub(crate) use mapping::{Mapping, Steps};
pub(crate) use numbers::class_numbers;
