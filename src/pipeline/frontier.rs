//! The frontier of a policy's table release: k against loss, suppression and attack success, with a plot.

use std::fmt::Write as _;

use serde::Serialize;

use super::{
    Policy, Progress,
    policy::{ModelSpec, Release},
};
use crate::{
    error::{Error, Result},
    kanon::{FrontierPoint, frontier},
    num,
};

/// k against what it costs and what it protects from, for one release of a policy. Exact figures about the raw table:
/// internal.
///
/// # Examples
/// ```
/// use incog::pipeline::{Policy, SILENT};
/// # let here = std::env::temp_dir().join(format!("incog-doc-frontier-{}", std::process::id()));
/// # std::fs::create_dir_all(&here).unwrap();
/// # std::fs::write(here.join("stays.csv"), "age\n31\n34\n38\n").unwrap();
/// # let policy = r#"
/// # version = 1
/// # purpose = "ward planning"
/// # [input]
/// # path = "stays.csv"
/// # [columns]
/// # age = { role = "quasi", hierarchy = { kind = "interval", widths = [10] } }
/// # [release.table]
/// # columns = ["age"]
/// # models = [{ k_anonymity = 2 }]
/// # search = "optimal"
/// # "#;
/// let frontier = Policy::parse(policy, &here)?.frontier(None, &[2, 3, 5], SILENT)?;
/// for point in &frontier.points {
///     println!("k = {}: {}", point.k, point.refusal.as_deref().unwrap_or("can be released"));
/// }
/// assert_eq!((frontier.release.as_str(), frontier.search.as_str()), ("table", "optimal"));
/// std::fs::write(here.join("frontier.html"), frontier.html()).unwrap();
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Frontier {
    /// The release.
    pub release: String,
    /// How classes are searched.
    pub search: String,
    /// One point for each k, in the order asked for.
    pub points: Vec<FrontierPoint>,
}

impl Policy {
    /// The frontier of the release `name`, or of the only one under models: its `k_anonymity` is replaced by each of
    /// `ks`, everything else is as the policy says. Nothing is written.
    ///
    /// # Errors
    /// `Policy` if there is no such release, or several and none is named; and those of reading the input.
    pub fn frontier(&self, name: Option<&str>, ks: &[u64], progress: Progress<'_>) -> Result<Frontier> {
        let under_models = |release: &&Release| matches!(release, Release::Table(t) if !t.models.is_empty());
        let mut releases = self.releases.iter().filter(|(_, r)| under_models(r));
        let (name, release) = match name {
            Some(name) => releases.find(|(n, _)| *n == name),
            None => releases.next().filter(|_| releases.next().is_none()),
        }
        .ok_or_else(Error::frontier_of_no_release)?;
        let Release::Table(release) = release else { return Err(Error::frontier_of_no_release()) };
        let input = self.read_input(&release.input, progress)?;
        let total = num::count(ks.len());
        let done = std::cell::Cell::new(0);
        let points = frontier(&input.table, ks, |k| {
            progress("searching", done.get(), total);
            done.set(done.get() + 1);
            let mut models: Vec<ModelSpec> = release.models.iter().map(|m| m.with_k(k)).collect();
            if models.iter().all(|m| m.k().is_none()) {
                models.push(ModelSpec::KAnonymity(k));
            }
            self.anonymizer(release, &models)?.build()
        })?;
        let search = release.search.unwrap_or_default().word().to_owned();
        Ok(Frontier { release: name.clone(), search, points })
    }
}

impl Frontier {
    /// One page with a plot and a table, which loads nothing.
    #[must_use]
    pub fn html(&self) -> String {
        let mut rows = String::new();
        for point in &self.points {
            // Writing to a string cannot fail.
            let _ = match &point.figures {
                Some(f) => write!(
                    rows,
                    "<tr><th scope=\"row\">{}</th><td>{:.4}</td><td>{:.4}</td><td>{}</td><td>{:.4}</td><td>{:.4}</td></tr>",
                    point.k, f.loss, f.suppressed, f.classes, f.prosecutor, f.marketer
                ),
                None => {
                    write!(rows, "<tr><th scope=\"row\">{}</th><td colspan=\"5\">refused</td></tr>", point.k)
                }
            };
        }
        format!(
            "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Frontier</title>\n<style>{STYLE}</style>\n\
             <h1>What more protection costs</h1>\n<p>Internal: exact figures about the raw table. An attacker is given every \
             quasi-identifying value of everyone.</p>\n{}\n<table><caption>By k</caption><thead><tr><th>k</th><th>loss</th>\
             <th>left out</th><th>classes</th><th>prosecutor</th><th>marketer</th></tr></thead><tbody>{rows}</tbody></table>\n</html>\n",
            self.svg()
        )
    }

    /// Lines over k: loss, share left out, rows picked right on average. Points are evenly spaced, since k is not.
    #[must_use]
    pub fn svg(&self) -> String {
        type Figure = fn(&crate::kanon::FrontierFigures) -> f64;
        let series: [(&str, &str, Figure); 3] = [
            ("loss", "#1f5fa8", |f| f.loss),
            ("rows left out", "#a8541f", |f| f.suppressed),
            ("rows picked right", "#1f8a5a", |f| f.marketer),
        ];
        let points: Vec<_> =
            self.points.iter().filter_map(|p| p.figures.as_ref().map(|f| (p.k, f))).collect();
        let highest =
            points.iter().flat_map(|(_, f)| series.iter().map(move |s| s.2(f))).fold(0.01f64, f64::max);
        let step = WIDTH / num::to_f64(num::count(points.len().max(2) - 1));
        let at =
            |i: usize, y: f64| (LEFT + step * num::to_f64(num::count(i)), TOP + HEIGHT * (1.0 - y / highest));
        let mut svg = format!(
            "<svg role=\"img\" viewBox=\"0 0 480 300\" width=\"480\"><title>Loss, rows left out and rows picked right over \
             k</title><path d=\"M{LEFT} {TOP}V{}H{}\" fill=\"none\" stroke=\"#777\"/><text x=\"4\" y=\"{TOP}\">{highest:.2}</text>\
             <text x=\"4\" y=\"{}\">0</text>",
            TOP + HEIGHT,
            LEFT + WIDTH,
            TOP + HEIGHT
        );
        for (i, (k, _)) in points.iter().enumerate() {
            let (x, _) = at(i, 0.0);
            let _ = write!(
                svg,
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{k}</text>",
                TOP + HEIGHT + 18.0
            );
        }
        for (row, (label, color, value)) in series.iter().enumerate() {
            let path: Vec<String> = points
                .iter()
                .enumerate()
                .map(|(i, (_, f))| {
                    let (x, y) = at(i, value(f));
                    format!("{x:.1},{y:.1}")
                })
                .collect();
            let y = TOP + HEIGHT + 40.0 + 16.0 * num::to_f64(num::count(row));
            let _ = write!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>\
                 <text x=\"{LEFT}\" y=\"{y}\" fill=\"{color}\">{label}</text>",
                path.join(" ")
            );
        }
        svg + "</svg>"
    }
}

const LEFT: f64 = 44.0;
const TOP: f64 = 16.0;
const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 190.0;
const STYLE: &str = "body{font:16px sans-serif;max-width:60em;margin:1em auto;padding:0 1em}svg text{font:12px sans-serif}\
table{border-collapse:collapse}th,td{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}";
