//! What `incog --version` prints: the version, what is compiled in, and the formats that are read and written.

use std::sync::LazyLock;

use incog::{
    evidence::{SCHEMA, Tool},
    pipeline::policy,
};

/// All of it, below the line that `-V` prints.
pub(crate) static LONG_VERSION: LazyLock<String> = LazyLock::new(|| {
    let library = Tool::this_build();
    let compiled_in = [
        ("datafusion", cfg!(feature = "datafusion")),
        ("parquet", cfg!(feature = "parquet")),
        ("postgres", cfg!(feature = "postgres")),
    ];
    let mut of_the_command: Vec<&str> =
        compiled_in.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect();
    if of_the_command.is_empty() {
        of_the_command.push("none");
    }
    format!(
        "{}\nfeatures of the library: {}\nfeatures of the command: {}\nformats: policy {}, card {SCHEMA}",
        library.version,
        library.features.join(", "),
        of_the_command.join(", "),
        policy::VERSION,
    )
});
