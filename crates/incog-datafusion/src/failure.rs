//! Runs that give no result: whose fault it is, and what is said of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use datafusion::error::{DataFusionError, Result as Ran};
use incog::{Error, ErrorKind};

use crate::error;

/// Whose fault it is that there is no result.
pub(crate) enum Failed {
    /// The engine's, or of a node.
    Engine(Error),
    /// Of what was done with a batch.
    Here(Error),
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Engine(error) | Failed::Here(error) => error,
        }
    }
}

/// Whether another attempt may go better.
pub(crate) fn may_pass(error: &Error) -> bool {
    !matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::Key | ErrorKind::Policy | ErrorKind::Value)
}

pub(crate) fn guarded<T>(run: impl FnOnce() -> Ran<T>) -> std::result::Result<T, Failed> {
    let ran = catch_unwind(AssertUnwindSafe(run)).map_err(|_| Failed::Engine(damaged()))?;
    ran.map_err(|e| Failed::Engine(of_engine(&e)))
}

/// What the engine says may quote a cell, so only sentences of ours pass, and what is known of the cause.
pub(crate) fn of_engine(error: &DataFusionError) -> Error {
    if let DataFusionError::External(root) = error.find_root()
        && let Some(ours) = root.downcast_ref::<Error>()
    {
        return Error::new(ours.kind(), ours.to_string());
    }
    // From another node an error comes as words.
    let words = error.to_string();
    let says = |known: &[&str]| known.iter().any(|part| words.contains(part));
    let (what, remedy) = if says(&["No such file", "NotFound", "not found: ", "ObjectStore"]) {
        (
            "a node does not see the file under this path",
            "give a path that all nodes have, with the same file",
        )
    } else if let Some(missing) = error::missing_function(&words) {
        return missing;
    } else if says(&["this node has no folder", "key '", ".key"]) {
        (
            "a node lacks the key that orders rows",
            "put it into the folder that INCOG_NODE names, on every node",
        )
    } else if says(&["Resources exhausted"]) {
        ("a node has too little memory or disk for it", "give it more, or use more nodes")
    } else if says(&["Connection refused", "transport error", "ConnectError"]) {
        ("a node of the cluster cannot be reached", "start it again")
    } else {
        return damaged();
    };
    Error::new(ErrorKind::Data, what).with_remedy(remedy)
}

fn damaged() -> Error {
    let what = "the engine could not read it to its end: the file is damaged, it changed meanwhile, or a node was lost";
    Error::new(ErrorKind::Data, what).with_remedy("look at the nodes, and write the file again")
}

pub(crate) fn other_rows(given: usize, said: usize) -> Error {
    let what = format!(
        "the engine gave {given} rows where the file says that it holds {said}; it is damaged, it changed meanwhile, or a node does not \
         see the same file under this path"
    );
    Error::new(ErrorKind::Data, what)
}

pub(crate) fn misplaced() -> Error {
    Error::new(
        ErrorKind::Data,
        "the engine did not give every row once and in its place; the file changed, or a node does not see the same file under this path",
    )
}
