//! `incog attack`: what attackers find in a release, beside what they find about people who are not in it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use incog::{
    audit::table::{
        AttackReport, Attacker, ControlSplit, Downcoding, Identifier, LinkSearch, Links, Meaning, Measured,
        Minimality,
    },
    pipeline::{AttackOptions, Attacks, Policy},
    table::{Column, ColumnBuilder, Table},
};
use serde_json::{Value, json};

use super::{Outcome, policy, print_json};
use crate::{
    failure::{Failure, REFUSED},
    input,
    output::say,
    progress::Bar,
};

/// Attack a release: singling out, linkability, inference, and by a register, each against people who are not in it.
///
/// A release folder is attacked as its policy's gate says, from its internal folder. A table alone is attacked as if it were
/// released as it is, with part of its persons held back; with --original, as a release of those rows.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The release folder, or a table.
    #[arg(value_name = "DIR|TABLE")]
    target: PathBuf,
    /// A register of persons with some of the columns that attackers know.
    #[arg(long, value_name = "REGISTER")]
    auxiliary: Option<String>,
    /// Exit with 3 if the upper limit of an excess is above this; of a folder, that of its gate if left out.
    #[arg(long, value_name = "SHARE")]
    max_excess_risk: Option<f64>,
    /// At most so many attempts on each side.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    samples: Option<u32>,
    /// Values that fewer rows than this have are near-unique.
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..))]
    few: u32,
    /// Of a folder: its policy, if not that of its internal folder.
    #[arg(long, value_name = "POLICY", conflicts_with_all = ["original", "control", "quasi", "sensitive", "person", "texts", "minimal"])]
    policy: Option<PathBuf>,
    /// Of a table: the rows that it was made from.
    #[arg(long, value_name = "TABLE")]
    original: Option<String>,
    /// Of a table: rows of people who are not in it; without --original, the share of persons who are held back.
    #[arg(long, value_name = "TABLE|SHARE")]
    control: Option<String>,
    /// Of a table: the columns that attackers know; all but the sensitive ones if left out.
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,..")]
    quasi: Vec<String>,
    /// Of a table: the columns that attackers want.
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,..")]
    sensitive: Vec<String>,
    /// Of a table: the column of the original that tells persons apart.
    #[arg(long, value_name = "COLUMN")]
    person: Option<String>,
    /// Of a table: what names in a column stand for, as lines of a value and the groups that it is in.
    #[arg(long, value_name = "COLUMN=FILE")]
    hierarchy: Vec<String>,
    /// Of a table: texts of the same persons, in which its values are looked for.
    #[arg(long, value_name = "TABLE")]
    texts: Option<String>,
    /// Of a table: in what its recipient takes it to be minimal; what can be made finer for that is looked for.
    #[arg(long, value_name = "WHAT", value_parser = ["each_class", "whole_columns"])]
    minimal: Option<String>,
    /// Of a table: who is attacked; the same seed, the same people; 0 if left out.
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    #[command(flatten)]
    form: input::Form,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let bar = Bar::new();
    let progress = |stage: &str, done, total| bar.advance(stage, done, total);
    if let Some(limit) = args.max_excess_risk.filter(|limit| !(0.0..=1.0).contains(limit)) {
        return Err(Failure::usage(format!("--max-excess-risk is a share from 0 to 1, got {limit}")));
    }
    let register = args.auxiliary.as_ref().map(|path| input::table(path, &args.form)).transpose()?;
    let register = register.as_ref().map(|(table, _)| table);
    let mut attacks = if args.target.is_dir() {
        of_folder(args, register, &progress)?
    } else {
        let (report, links) = of_table(args, register, &progress)?;
        let name =
            args.target.file_stem().map_or_else(|| "table".into(), |n| n.to_string_lossy().into_owned());
        let mut attacks = serde_json::Map::new();
        attacks.insert(name.clone(), to_json(&report)?);
        let links = links.into_iter().map(|links| (name.clone(), "texts".to_owned(), links)).collect();
        Results { limit: None, reports: vec![report], json: attacks, links }
    };
    drop(bar);
    attacks.limit = args.max_excess_risk.or(attacks.limit);
    let exceeding = attacks.exceeding();
    // A limit that nothing was held against is not kept.
    let untried = attacks.limit.and_then(|_| attacks.untried());
    if json {
        let links: Vec<Value> = attacks
            .links
            .iter()
            .map(|(table, texts, links)| {
                let mut links = serde_json::to_value(links).map_err(|e| Failure::output(&e.into()))?;
                links["table"] = json!(table);
                links["texts"] = json!(texts);
                Ok(links)
            })
            .collect::<Result<_, Failure>>()?;
        let document = json!({
            "max_excess_risk": attacks.limit,
            "passed": attacks.limit.map(|_| exceeding.is_empty() && untried.is_none()),
            "releases": attacks.json,
            "links": links,
        });
        print_json(&document)?;
    } else {
        for (name, report) in attacks.json.keys().zip(&attacks.reports) {
            describe(name, report);
        }
        for (table, texts, links) in &attacks.links {
            describe_links(table, texts, links);
        }
        match (attacks.limit, untried) {
            (Some(_), Some(name)) if exceeding.is_empty() => {
                say!("gate FAIL: of '{name}' nothing was tried that is decided on");
            }
            (Some(limit), _) => say!("{}", verdict(limit, &exceeding)),
            (None, _) => {}
        }
    }
    Ok(if exceeding.is_empty() && untried.is_none() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// What came out, in the order of the names.
struct Results {
    limit: Option<f64>,
    reports: Vec<AttackReport>,
    json: serde_json::Map<String, Value>,
    /// Of the release whose values stand in the texts of the second.
    links: Vec<(String, String, Links)>,
}

impl Results {
    fn exceeding(&self) -> Vec<&Measured> {
        let Some(limit) = self.limit else { return Vec::new() };
        self.reports.iter().flat_map(|report| report.exceeding(limit)).collect()
    }

    /// A release of which nothing was tried that is decided on.
    fn untried(&self) -> Option<&str> {
        let mut reports = self.json.keys().zip(&self.reports);
        reports.find(|(_, report)| report.worst().is_none()).map(|(name, _)| name.as_str())
    }
}

fn to_json(report: &AttackReport) -> Result<Value, Failure> {
    serde_json::to_value(report).map_err(|e| Failure::output(&e.into()))
}

fn of_folder(
    args: &Args,
    register: Option<&Table>,
    progress: &dyn Fn(&str, u64, u64),
) -> Result<Results, Failure> {
    let folder = &args.target;
    let of_tables = [
        ("original", args.original.is_some()),
        ("control", args.control.is_some()),
        ("quasi", !args.quasi.is_empty()),
        ("sensitive", !args.sensitive.is_empty()),
        ("person", args.person.is_some()),
        ("hierarchy", !args.hierarchy.is_empty()),
        ("texts", args.texts.is_some()),
        ("minimal", args.minimal.is_some()),
        ("seed", args.seed.is_some()),
    ];
    if let Some((option, _)) = of_tables.iter().find(|(_, is_given)| *is_given) {
        return Err(Failure::usage(format!(
            "a release folder is attacked with what its policy says; --{option} is for tables"
        )));
    }
    let policy = match &args.policy {
        Some(path) => policy::read(path)?,
        None => policy_inside(folder)?,
    };
    let mut options = AttackOptions::new().few(args.few);
    if let Some(register) = register {
        options = options.auxiliary(register);
    }
    if let Some(samples) = args.samples {
        options = options.samples(usize_of(samples));
    }
    let Attacks { max_excess_risk, releases, links, .. } = policy.attack(folder, options, progress)?;
    let mut json = serde_json::Map::new();
    for (name, report) in &releases {
        json.insert(name.clone(), to_json(report)?);
    }
    let links = links.into_iter().map(|l| (l.table, l.texts, l.links)).collect();
    Ok(Results { limit: max_excess_risk, reports: releases.into_values().collect(), json, links })
}

/// The policy in the internal folder of a release.
fn policy_inside(folder: &Path) -> Result<Policy, Failure> {
    let mut name = folder.components().as_path().as_os_str().to_owned();
    name.push(".internal");
    let internal = PathBuf::from(name);
    for file in ["policy.toml", "input.json"] {
        let path = internal.join(file);
        fs::metadata(&path).map_err(|e| {
            Failure::unreadable(
                &format!("'{}'; name the policy with --policy, or attack a table", path.display()),
                &e,
            )
        })?;
    }
    Ok(policy::equipped(Policy::of_internal(&internal)?))
}

fn of_table(
    args: &Args,
    register: Option<&Table>,
    progress: &dyn Fn(&str, u64, u64),
) -> Result<(AttackReport, Option<Links>), Failure> {
    if args.policy.is_some() {
        return Err(Failure::usage(
            "--policy is for release folders; a table is attacked with what is said of it",
        ));
    }
    let path = args.target.to_string_lossy();
    let (table, _) = input::table(&path, &args.form)?;
    let person = args.person.as_deref();
    let key = seed_key(args.seed.unwrap_or(0));
    let (released, original, split) = match &args.original {
        Some(original) => {
            let (original, _) = input::table(original, &args.form)?;
            let control = args.control.as_ref().map(|path| input::table(path, &args.form)).transpose()?;
            let (all, split) = match control {
                Some((control, _)) => together(&original, &control)?,
                None => {
                    let split = ControlSplit::of_rows((0..original.rows()).collect(), Vec::new());
                    (original, split)
                }
            };
            (table, all, split)
        }
        None => {
            let share = match args.control.as_deref() {
                None => 0.1,
                Some(share) => share.parse().map_err(|_| {
                    Failure::usage("without --original, --control is a share of persons, as in --control 0.1")
                })?,
            };
            let split = ControlSplit::keyed(&key, share, &table, person)?;
            (table.select(split.members()), table, split)
        }
    };
    let sensitive = &args.sensitive;
    let is_known = |name: &&String| !sensitive.contains(name) && Some(name.as_str()) != person;
    let known: Vec<String> = if args.quasi.is_empty() {
        released.names().iter().filter(is_known).cloned().collect()
    } else {
        args.quasi.clone()
    };
    let mut attacker = Attacker::builder(&released, &original, &split)
        .known(known)
        .sensitive(sensitive.clone())
        .few(args.few)
        .key(key);
    if let Some(person) = person {
        attacker = attacker.person(person);
    }
    match args.minimal.as_deref() {
        Some("each_class") => attacker = attacker.minimality(Minimality::EachClass),
        Some(_) => attacker = attacker.minimality(Minimality::WholeColumns),
        None => {}
    }
    for entry in &args.hierarchy {
        let (column, path) = entry.split_once('=').ok_or_else(|| {
            Failure::usage("--hierarchy takes COLUMN=FILE, as in --hierarchy ward=wards.csv")
        })?;
        attacker = attacker.meaning(column, meaning(path)?);
    }
    if let Some(register) = register {
        attacker = attacker.register(register);
    }
    if let Some(samples) = args.samples {
        attacker = attacker.samples(usize_of(samples));
    }
    let report = attacker.build()?.run(progress);
    let Some(path) = &args.texts else { return Ok((report, None)) };
    let (texts, _) = input::table(path, &args.form)?;
    let columns: Vec<&Column> = texts.iter().map(|(_, column)| column).collect();
    let mut search = LinkSearch::new(&released, texts.names()).few(args.few);
    for row in 0..texts.rows() {
        search.text_row(columns.iter().map(|column| column.cell(row)));
    }
    Ok((report, Some(search.finish())))
}

/// A hierarchy file has no header: its first line is a value like the others.
fn meaning(path: &str) -> Result<Meaning, Failure> {
    let text = input::bytes(path)?;
    let dialect = input::dialect(&text, None)?;
    let separator = dialect.delimiter().to_string();
    let cells = text.split(|&b| b == b'\n').next().unwrap_or_default();
    let columns = cells.split(|&b| separator.as_bytes() == [b]).count();
    let names: Vec<String> = (0..columns).map(|i| i.to_string()).collect();
    let with_header = [names.join(&separator).as_bytes(), b"\n", &text].concat();
    let reading = |e: incog::Error| e.context(format!("reading '{path}'"));
    let table = incog::table::csv::read(&with_header[..], dialect).map_err(reading)?;
    Ok(Meaning::of_lines(&table)?)
}

/// The rows of both, with the columns that both have.
fn together(original: &Table, control: &Table) -> Result<(Table, ControlSplit), Failure> {
    let common = original.iter().filter_map(|(name, column)| Some((name, column, control.get(name)?)));
    let columns = common
        .map(|(name, one, other)| {
            let mut both = ColumnBuilder::default();
            for column in [one, other] {
                (0..column.len()).try_for_each(|row| both.push_cell(column.cell(row)))?;
            }
            Ok((name.to_owned(), both.finish()))
        })
        .collect::<incog::Result<Vec<(String, Column)>>>()?;
    let (first, all) = (original.rows(), original.rows() + control.rows());
    Ok((Table::new(columns)?, ControlSplit::of_rows((0..first).collect(), (first..all).collect())))
}

/// Draws of people to attack are no secret.
fn seed_key(seed: u64) -> [u8; 32] {
    let mut key = *b"seed____incog attack on a table.";
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key
}

fn usize_of(samples: u32) -> usize {
    usize::try_from(samples).unwrap_or(usize::MAX)
}

/// One report for people.
pub(crate) fn describe(name: &str, report: &AttackReport) {
    say!(
        "{name}: {} rows, of {} persons; the control has {} who are not in it; at most {} attempts on each side",
        report.rows,
        report.members,
        report.control,
        report.samples
    );
    let wanted = if report.sensitive.is_empty() { "nothing".to_owned() } else { report.sensitive.join(", ") };
    say!("  an attacker knows {}, and wants {wanted}", report.known.join(", "));
    say!("  {:<36} {:>8} {:>8} {:>8}  at the 95 % limits", "attack", "members", "control", "excess");
    for a in &report.attacks {
        let note = if a.decides { "" } else { "  (for information)" };
        say!(
            "  {:<36} {:>8} {:>8} {:>8}  {} to {}{note}",
            a.title(),
            percent(a.attack.value()),
            percent(a.control.value()),
            percent(a.excess.value),
            percent(a.excess.lower),
            percent(a.excess.upper)
        );
    }
    if let Some(register) = &report.register {
        say!(
            "  register of {} by {}: linked to one row or two before {}, after {}; people who are not in it {}",
            register.entries,
            register.columns.join(", "),
            percent(register.before.value()),
            percent(register.after.value()),
            percent(register.control.value())
        );
    }
    for h in &report.homogeneity {
        say!(
            "  {} of {} classes share one value of {} ({} rows)",
            h.homogeneous_classes,
            h.classes,
            h.column,
            h.homogeneous_rows
        );
    }
    if let Some(found) = &report.downcoding {
        say!("  downcoding: {}", downcoding(found));
    }
    for found in &report.identifiers {
        say!("  {}", near_unique(found, report));
    }
    if report.control == 0 {
        say!(
            "  note: nobody is known who is not in it, so the excess is plain success; --control names such people"
        );
    }
    for (column, rows) in &report.opaque_rows {
        say!(
            "  note: {rows} cells of {column} are names that nobody explained, so attacks are weaker than they could be; \
             --hierarchy {column}=FILE tells what they stand for"
        );
    }
}

/// What minimality gives away.
fn downcoding(found: &Downcoding) -> String {
    let why = match found.minimality {
        Minimality::EachClass => "if each class is as fine as its rows allow",
        _ => "if no column as a whole could be finer",
    };
    let tried = if found.right.trials == 0 {
        String::new()
    } else {
        format!(
            "; right in {} of {} tries, of people who are not in it {} (excess {} to {})",
            percent(found.right.value()),
            found.right.trials,
            percent(found.control.value()),
            percent(found.excess.lower),
            percent(found.excess.upper)
        )
    };
    format!(
        "{why}, {} of {} general cells, in {} rows, can be written finer{tried}",
        found.finer_cells, found.general_cells, found.finer_rows
    )
}

/// What texts tell about the rows of a table.
fn describe_links(table: &str, texts: &str, links: &Links) {
    if links.columns.is_empty() {
        say!("{table} and {texts}: no value of the one stands in the {} rows of the other", links.text_rows);
        return;
    }
    say!(
        "{table} and {texts}: in {} of {} texts stands what together exactly one row of {table} has; in {}, fewer than {} rows",
        links.rows_to_one,
        links.text_rows,
        links.rows_to_few,
        links.few
    );
    for found in &links.columns {
        say!(
            "  {} values of {} stand in {}, in {} texts; {} of them are those of fewer than {} rows, in {} texts",
            found.values,
            found.column,
            found.found_in,
            found.texts,
            found.values_few,
            links.few,
            found.texts_few
        );
    }
}

/// What the values of a column, or of two, do.
fn near_unique(found: &Identifier, report: &AttackReport) -> String {
    let (of, values) =
        if found.columns.len() > 1 { ("together", "pairs of values") } else { ("alone", "values") };
    format!(
        "{} {of}: {} {values} are shared by fewer than {}, in {} of {} rows; in {} of them by nobody",
        found.columns.join(" and "),
        found.values_few,
        report.few,
        found.rows_few,
        report.rows,
        found.rows_alone
    )
}

/// Whether a release may leave.
pub(crate) fn verdict(limit: f64, exceeding: &[&Measured]) -> String {
    match exceeding {
        [] => format!("gate PASS: no excess is above {} at its upper limit (95 %)", percent(limit)),
        all => {
            let titles: Vec<String> =
                all.iter().map(|a| format!("{} {}", a.title(), percent(a.excess.upper))).collect();
            format!("gate FAIL: above {} at the upper limit (95 %): {}", percent(limit), titles.join(", "))
        }
    }
}

fn percent(share: f64) -> String {
    // No negative zero.
    format!("{:.1} %", (1000.0 * share).round() / 10.0 + 0.0)
}
