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

/// An error while a plan runs. What the engine says may quote a cell, so only sentences of the core pass.
pub(crate) fn of_run(error: DataFusionError, label: &str, key: &str) -> DataFusionError {
    match error.find_root() {
        DataFusionError::External(root) if root.is::<Error>() => error,
        _ => of_core(Error::new(
            ErrorKind::Data,
            format!(
                "the engine could not run the plan of '{label}'; nothing was charged; is the key '{key}' on every node, and does no \
                 expression of the plan fail on a cell?"
            ),
        )),
    }
}

/// What is wrong with the configuration of the node that a function runs on.
pub(crate) fn of_node(kind: ErrorKind, what: String) -> DataFusionError {
    of_core(Error::new(kind, what))
}
