//! A policy to start from: everything that is not clearly harmless stays, or is generalized.

use std::fmt::Write as _;

use super::{
    policy::Form,
    profile::{self, ColumnKind, ColumnProfile, Profile, ValueKind},
};
use crate::{
    kanon::{Hierarchy, hierarchy::DateLevel},
    table::{Column, csv::Encoding},
};

/// The text of a policy for the table that `whole` describes, in the file `input`, written down as `form` says.
///
/// Dates and postal codes start at the precision that most purposes can do with: days of births, and whole postal codes,
/// do not leave unless somebody puts their level in front.
///
/// Every column is decided, with the reason beside it, or has `role = "TODO"`: then the policy is refused
/// with that line until a person has decided. A column that nothing speaks against is declared, but in no
/// release until someone needs it there.
///
/// # Guarantee
/// For all tables, nothing in the text is copied from a cell, and the release it proposes holds only columns
/// that are quasi-identifying or sensitive by their profile.
///
/// # Examples
/// ```
/// use incog::{pii::Scanner, pipeline::{self, Policy, policy::Form}, table::{Column, Table, csv::Dialect}};
/// let table = Table::new([
///     ("full name", Column::from_values(["Ada L.", "Bob K.", "Cy M."])?),
///     ("sex", Column::from_values(["f", "m", "m"])?),
/// ])?;
/// let form = Form::Csv(Dialect::default());
/// let text = pipeline::propose("t.csv", form, &pipeline::profile(&table, &Scanner::new())?);
/// assert!(text.contains("\"full name\" = { role = \"identifying\", action = \"drop\" }"), "{text}");
/// assert!(!text.contains("Ada"));
/// Policy::parse(&text, ".".as_ref())?;
///
/// let unknown = Table::new([("q", Column::from_values([""])?)])?;
/// let text = pipeline::propose("t.csv", form, &pipeline::profile(&unknown, &Scanner::new())?);
/// let error = Policy::parse(&text, ".".as_ref()).unwrap_err().to_string();
/// assert!(error.contains("unknown variant `TODO`"), "{error}");
/// # Ok::<(), incog::Error>(())
/// ```
#[must_use]
pub fn propose(input: &str, form: Form, whole: &Profile) -> String {
    let decided: Vec<(&ColumnProfile, Decision)> =
        whole.columns.iter().map(|p| (p, Decision::of(p))).collect();
    let named = |wanted: Decision| -> Vec<&str> {
        decided.iter().filter(|(_, d)| *d == wanted).map(|(p, _)| p.name.as_str()).collect()
    };
    let identifying = named(Decision::Drop);

    let mut text = format!(
        "# Proposed by incog init from the names and cells of the table. A proposal: read each reason.\n\
         version = {}\npurpose = {}\n",
        super::policy::VERSION,
        quoted(PURPOSE)
    );
    text.push_str(&person(&decided));
    text.push_str("undeclared = \"deny\"                 # a column that is not below stops the run\n");
    text.push_str(&source(input, form));
    text.push_str(&later(&decided));
    text.push_str("\n[columns]\n");
    for (at, (profile, decision)) in decided.iter().enumerate() {
        let values = whole.values(at);
        let entry = match decision {
            Decision::Drop => "{ role = \"identifying\", action = \"drop\" }".to_owned(),
            Decision::Quasi => match hierarchy(profile, values) {
                Some(hierarchy) => format!("{{ role = \"quasi\", hierarchy = {hierarchy} }}"),
                None => "{ role = \"quasi\" }".to_owned(),
            },
            Decision::Sensitive => "{ role = \"sensitive\" }".to_owned(),
            Decision::Scrub => {
                format!(
                    "{{ role = \"text\", action = \"scrub\", use_row = {}, default = \"label\" }}",
                    list(&identifying)
                )
            }
            Decision::LeaveOut => "{ role = \"insensitive\" }".to_owned(),
            Decision::Ask => "{ role = \"TODO\" }".to_owned(),
        };
        let reason = comment(profile, *decision) + precision(profile, *decision, &entry);
        line(&mut text, &format!("{} = {entry}  # {reason}", key(&profile.name)));
    }
    let (release, leaving) = release(&decided);
    text.push_str(&release);
    text.push_str(
        "\n# The columns that each purpose needs: a release with another one is refused.\n[purposes]\n",
    );
    line(&mut text, &format!("{} = {}", quoted(PURPOSE), list(&leaving)));
    text
}

