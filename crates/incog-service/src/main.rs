//! Runs the service: see the library's page.

use std::{error::Error, net::Ipv4Addr, path::Path};

use incog::{
    dp::{Amount, Budget},
    table::{Column, Table},
};
use incog_service::{Config, Service};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // An example: a service has its key from where its secrets are.
    let key = [42; 32];
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["init", path] => {
            let each_analyst = Amount::parse("pure epsilon=0.5")?;
            Ok(Service::create_ledger(Path::new(path), key, Budget::parse("1", "0")?, each_analyst)?)
        }
        [path] => serve(path, key).await,
        _ => Err("usage: incog-service init LEDGER, then incog-service LEDGER".into()),
    }
}

async fn serve(ledger: &str, key: [u8; 32]) -> Result<(), Box<dyn Error>> {
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .install_recorder()?;
    incog::metrics::describe();

    // 3,000 stays of 1,000 patients, nobody of whom exists.
    let table = Table::new([
        ("patient", Column::from_values((0..3000).map(|i| format!("p{}", i % 1000)))?),
        ("ward", Column::from_values((0..3000).map(|i| ["A1", "A2", "B1"][i % 7 % 3]))?),
    ])?;
    let analysts = [("ann-secret", "ann"), ("bob-secret", "bob")].map(|(t, a)| (t.to_owned(), a.to_owned()));
    let service = Service::open(Config::new(ledger, key, analysts, (table, "2026-11".to_owned()), metrics))?;

    let public = TcpListener::bind((Ipv4Addr::LOCALHOST, 8080)).await?;
    let internal = TcpListener::bind((Ipv4Addr::LOCALHOST, 9090)).await?;
    println!("public on http://{}, internal on http://{}", public.local_addr()?, internal.local_addr()?);
    tokio::try_join!(async { axum::serve(public, service.public()).await }, async {
        axum::serve(internal, service.internal()).await
    })?;
    Ok(())
}

/// From a ledger in memory to a slow disk.
const SECONDS: [f64; 10] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];
