//! Sentences of this crate, and those of the core on their way through the engine.

use datafusion::error::DataFusionError;
use incog::{Error, ErrorKind};

use crate::{aggregate, function};

/// An error of the core, as the engine carries it. [`DataFusionError::find_root`] gives it back, where no network was between.
pub(crate) fn of_core(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// What is wrong with a statement, before it runs.
pub(crate) fn statement(function: &str, what: impl AsRef<str>) -> DataFusionError {
    DataFusionError::Plan(format!("{function}: {}", what.as_ref()))
}

/// What is said of a node to which a function is not known, if `words` of the engine say so: a scheduler reads plans of statements, and
/// an executor those of tasks. Of the words only a name that is one of ours is repeated.
pub(crate) fn missing_function(words: &str) -> Option<Error> {
    let says = |known: &[&str]| known.iter().any(|part| words.contains(part));
    let node = if says(&["LogicalExtensionCodec is not"]) {
        "the scheduler"
    } else if says(&["PhysicalExtensionCodec is not"]) {
        "an executor"
    } else if says(&["xtensionCodec", "no function", "Invalid function", "o UDF", "prepared or was rejected"])
    {
        "a node"
    } else {
        return None;
    };
    let names =
        || function::ALL.map(|kind| kind.name()).into_iter().chain(aggregate::ALL.map(|kind| kind.name()));
    let named = words.split_once(" function ").map(|(_, rest)| rest);
    let named = named.and_then(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next());
    let what = match names().find(|name| Some(*name) == named) {
        Some(name) => format!("{node} does not know the function '{name}' of incog"),
        None => format!("{node} does not know the functions of incog"),
    };
    let error = Error::new(ErrorKind::Data, what);
    Some(error.with_remedy("start scheduler and executors with the incog-cluster of this version"))
}

/// An error while a plan runs. What the engine says may quote a cell, so only sentences of the core pass.
pub(crate) fn of_run(error: DataFusionError, label: &str, key: &str) -> DataFusionError {
    match error.find_root() {
        DataFusionError::External(root) if root.is::<Error>() => error,
        _ => of_core(missing_function(&error.to_string()).unwrap_or_else(|| {
            let what = format!(
                "the engine could not run the plan of '{label}'; nothing was charged; is the key '{key}' on every node, and does no \
                 expression of the plan fail on a cell?"
            );
            Error::new(ErrorKind::Data, what)
        })),
    }
}

/// What is wrong with the configuration of the node that a function runs on.
pub(crate) fn of_node(kind: ErrorKind, what: String) -> DataFusionError {
    of_core(Error::new(kind, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_function_is_told_by_its_name_and_node_and_no_other_word_is() {
        let told = |words: &str| missing_function(words).map(|error| error.to_string());
        let of = |node: &str, what: &str| {
            Some(format!(
                "{node} does not know the {what} of incog; start scheduler and executors with the incog-cluster of this version"
            ))
        };
        for (words, expected) in [
            (
                r#"NotImplemented(\"LogicalExtensionCodec is not provided for scalar function redact\")"#,
                of("the scheduler", "function 'redact'"),
            ),
            (
                "PhysicalExtensionCodec is not provided for aggregate function clip_sum",
                of("an executor", "function 'clip_sum'"),
            ),
            (
                "PhysicalExtensionCodec is not provided for scalar function CANARY",
                of("an executor", "functions"),
            ),
            ("There is no UDF named CANARY in the registry", of("a node", "functions")),
            ("No such file CANARY", None),
        ] {
            assert_eq!(told(words), expected, "{words}");
        }
    }
}