/// Where the table is, and how it is written down.
fn source(input: &str, form: Form) -> String {
    let mut text = String::from("\n[input]\n");
    line(&mut text, &format!("path = {}", quoted(input)));
    let encoding = match form {
        Form::Csv(dialect) => {
            line(&mut text, &format!("delimiter = {}", quoted(&dialect.delimiter().to_string())));
            dialect.encoding()
        }
        Form::JsonLines(encoding) => {
            line(&mut text, "format = \"jsonl\"");
            encoding
        }
        Form::Parquet => {
            line(&mut text, "format = \"parquet\"");
            Encoding::default()
        }
    };
    if encoding != Encoding::Utf8 {
        line(&mut text, &format!("encoding = {}", quoted(encoding.word())));
    }
    text
}

/// What a person may add under `[input]` when it is known.
fn later(decided: &[(&ColumnProfile, Decision)]) -> String {
    let mut text = String::new();
    let is_event = |p: &ColumnProfile| p.value_kind == ValueKind::Date && !profile::is_birth(&p.name);
    if let Some((date, _)) = decided.iter().find(|(p, d)| is_event(p) && *d != Decision::Ask) {
        let column = without_controls(&quoted(&date.name));
        line(
            &mut text,
            &format!(
                "# retention = {{ column = {column}, days = 3650 }}  # rows older than the purpose needs"
            ),
        );
    }
    line(
        &mut text,
        "# lock = \"release/policy.lock\"      # after the first release: a new or changed column is refused",
    );
    text
}

/// What becomes of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Drop,
    Quasi,
    Sensitive,
    Scrub,
    LeaveOut,
    Ask,
}

impl Decision {
    fn of(profile: &ColumnProfile) -> Self {
        match profile.kind {
            _ if profile.confidence < SURE_ENOUGH => Decision::Ask,
            ColumnKind::Identifying => Decision::Drop,
            ColumnKind::QuasiIdentifying => Decision::Quasi,
            ColumnKind::Sensitive => Decision::Sensitive,
            ColumnKind::FreeText => Decision::Scrub,
            ColumnKind::Other => Decision::LeaveOut,
            ColumnKind::Unknown => Decision::Ask,
        }
    }
}

/// The column of a person's number, if there is exactly one without gaps.
fn person(decided: &[(&ColumnProfile, Decision)]) -> String {
    let mut numbers = decided.iter().map(|(p, _)| p).filter(|p| {
        p.kind == ColumnKind::Identifying
            && p.missing == 0
            && p.confidence >= SURE_ENOUGH
            && profile::numbers_persons(&p.name)
    });
    match (numbers.next(), numbers.next()) {
        (Some(only), None) => {
            format!("person = {}  # k and l count persons, told apart by this column\n", quoted(&only.name))
        }
        _ => "# person = \"...\"                    # the column that tells persons apart, if rows of one person repeat\n"
            .to_owned(),
    }
}

/// The release, and the columns in it.
fn release<'p>(decided: &[(&'p ColumnProfile, Decision)]) -> (String, Vec<&'p str>) {
    let is = |wanted: &[Decision]| -> Vec<&'p ColumnProfile> {
        decided.iter().filter(|(_, d)| wanted.contains(d)).map(|(p, _)| *p).collect()
    };
    let columns: Vec<&str> =
        is(&[Decision::Quasi, Decision::Sensitive]).iter().map(|p| p.name.as_str()).collect();
    let diverse = is(&[Decision::Sensitive]).into_iter().find(|p| p.distinct >= 2 * L);
    let mut text = String::from("\n[release.table]\n");
    let mut about = "";
    if columns.is_empty() {
        about = "  # name the columns that leave";
    }
    line(&mut text, &format!("columns = {}{about}", list(&columns)));
    let mut models = format!("{{ k_anonymity = {K} }}");
    if let Some(sensitive) = diverse {
        let column = quoted(&sensitive.name);
        // Writing to a string cannot fail.
        let _ = write!(models, ", {{ l_diversity = {L}, variant = \"distinct\", column = {column} }}");
    }
    line(&mut text, &format!("models = [{models}]"));
    text.push_str("max_suppressed = 0.03                # share of rows that may be left out\n");
    text.push_str("metric = \"loss\"\nsearch = \"local\"\n");
    for plain in is(&[Decision::Sensitive]).into_iter().filter(|p| diverse != Some(*p)) {
        let name = without_controls(&plain.name);
        line(&mut text, &format!("# column {name}: no diversity is asked for; a class may share one value"));
    }
    if !is(&[Decision::LeaveOut]).is_empty() {
        text.push_str(
            "# Insensitive columns are in no release until they are added to columns; k is then printed with them too.\n",
        );
    }
    if !is(&[Decision::Scrub]).is_empty() {
        text.push_str("# Scrubbed text singles out rows: it needs a release of its own, without models.\n");
    }
    (text, columns)
}

