//! How long does each stage take on a table of mine, and how much memory does it hold?
//!
//! ```text
//! cargo run --release -p incog-datafusion --example adult_table -- FOLDER 10000000
//! cargo run --release -p incog-cluster --example stages -- FOLDER [URL]
//! ```
//!
//! Counts the distinct rows of the nine columns of `adult_table`, searches for a recoding with k = 10, writes the recoded rows, counts
//! these again, and writes the notes with what was found in them replaced: Parquet to Parquet, in this process, or on the cluster
//! whose scheduler is at URL. What is written stands in a new folder beside FOLDER and is removed. Memory is the peak of this process.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use datafusion::{
    arrow::{
        array::AsArray,
        datatypes::{DataType, Int64Type},
    },
    dataframe::DataFrameWriteOptions,
    logical_expr::cast,
    prelude::{ParquetReadOptions, SessionConfig, SessionContext, ident},
};
use incog::kanon::{Anonymizer, Hierarchy, model::KAnonymity};
use incog_datafusion::{Node, register_all};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Columns of texts, and how many neighbors of the alphabet, then of the groups, come together.
const TEXTS: [(&str, &[usize]); 8] = [
    ("sex", &[]),
    ("race", &[]),
    ("marital-status", &[3]),
    ("education", &[2, 4]),
    ("native-country", &[4]),
    ("workclass", &[3]),
    ("occupation", &[5]),
    ("salary-class", &[]),
];

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, url @ ..] = arguments.as_slice() else {
        return Err("say the folder that adult_table wrote, and a scheduler's URL if there is one".into());
    };
    let node = Node::from_environment();
    let session = match url.first() {
        Some(url) => incog_cluster::connect(url, SessionConfig::new(), &node).await?,
        None => SessionContext::new(),
    };
    register_all(&session, &node);
    session.register_parquet("visits", folder, ParquetReadOptions::default()).await?;
    let rows = number(&session, "select count(*) from visits").await?;
    let request = request(&session).await?;
    let columns: Vec<&str> = TEXTS.iter().map(|(name, _)| *name).chain(["age"]).collect();
    let written = Written::beside(Path::new(folder))?;

    let clock = Clock::start();
    let key = columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let tuples = format!("select qi_key({key}) as key, count(*) from visits group by key");
    let distinct = number(&session, &format!("select count(*) from ({tuples})")).await?;
    clock.stop(&format!("histogram: {distinct} distinct"), rows);

    let clock = Clock::start();
    let recoding = incog_datafusion::search(&request, session.table("visits").await?, &columns).await?;
    let report = recoding.report();
    let said = format!(
        "histogram to the driver, search: {} nodes, loss {:.4}, {} classes",
        report.nodes_checked, report.quality.loss, report.classes
    );
    clock.stop(&said, rows);

    let clock = Clock::start();
    let recoded = written.path("recoded")?;
    let frame = recoding.apply(session.table("visits").await?, &["person"])?;
    frame.write_parquet(&recoded, DataFrameWriteOptions::new(), None).await?;
    clock.stop("recode, Parquet written", rows);

    let clock = Clock::start();
    recoding.verify(session.read_parquet(recoded, ParquetReadOptions::default()).await?).await?;
    clock.stop("what was written, counted again", rows);

    let clock = Clock::start();
    let frame = session.sql("select person, redact(note) as note from visits").await?;
    frame.write_parquet(&written.path("notes")?, DataFrameWriteOptions::new(), None).await?;
    clock.stop("redact, Parquet written", rows);
    Ok(())
}

async fn number(session: &SessionContext, statement: &str) -> Result<i64> {
    let batches = session.sql(statement).await?.collect().await?;
    let first = batches.iter().find(|batch| batch.num_rows() > 0).ok_or("no row came back")?;
    Ok(first.column(0).as_primitive_opt::<Int64Type>().ok_or("no number came back")?.value(0))
}

async fn request(session: &SessionContext) -> Result<Anonymizer> {
    let mut builder = Anonymizer::builder()
        .quasi_identifier("age", Hierarchy::intervals(&[5.0, 10.0, 20.0], 0.0)?)
        .model(KAnonymity::new(10)?)
        .max_suppressed(0.02);
    for (name, groups) in TEXTS {
        let frame = session.table("visits").await?.select(vec![cast(ident(name), DataType::Utf8)])?;
        let mut values = Vec::new();
        for batch in frame.distinct()?.collect().await? {
            values.extend(batch.column(0).as_string::<i32>().iter().flatten().map(str::to_owned));
        }
        values.sort_unstable();
        builder = builder.quasi_identifier(name, Hierarchy::ordered(&values, groups)?);
    }
    Ok(builder.build()?)
}

/// A folder that is removed at the end.
struct Written(PathBuf);

impl Written {
    fn beside(folder: &Path) -> Result<Self> {
        let written = folder.canonicalize()?.with_file_name(format!("stages-{}", std::process::id()));
        fs::create_dir(&written)?;
        Ok(Written(written))
    }

    fn path(&self, name: &str) -> Result<String> {
        let path = self.0.join(name).join("");
        Ok(path.to_str().ok_or("the path is no UTF-8")?.to_owned())
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // It was made by this program, and nothing hangs on it.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Time, and the peak of memory since it was started, where the system says it.
struct Clock(Instant);

impl Clock {
    fn start() -> Self {
        // Linux: from here on the peak is counted anew.
        drop(fs::write("/proc/self/clear_refs", "5"));
        Clock(Instant::now())
    }

    #[expect(clippy::cast_precision_loss, reason = "figures to print")]
    fn stop(self, what: &str, rows: i64) {
        let seconds = self.0.elapsed().as_secs_f64();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok());
        let peak = peak.map_or_else(|| "?".to_owned(), |kb| format!("{:.0}", kb / 1024.0));
        println!("{what}: {seconds:.2} s, {:.2} M rows/s, {peak} MiB", rows as f64 / seconds / 1e6);
    }
}
