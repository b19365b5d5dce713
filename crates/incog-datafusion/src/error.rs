//! Sentences of this crate, and those of the core on their way through the engine.

use datafusion::error::DataFusionError;
use incog::{Error, ErrorKind};

/// An error of the core, as the engine carries it. [`DataFusionError::find_root`] gives it back, where no network was between.
pub(crate) fn of_core(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// What is wrong with a statement, before it runs.
pub(crate) fn statement(function: &str, what: impl AsRef<str>) -> DataFusionError {
    DataFusionError::Plan(format!("{function}: {}", what.as_ref()))
}

/// What is wrong with the configuration of the node that a function runs on.
pub(crate) fn of_node(kind: ErrorKind, what: String) -> DataFusionError {
    of_core(Error::new(kind, what))
}