/// A hierarchy that fits every value of the column; none means kept or suppressed.
fn hierarchy(profile: &ColumnProfile, column: &Column) -> Option<String> {
    let fits = |hierarchy: Hierarchy| hierarchy.levels(&profile.name, column).is_ok();
    if profile.value_kind == ValueKind::Date {
        let levels: &[&str] = if profile::is_birth(&profile.name) {
            &["year", "5y", "10y", "*"]
        } else {
            &["month", "quarter", "year", "*"]
        };
        let parsed: Vec<DateLevel> = levels.iter().filter_map(|l| DateLevel::parse(l).ok()).collect();
        let dates = Hierarchy::dates(&parsed).ok().filter(|h| fits(h.clone()));
        return dates.map(|_| format!("{{ kind = \"date\", levels = {} }}", list(levels)));
    }
    let values = || column.dictionary().map(str::trim).filter(|v| !v.is_empty());
    let lengths = || values().map(|v| v.chars().count());
    // Codes of one length are ordered from the left, as a rule: the first characters are the group.
    let codes =
        profile.value_kind == ValueKind::Code && lengths().min() == lengths().max().filter(|&n| n > 2);
    if profile::is_postal(&profile.name) || codes {
        let keep = prefixes(lengths().max()?);
        let written: Vec<String> = keep.iter().map(usize::to_string).collect();
        let prefix = Hierarchy::prefix(&keep).ok().filter(|h| fits(h.clone()));
        return prefix.map(|_| format!("{{ kind = \"prefix\", keep = [{}] }}", written.join(", ")));
    }
    if matches!(profile.value_kind, ValueKind::Integer | ValueKind::Number) {
        let widths = widths(values().filter_map(profile::decimal).collect(), profile.value_kind)?;
        let numbers: Vec<f64> = widths.iter().filter_map(|w| w.parse().ok()).collect();
        let intervals = Hierarchy::intervals(&numbers, 0.0).ok().filter(|h| fits(h.clone()));
        return intervals
            .map(|_| format!("{{ kind = \"interval\", widths = [{}], origin = 0 }}", widths.join(", ")));
    }
    None
}

/// Three fifths, two fifths, none: 3, 2, 0 of five characters.
fn prefixes(length: usize) -> Vec<usize> {
    let part = |fifths: usize| (fifths * length).div_ceil(5).min(length.saturating_sub(1));
    let mut keep = vec![part(3), part(2), 0];
    keep.dedup();
    keep
}

/// Nested widths of one digit that fit the spread of the middle nine tenths of the distinct values. Rounded so
/// far down that they say no more than the order of magnitude.
fn widths(mut values: Vec<f64>, kind: ValueKind) -> Option<Vec<String>> {
    values.sort_by(f64::total_cmp);
    values.dedup();
    let twentieth = values.len() / 20;
    let spread = values.get(values.len().checked_sub(1 + twentieth)?)? - values.get(twentieth)?;
    // Many values can do with finer steps at first, and need coarser ones at last.
    let (steps, factors): (f64, &[u32]) =
        if values.len() > 200 { (50.0, &[1, 5, 20]) } else { (10.0, &[1, 2, 4, 8]) };
    let (digit, exponent) = nice(spread / steps)?;
    let finest = if kind == ValueKind::Integer && exponent < 0 { (1, 0) } else { (digit, exponent) };
    let trivial = |factor: u32| kind == ValueKind::Integer && finest == (1, 0) && factor == 1;
    let widths = factors.iter().filter(|&&f| !trivial(f)).map(|&factor| written(finest.0 * factor, finest.1));
    (spread >= 4.0 || kind == ValueKind::Number).then(|| widths.collect())
}

