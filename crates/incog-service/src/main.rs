//! Runs the service: see the library's page.

use std::{error::Error, net::Ipv4Addr, path::Path};

use incog::{
    dp::{Amount, Budget},
    pseudonym::KeySource,
    table::{Column, Table},
};
use incog_service::{Analysts, Config, Service};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["init", ledger, key] => {
            let each_analyst = Amount::parse("pure epsilon=0.5")?;
            Ok(Service::create_ledger(Path::new(ledger), load(key)?, Budget::parse("1", "0")?, each_analyst)?)
        }
        [ledger, key, analysts] => {
            let file = std::fs::read_to_string(analysts).map_err(|why| format!("reading '{analysts}': {why}"))?;
            serve(ledger, load(key)?, Analysts::parse(&file)?).await
        }
        _ => Err("usage: incog-service init LEDGER KEY, then incog-service LEDGER KEY ANALYSTS; KEY is env:NAME or \
                  file:PATH, ANALYSTS a file with a name and the SHA-256 of a token in each line"
            .into()),
    }
}

/// The key of the ledger: from the key that stands there, derived as `incog ledger` does it.
fn load(source: &str) -> incog::Result<[u8; 32]> {
    Ok(KeySource::parse(source)?.load(Path::new("."))?.derive(&["ledger"]).mac(b"ledger"))
}

async fn serve(ledger: &str, key: [u8; 32], analysts: Analysts) -> Result<(), Box<dyn Error>> {
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .install_recorder()?;
    incog::metrics::describe();

    // 3,000 stays of 1,000 patients, nobody of whom exists.
    let table = Table::new([
        ("patient", Column::from_values((0..3000).map(|i| format!("p{}", i % 1000)))?),
        ("ward", Column::from_values((0..3000).map(|i| ["A1", "A2", "B1"][i % 7 % 3]))?),
    ])?;
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
