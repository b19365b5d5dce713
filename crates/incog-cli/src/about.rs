//! What `incog --version` prints: the version, what is compiled in, and the formats that are read and written.

use std::sync::LazyLock;

use incog::{
    evidence::{SCHEMA, Tool},
    pipeline::policy,
};

/// All of it, below the line that `-V` prints.
pub(crate) static LONG_VERSION: LazyLock<String> = LazyLock::new(|| {
    let library = Tool::this_build();
    let of_the_command: &[&str] = if cfg!(feature = "postgres") { &["postgres"] } else { &["none"] };
    format!(
        "{}\nfeatures of the library: {}\nfeatures of the command: {}\nformats: policy {}, card {SCHEMA}",
        library.version,
        library.features.join(", "),
        of_the_command.join(", "),
        policy::VERSION,
    )
});
