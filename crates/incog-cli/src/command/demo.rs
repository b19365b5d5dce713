//! `incog demo`: from nothing to a release that was attacked and verifies, in one command.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use incog::{
    dp::{Budget, ledger::SqliteLedger},
    evidence::{SigningKey, Verification, Verifier},
    pipeline::{Policy, Replace, Summary, rescan},
    pseudonym::{Key, Tokenizer},
    table::csv::{self, Dialect},
};
use serde_json::json;

use super::{Outcome, attack, policy, print_json, verify};
use crate::{
    demo::{
        self,
        data::{self, Demo, DemoOptions},
        score::Score,
    },
    failure::{FAILED, Failure},
    output::say,
    progress::Bar,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder to make; it must not exist.
    #[arg(long, value_name = "DIR", default_value = "incog-demo")]
    out: PathBuf,
    /// Number of patients.
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    rows: u32,
    /// Seed of the generator: the same seed gives the same patients. Keys and noise are never seeded.
    #[arg(long, value_name = "S", default_value_t = 2026)]
    seed: u64,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let started = Instant::now();
    let out = &args.out;
    if fs::symlink_metadata(out).is_ok() {
        return Err(Failure::from(incog::Error::new(
            incog::ErrorKind::Refused,
            format!("'{}' exists; choose another folder with --out, or remove it", out.display()),
        )));
    }
    let rows =
        usize::try_from(args.rows).map_err(|_| Failure::usage("--rows is too large for this machine"))?;
    let demo = data::generate(&DemoOptions { rows, seed: args.seed });
    let result = Run::prepare(out, &demo, rows).and_then(|run| run.release(out, &demo));
    let run = match result {
        Ok(run) => run,
        Err(failure) => {
            // Half a demo is of no use to anyone. The folder did not exist before.
            let _ = fs::remove_dir_all(out);
            return Err(failure);
        }
    };
    if json {
        print_json(&json!({
            "folder": out.display().to_string(),
            "rows": args.rows,
            "seconds": started.elapsed().as_secs_f64(),
            "summary": serde_json::to_value(&run.summary).map_err(|e| Failure::output(&e.into()))?,
            "verification": serde_json::to_value(&run.verification).map_err(|e| Failure::output(&e.into()))?,
            "planted": {
                "own": run.score.own.json(),
                "foreign": run.score.foreign.json(),
                "foreign_names": run.score.foreign_names.json(),
            },
            "decoys": run.score.decoys.json(),
        }))?;
    } else {
        run.print(args, started.elapsed().as_secs_f64());
    }
    Ok(if run.verification.verified { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

struct Run {
    key: Key,
    summary: Summary,
    /// What the gate lets pass.
    limit: f64,
    verification: Verification,
    score: Score,
}

struct Prepared {
    key: Key,
    signing: SigningKey,
}

impl Run {
    /// Writes the input, the key, the ledger and the policy.
    fn prepare(out: &Path, demo: &Demo, rows: usize) -> Result<Prepared, Failure> {
        let failed =
            |e| Failure::from(incog::Error::io(format!("writing the demo to '{}'", out.display()), e));
        fs::create_dir_all(out).map_err(failed)?;
        fs::write(out.join("patients.csv"), &demo.patients_csv).map_err(failed)?;
        fs::write(out.join("register.csv"), &demo.register_csv).map_err(failed)?;
        fs::write(out.join("policy.toml"), demo::policy(rows)).map_err(failed)?;
        let key = Key::generate()?;
        key.write_new(&out.join("incog.key"))?;
        let signing = SigningKey::generate()?;
        signing.write_new(&out.join("signing.key"))?;
        fs::write(out.join("signing.key.pub"), format!("{}\n", signing.public())).map_err(failed)?;
        SqliteLedger::create(out.join("budget.db"), Budget::new(1.0, 0.0)?)?;
        Ok(Prepared { key, signing })
    }

    fn print(&self, args: &Args, seconds: f64) {
        let out = args.out.display();
        say!("{} patients in {out}/patients.csv, released under {out}/policy.toml\n", args.rows);
        policy::describe(&self.summary);
        say!("\nplanted identifiers gone from the released notes");
        say!("  the row's own name, phone, record number, e-mail: {}", self.score.own.sentence());
        say!("  other people's e-mails, phones, cards and the like: {}", self.score.foreign.sentence());
        say!(
            "  other people's names (no language model: not expected): {}",
            self.score.foreign_names.sentence()
        );
        say!("  look-alikes (ids, versions, lab values) that survived: {}", self.score.decoys.sentence());
        match self.summary.attacks.values().next() {
            Some(report) => {
                let exceeding: Vec<_> = report.exceeding(self.limit).collect();
                say!("\n{}", attack::verdict(self.limit, &exceeding));
            }
            None => say!("\nno gate: of fewer than 10,000 patients a tenth is too small a control"),
        }
        say!("\nverification of {out}/release");
        verify::print(&self.verification);
        say!("\n{seconds:.1} s; key {} stays in {out}/incog.key", self.key.id());
        say!("look at: {out}/release/report.html");
        say!("then:    incog verify {out}/release --trust {out}/signing.key.pub");
    }
}

impl Prepared {
    /// Plans, applies, verifies and scores.
    fn release(self, out: &Path, demo: &Demo) -> Result<Run, Failure> {
        let bar = Bar::new();
        let progress = |stage: &str, done, total| bar.advance(stage, done, total);
        let public = self.signing.public();
        let policy = Policy::read(&out.join("policy.toml"))?;
        let limit = policy.gate().map_or(1.0, |gate| gate.max_excess_risk);
        let plan = policy.plan(&progress)?.signed_by(self.signing);
        let applied = plan.apply(&out.join("release"), Replace::No, &progress)?;
        progress("verifying", 0, 0);
        let verification = Verifier::new(&rescan()).trust(public).verify(applied.folder())?;
        let score = score(&self.key, &out.join("release").join("notes.csv"), demo)?;
        Ok(Run { key: self.key, summary: applied.summary().clone(), limit, verification, score })
    }
}

/// Whoever holds the key can tell which note belongs to which patient: here, to score.
fn score(key: &Key, notes: &Path, demo: &Demo) -> Result<Score, Failure> {
    let patients = csv::read(demo.patients_csv.as_bytes(), Dialect::default())?;
    let (released, _) = csv::read_path(notes, Dialect::default())?;
    let tokens = Tokenizer::new(key, "demo-notes", "MRN")?;
    let mrn = patients.column("mrn")?;
    let row_of_token: HashMap<String, usize> =
        (0..mrn.len()).filter_map(|row| Some((tokens.token(mrn.cell(row)?), row))).collect();
    let (token, note) = (released.column("mrn")?, released.column("notes")?);
    let note_of_row: HashMap<usize, &str> = (0..token.len())
        .filter_map(|r| Some((*row_of_token.get(token.cell(r)?)?, note.cell(r).unwrap_or_default())))
        .collect();
    Ok(Score::of(demo, &note_of_row))
}
