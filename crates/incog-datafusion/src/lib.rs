#![doc = include_str!("../README.md")]

mod aggregate;
mod cell;
mod dp;
mod engine;
mod error;
mod failure;
mod function;
mod kanon;
mod node;
mod places;
mod rowwise;
mod tuples;

use datafusion::prelude::SessionContext;

pub use dp::{release, totals};
pub use engine::QueryEngine;
pub use kanon::{Recoding, search};
pub use node::Node;

/// Makes the functions known to a session: those of one row, and the clipped aggregates.
///
/// # Guarantee
/// For all statements, tables, cuts of a table into parts, orders of its rows and repeated tasks: the functions give the same
/// results on all nodes that have the same folder. No plan holds what a key or a policy says. What a function gives
/// for a literal is computed while a statement is planned, and stands in the plan, also what `fpe_decrypt` makes of it.
///
/// # Examples
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use datafusion::prelude::SessionContext;
/// let session = SessionContext::new();
/// incog_datafusion::register_all(&session, &incog_datafusion::Node::from_environment());
/// let rows = session.sql("select redact('to ada@example.org') as text").await?.collect().await?;
/// let table = datafusion::arrow::util::pretty::pretty_format_batches(&rows)?.to_string();
/// assert!(table.contains("to [EMAIL_ADDRESS]"), "{table}");
/// # Ok::<(), datafusion::error::DataFusionError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn register_all(session: &SessionContext, node: &Node) {
    for kind in function::ALL {
        session.register_udf(function::function(kind, node));
    }
    for kind in aggregate::ALL {
        session.register_udaf(aggregate::aggregate(kind));
    }
}
