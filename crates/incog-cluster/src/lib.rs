#![doc = include_str!("../README.md")]

mod folder;
mod options;

use std::{path::PathBuf, sync::Arc};

use ballista::prelude::{SessionConfigExt, SessionContextExt};
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::{
    cluster::BallistaCluster, config::SchedulerConfig, scheduler_process::start_server,
};
use datafusion::{
    common::{exec_datafusion_err, exec_err},
    error::{DataFusionError, Result},
    execution::{SessionState, SessionStateBuilder},
    prelude::{SessionConfig, SessionContext},
};
use incog_datafusion::{Node, register_all};

use folder::OwnFolder;

pub use options::{Options, USAGE};

/// Runs a scheduler that knows the functions, until the process is told to stop.
///
/// # Errors
/// If the address is taken, or the configuration is none of Ballista, or has a session builder of its own, which would have to
/// go.
pub async fn scheduler(mut config: SchedulerConfig, node: &Node) -> Result<()> {
    if config.override_session_builder.is_some() {
        return exec_err!(
            "the scheduler's configuration has a session builder, and the one that knows the functions would replace it; leave it out"
        );
    }
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
/// What it hands on to others are rows as they are. They lie in a new folder inside `work_dir`, or the one for temporary files,
/// that is open to its owner only and removed at the end, though not by a process that is killed. Without an interval of
/// clean-ups, rows of a statement that nothing was written to for an hour are removed once a minute.
///
/// # Errors
/// If an address is taken, the folder cannot be made or the scheduler cannot be reached, or if the configuration has a
/// registry of functions of its own, which would have to go.
pub async fn executor(mut config: ExecutorProcessConfig, node: &Node) -> Result<()> {
    if config.override_function_registry.is_some() {
        return exec_err!(
            "the executor's configuration has a registry of functions, and the one that knows ours would replace it; leave it out"
        );
    }
    let parent = config.work_dir.as_ref().map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = OwnFolder::new_in(&parent)?;
    let Some(path) = folder.path().to_str() else {
        return exec_err!("the path of the folder for temporary files is no UTF-8; give another as work_dir");
    };
    config.work_dir = Some(path.to_owned());
    if config.job_data_clean_up_interval_seconds == 0 {
        config.job_data_clean_up_interval_seconds = 60;
        config.job_data_ttl_seconds = 3600;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_the_functions_would_replace_is_refused() {
        let node = Node::default();
        let own = SchedulerConfig {
            override_session_builder: Some(Arc::new(|config| Ok(state(config, &Node::default())))),
            ..SchedulerConfig::default()
        };
        let error = scheduler(own, &node).await.unwrap_err().to_string();
        assert!(error.contains("has a session builder"), "{error}");
        let own = ExecutorProcessConfig {
            override_function_registry: Some(Arc::default()),
            ..ExecutorProcessConfig::default()
        };
        let error = executor(own, &node).await.unwrap_err().to_string();
        assert!(error.contains("has a registry of functions"), "{error}");
    }
}
