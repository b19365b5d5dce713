//! Which engine reads the inputs: this process, DataFusion in it, or a cluster.

use std::sync::Arc;

use incog::pipeline::Engine;

use crate::failure::Failure;

/// Where Parquet inputs are read, grouped and added up.
#[derive(Default, clap::Args)]
pub(crate) struct EngineArgs {
    /// Read Parquet inputs by a query engine in this process: the same results, by other threads and other code.
    #[arg(long, value_name = "NAME")]
    engine: Option<Kind>,
    /// Read them on the cluster whose scheduler is at this address, as in df://127.0.0.1:50050. There is no authentication.
    #[arg(long, value_name = "URL")]
    cluster: Option<String>,
    /// For statistics on a cluster: the name of the key, in the folder INCOG_NODE of every node, that says which rows of a
    /// person count.
    #[arg(long, value_name = "NAME", requires = "cluster")]
    order_key: Option<String>,
}

/// Engines by name.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    Datafusion,
}

impl EngineArgs {
    /// The engine that was asked for, if one was.
    pub(crate) fn open(&self) -> Result<Option<Arc<dyn Engine>>, Failure> {
        match (&self.cluster, self.engine) {
            (None, None) => Ok(None),
            (Some(url), _) => on_cluster(url, self.order_key.clone()).map(Some),
            (None, Some(Kind::Datafusion)) => embedded().map(Some),
        }
    }
}

#[cfg(feature = "datafusion")]
fn embedded() -> Result<Arc<dyn Engine>, Failure> {
    Ok(Arc::new(incog_datafusion::QueryEngine::embedded()?))
}

#[cfg(feature = "datafusion")]
fn on_cluster(url: &str, order: Option<String>) -> Result<Arc<dyn Engine>, Failure> {
    use incog_datafusion::{Node, QueryEngine};
    let node = Node::from_environment();
    let connect = |config| {
        let node = node.clone();
        async move { incog_cluster::connect(url, config, &node).await }
    };
    Ok(Arc::new(QueryEngine::on_cluster(connect, order)?))
}

#[cfg(not(feature = "datafusion"))]
fn embedded() -> Result<Arc<dyn Engine>, Failure> {
    Err(not_built())
}

#[cfg(not(feature = "datafusion"))]
fn on_cluster(_: &str, _: Option<String>) -> Result<Arc<dyn Engine>, Failure> {
    Err(not_built())
}

#[cfg(not(feature = "datafusion"))]
fn not_built() -> Failure {
    Failure::usage(
        "this build of incog has no query engine; build it with one, as in cargo build --release -p incog-cli --features datafusion, \
         or leave --engine and --cluster out",
    )
}
