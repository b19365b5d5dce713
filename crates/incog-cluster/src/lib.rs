#![doc = include_str!("../README.md")]

mod options;

use std::sync::Arc;

use ballista::prelude::{SessionConfigExt, SessionContextExt};
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::{
    cluster::BallistaCluster, config::SchedulerConfig, scheduler_process::start_server,
};
use datafusion::{
    common::exec_datafusion_err,
    error::{DataFusionError, Result},
    execution::{SessionState, SessionStateBuilder},
    prelude::{SessionConfig, SessionContext},
};
use incog_datafusion::{Node, register_all};

pub use options::{Options, USAGE};

/// Runs a scheduler that knows the functions, until the process is told to stop.
///
/// # Errors
/// If the address is taken, or the configuration is none of Ballista.
pub async fn scheduler(mut config: SchedulerConfig, node: &Node) -> Result<()> {
    let node = node.clone();
    config.override_session_builder = Some(Arc::new(move |config| Ok(state(config, &node))));
    let address = format!("{}:{}", config.bind_host, config.bind_port);
    let address = address
        .parse()
        .map_err(|_| exec_datafusion_err!("the scheduler's address '{address}' is no IP address and port"))?;
    let cluster = BallistaCluster::new_from_config(&config).await.map_err(of_ballista)?;
    start_server(cluster, address, Arc::new(config)).await.map_err(of_ballista)
}

/// Runs an executor that knows the functions, until the process is told to stop.
///
/// # Errors
/// If an address is taken, or the scheduler cannot be reached.
pub async fn executor(mut config: ExecutorProcessConfig, node: &Node) -> Result<()> {
    let known = state(SessionConfig::new_with_ballista(), node);
    config.override_function_registry = Some(Arc::new(BallistaFunctionRegistry::from(&known)));
    start_executor_process(Arc::new(config)).await.map_err(of_ballista)
}

/// A session on the cluster whose scheduler is at `url`, such as `df://127.0.0.1:50050`. It knows the functions.
///
/// # Errors
/// If the scheduler cannot be reached.
pub async fn connect(url: &str, config: SessionConfig, node: &Node) -> Result<SessionContext> {
    // A plan that stays as it is while it runs: what a lost executor did is done again by the same plan.
    let config = config.upgrade_for_ballista().with_ballista_adaptive_query_planner(false);
    let session = SessionContext::remote_with_state(url, state(config, node)).await?;
    // Ballista puts its own functions in the place of those of the state, so they are made known to the session again.
    register_all(&session, node);
    Ok(session)
}

fn state(config: SessionConfig, node: &Node) -> SessionState {
    let state = SessionStateBuilder::new().with_config(config).with_default_features().build();
    let session = SessionContext::new_with_state(state);
    register_all(&session, node);
    session.state()
}

fn of_ballista(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