/// The largest of 1, 2, 5 times a power of ten that is not above `x`.
fn nice(x: f64) -> Option<(u32, i32)> {
    let candidates = (-6..=12).flat_map(|e| [1, 2, 5].map(|digit| (digit, e)));
    candidates.take_while(|&(digit, e)| f64::from(digit) * 10f64.powi(e) <= x * (1.0 + 1e-9)).last()
}

/// `digits` times ten to the `exponent`, in decimal.
fn written(digits: u32, exponent: i32) -> String {
    let Ok(places) = usize::try_from(-exponent) else {
        return format!("{digits}{}", "0".repeat(usize::try_from(exponent).unwrap_or(0)));
    };
    if places == 0 {
        return digits.to_string();
    }
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - places);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

fn comment(profile: &ColumnProfile, decision: Decision) -> String {
    let why = profile.why.join("; ");
    let why = match decision {
        Decision::Ask => format!(
            "decide: identifying, quasi, sensitive, insensitive or text; it seems {} ({}); {why}",
            word(profile.kind),
            profile.confidence
        ),
        _ => format!("{} ({}); {why}", word(profile.kind), profile.confidence),
    };
    without_controls(&why)
}

/// What the hierarchy of a quasi-identifying column leaves out, and who can put it in.
fn precision(profile: &ColumnProfile, decision: Decision, entry: &str) -> &'static str {
    if decision != Decision::Quasi {
        ""
    } else if entry.contains("kind = \"date\"") {
        "; no day leaves, put finer levels in front if the purpose needs them"
    } else if entry.contains("kind = \"prefix\"") {
        "; no whole code leaves, put a longer prefix in front if the purpose needs it, or a tree if its first characters are no groups"
    } else if !entry.contains("hierarchy") && profile.value_kind == ValueKind::OtherDate {
        "; kept or suppressed, because only dates written YYYY-MM-DD are generalized: rewrite it so, or write a tree or a file"
    } else if !entry.contains("hierarchy") && profile.distinct > MANY {
        "; kept or suppressed, write a tree or a file to generalize it"
    } else {
        ""
    }
}

fn word(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Identifying => "identifying",
        ColumnKind::QuasiIdentifying => "quasi-identifying",
        ColumnKind::Sensitive => "sensitive",
        ColumnKind::FreeText => "free text",
        ColumnKind::Other => "insensitive",
        ColumnKind::Unknown => "unknown",
    }
}

/// A comment ends with its line, and TOML allows no control character in it.
fn without_controls(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A TOML key: bare where that is allowed.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { name.to_owned() } else { quoted(name) }
}

fn list<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| quoted(n.as_ref())).collect();
    format!("[{}]", quoted.join(", "))
}

/// A TOML basic string. The `toml` crate is built without its writer, which would bring a second one of its
/// parsers.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// Below it, a person decides.
const SURE_ENOUGH: f64 = 0.5;
/// The least class of the proposal; common practice for release to known recipients, and no guarantee by itself.
const K: u64 = 10;
const L: u64 = 3;
/// With more values than this, keeping them or not is a poor choice.
const MANY: u64 = 10;
const PURPOSE: &str = "TODO: say what the release may be used for";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_nest_and_fit_the_spread() {
        let spread = |n: u32, unit: f64| (0..n).map(|i| f64::from(i) * unit).collect::<Vec<_>>();
        let cases = [
            ("ages", spread(74, 1.0), ValueKind::Integer, Some("5 10 20 40")),
            ("charges", spread(5000, 11.0), ValueKind::Number, Some("500 2500 10000")),
            ("shares", spread(101, 0.01), ValueKind::Number, Some("0.05 0.1 0.2 0.4")),
            ("counts", spread(12, 1.0), ValueKind::Integer, Some("2 4 8")),
            ("flags", spread(2, 1.0), ValueKind::Integer, None),
            ("nothing", Vec::new(), ValueKind::Integer, None),
        ];
        for (name, values, kind, expected) in cases {
            assert_eq!(widths(values, kind).map(|w| w.join(" ")).as_deref(), expected, "{name}");
        }
    }
}
