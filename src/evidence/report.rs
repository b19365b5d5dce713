//! The card as one page for people.
//!
//! One file without scripts, fonts, pictures or links, so that it opens offline, prints, and tells nobody that
//! it was read. The public page says what left and what holds; with [`ReportExtras::internal`] it also says what
//! happened to the raw data, and must not leave.

use std::collections::BTreeMap;

use super::{
    Card,
    html::Html,
    svg::{self, Bar},
};
use crate::claim::{Check, Claim};

/// What a report shows beyond the card.
///
/// # Examples
/// ```
/// use incog::evidence::{Card, Internal, ReportExtras, Tool, report};
/// let tool = Tool::new("incog".into(), "0.1.0".into(), vec![]);
/// let mut card = Card::new(tool, "a <b>trial</b>".into(), "00ff".into());
/// card.not_established.push("who made this card".into());
///
/// let extras = ReportExtras::default().class_sizes("table", vec![(10, 3), (17, 1)]);
/// let page = report(&card, &extras);
/// assert!(page.contains("a &lt;b&gt;trial&lt;/b&gt;") && page.contains("who made this card"));
/// assert!(!page.contains("Not for release"));
///
/// let extras = extras.internal(Internal::default().suppressed("table", 2, 49));
/// assert!(report(&card, &extras).contains("Not for release"));
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ReportExtras {
    class_sizes: BTreeMap<String, Vec<(u64, u64)>>,
    burn_down: BTreeMap<String, Vec<u64>>,
    internal: Option<Internal>,
}

/// What would say more about the raw data than the release does.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Internal {
    suppressed: BTreeMap<String, (u64, u64)>,
    detections: BTreeMap<String, BTreeMap<String, u64>>,
    warnings: Vec<String>,
}

impl ReportExtras {
    /// The classes of the released rows of `release`: sizes, and the number of classes of that size.
    #[must_use]
    pub fn class_sizes(mut self, release: impl Into<String>, sizes: Vec<(u64, u64)>) -> Self {
        self.class_sizes.insert(release.into(), sizes);
        self
    }

    /// What was left of the ledger's budget before the first query of `release` and after each of them, in thousandths.
    #[must_use]
    pub fn burn_down(mut self, release: impl Into<String>, left: Vec<u64>) -> Self {
        self.burn_down.insert(release.into(), left);
        self
    }

    /// Makes it the full report, for those who hold the raw data.
    #[must_use]
    pub fn internal(mut self, internal: Internal) -> Self {
        self.internal = Some(internal);
        self
    }
}

impl Internal {
    /// `suppressed_rows` of the `rows` of the input are not in `release`.
    #[must_use]
    pub fn suppressed(mut self, release: impl Into<String>, suppressed_rows: u64, rows: u64) -> Self {
        self.suppressed.insert(release.into(), (suppressed_rows, rows));
        self
    }

    /// What was found in the free text of `release`: entities, and how often.
    #[must_use]
    pub fn detections(mut self, release: impl Into<String>, detections: BTreeMap<String, u64>) -> Self {
        self.detections.insert(release.into(), detections);
        self
    }

    /// Something that whoever holds the raw data should know.
    #[must_use]
    pub fn warning(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
    }
}

/// The page for `card`.
///
/// # Guarantee
/// For all cards and extras, the page loads nothing and runs nothing, and without
/// [`ReportExtras::internal`] it shows nothing but the card and the classes of the released rows.
#[must_use]
pub fn report(card: &Card, extras: &ReportExtras) -> String {
    let internal = extras.internal.as_ref();
    let title = if internal.is_some() { "Release report, internal" } else { "Release report" };
    let mut body = Html::element("h1", Html::markup(title));
    if internal.is_some() {
        body = body.and(Html::markup(NOT_FOR_RELEASE));
    }
    let mut sections = vec![
        summary(card),
        not_established(card),
        claims(card),
        outputs(card),
        classes(extras),
        utility(card),
        budget(card, extras),
        joint(card),
        overrides(card),
    ];
    if let Some(internal) = internal {
        sections.extend([warnings(internal), suppression(internal), detections(internal)]);
    }
    sections.push(check_it(card));
    body = sections.into_iter().flatten().fold(body, Html::and);
    let page = Html::markup(HEAD)
        .and(Html::element("title", Html::markup(title)))
        .and(Html::element("style", Html::markup(CSS)))
        .and(Html::element("main", body));
    page.and(Html::markup("</html>\n")).into_string()
}

type Section = Option<Html>;

fn section(heading: &'static str, content: Html) -> Section {
    Some(Html::element("section", Html::element("h2", Html::markup(heading)).and(content)))
}

fn paragraph(text: &str) -> Html {
    Html::element("p", Html::text(text))
}

fn number(n: u64) -> Html {
    Html::text(&n.to_string())
}

fn summary(card: &Card) -> Section {
    let tables: Vec<_> = card.outputs.iter().filter_map(|o| o.rows).collect();
    let rows: u64 = tables.iter().sum();
    let facts = [
        ("Purpose", Html::text(&card.purpose)),
        (
            "What left",
            Html::text(&format!(
                "{} files, of them {} tables with {rows} rows",
                card.outputs.len(),
                tables.len()
            )),
        ),
        ("Claims", Html::text(&claims_by_check(card))),
        ("Made by", Html::text(&format!("{} {}", card.tool.name, card.tool.version))),
    ];
    let list = facts
        .into_iter()
        .map(|(term, fact)| Html::element("dt", Html::markup(term)).and(Html::element("dd", fact)))
        .collect();
    section("Summary", Html::element("dl", list))
}

fn claims_by_check(card: &Card) -> String {
    let counts: Vec<String> = [Check::Recomputed, Check::Replayable, Check::Measured, Check::Attested]
        .into_iter()
        .map(|check| (check, card.claims.iter().filter(|c| c.check == check).count()))
        .filter(|(_, claims)| *claims > 0)
        .map(|(check, claims)| format!("{claims} {}", check.word()))
        .collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}

fn not_established(card: &Card) -> Section {
    let content = if card.not_established.is_empty() {
        paragraph("The card lists nothing here. That is not a statement that everything was established.")
    } else {
        paragraph("Nobody should conclude from this release:").and(Html::list(&card.not_established))
    };
    let heading = Html::element("h2", Html::markup("Not established"));
    Some(Html::element("section class=\"limits\"", heading.and(content)))
}

fn claims(card: &Card) -> Section {
    if card.claims.is_empty() {
        return section("What holds", paragraph("Nothing is claimed about this release."));
    }
    let items = card.claims.iter().map(|claim| Html::element("li", one_claim(claim))).collect();
    section("What holds", Html::element("ol", items))
}

fn one_claim(claim: &Claim) -> Html {
    let check = Html::element("strong", Html::text(claim.check.word()))
        .and(Html::text(": "))
        .and(Html::text(how(claim.check)));
    let stated =
        Html::element("p class=\"claim\"", Html::text(&claim.sentence())).and(Html::element("p", check));
    if claim.assumptions.is_empty() {
        return stated;
    }
    stated.and(paragraph("Assuming:")).and(Html::list(&claim.assumptions))
}

fn how(check: Check) -> &'static str {
    match check {
        Check::Recomputed => "anyone can compute it again from the files of this folder.",
        Check::Replayable => "whoever holds the raw data and the keys can repeat it.",
        Check::Measured => "the result of an experiment, with its interval.",
        Check::Attested => "rests on whoever ran the tool; it cannot be computed from the files.",
    }
}

fn outputs(card: &Card) -> Section {
    let dash = || Html::markup("–");
    let rows = card
        .outputs
        .iter()
        .map(|output| {
            let columns: Vec<&str> = output.columns.iter().map(|c| c.name.as_str()).collect();
            let columns = if columns.is_empty() { dash() } else { Html::text(&columns.join(", ")) };
            vec![Html::text(&output.file), output.rows.map_or_else(dash, number), columns]
        })
        .collect();
    section("What left", Html::table("Files of the release", &["File", "Rows", "Columns"], rows))
}

fn classes(extras: &ReportExtras) -> Section {
    if extras.class_sizes.is_empty() {
        return None;
    }
    let intro = paragraph(
        "Rows that are equal on all quasi-identifying columns form a class. A row is as easy to single out as \
         its class is small.",
    );
    let charts = extras.class_sizes.iter().map(|(release, sizes)| {
        let bars = log2_bins(sizes);
        let title = format!("{release}: number of classes by size, in rows");
        let description: Vec<_> =
            bars.iter().map(|bar| format!("{} classes of {} rows", bar.value, bar.label)).collect();
        svg::bars(&title, &description.join("; "), &bars)
    });
    section("Class sizes", charts.fold(intro, Html::and))
}

/// Classes of 1, 2-3, 4-7, ... rows, from the first bin that holds one to the last.
fn log2_bins(sizes: &[(u64, u64)]) -> Vec<Bar> {
    let mut bins: BTreeMap<u32, u64> = BTreeMap::new();
    for &(size, classes) in sizes {
        if let Some(bin) = size.checked_ilog2() {
            *bins.entry(bin).or_default() += classes;
        }
    }
    let (Some((&first, _)), Some((&last, _))) = (bins.first_key_value(), bins.last_key_value()) else {
        return Vec::new();
    };
    (first..=last)
        .map(|bin| {
            let low = 1u64 << bin;
            let high = low + (low - 1);
            let label = if low == high { low.to_string() } else { format!("{low}–{high}") };
            Bar { label, value: bins.get(&bin).copied().unwrap_or(0) }
        })
        .collect()
}

fn utility(card: &Card) -> Section {
    if card.utility.is_empty() {
        return None;
    }
    let tables = card.utility.iter().map(|(release, utility)| {
        let optimal = if utility.optimal { "no choice of levels loses less" } else { "a better one may exist" };
        let text = format!(
            "Information loss {:.4} on a scale from 0 (as the raw table) to 1 (nothing left); search: {}; {optimal}.",
            utility.loss, utility.search
        );
        if utility.levels.is_empty() {
            return paragraph(&text).and(paragraph(&format!("{release}: each class has levels of its own.")));
        }
        let rows = utility
            .levels
            .iter()
            .map(|(column, level)| vec![Html::text(column), Html::text(&level.to_string())])
            .collect();
        let caption = format!("{release}: level of each column, 0 is as in the raw table");
        paragraph(&text).and(Html::table(&caption, &["Column", "Level"], rows))
    });
    section("What it is still good for", tables.collect())
}

fn budget(card: &Card, extras: &ReportExtras) -> Section {
    if card.budget.is_empty() {
        return None;
    }
    let rows = card
        .budget
        .iter()
        .map(|(release, b)| {
            [release, &b.epsilon, &b.delta, &b.currency, &b.accountant].map(|t| Html::text(t)).to_vec()
        })
        .collect();
    let heads = ["Release", "Epsilon", "Delta", "Currency", "Accountant"];
    let charts = extras.burn_down.iter().map(|(release, left)| {
        let percent = |thousandths: &u64| format!("{}.{} %", thousandths / 10, thousandths % 10);
        let title = format!("{release}: what was left of the ledger, before and after each query");
        let description: Vec<String> = left.iter().map(percent).collect();
        let (first, last) =
            (left.first().map_or_else(String::new, percent), left.last().map_or_else(String::new, percent));
        svg::burn_down(&title, &description.join(", "), left)
            .and(paragraph(&format!("{first} of the budget was left before, {last} after.")))
    });
    section("Privacy budget", charts.fold(Html::table("Charged for statistics", &heads, rows), Html::and))
}

fn joint(card: &Card) -> Section {
    if card.joint.is_empty() {
        return None;
    }
    section("The releases together", Html::list(&card.joint))
}

fn overrides(card: &Card) -> Section {
    if card.overrides.is_empty() {
        return None;
    }
    let rows = card
        .overrides
        .iter()
        .map(|o| [&o.rule, &o.release, &o.who, &o.why, &o.until].map(|t| Html::text(t)).to_vec())
        .collect();
    let heads = ["Refusal", "Release", "Overruled by", "Because", "Until"];
    section("Overrides", Html::table("Refusals that a person overruled", &heads, rows))
}

fn warnings(internal: &Internal) -> Section {
    if internal.warnings.is_empty() {
        return None;
    }
    section("Warnings", Html::list(&internal.warnings))
}

fn suppression(internal: &Internal) -> Section {
    if internal.suppressed.is_empty() {
        return None;
    }
    let charts = internal.suppressed.iter().map(|(release, &(suppressed, rows))| {
        let bars = [
            Bar { label: "released".to_owned(), value: rows.saturating_sub(suppressed) },
            Bar { label: "left out".to_owned(), value: suppressed },
        ];
        let description = format!("{suppressed} of {rows} rows are left out");
        svg::bars(&format!("{release}: rows"), &description, &bars).and(paragraph(&format!("{description}.")))
    });
    section("Suppression", charts.collect())
}

fn detections(internal: &Internal) -> Section {
    if internal.detections.is_empty() {
        return None;
    }
    let tables = internal.detections.iter().map(|(release, entities)| {
        let rows = entities.iter().map(|(entity, &count)| vec![Html::text(entity), number(count)]).collect();
        Html::table(&format!("{release}: findings in free text"), &["Entity", "Findings"], rows)
    });
    section("Detections", tables.collect())
}

fn check_it(card: &Card) -> Section {
    let how = Html::element(
        "p",
        Html::markup(
            "Do not believe this page: run <code>incog verify</code> on the folder. It reads the files and <code>card.json</code>, not this page.",
        ),
    );
    let mut rows: Vec<Vec<Html>> = card
        .outputs
        .iter()
        .map(|output| vec![Html::text(&output.file), Html::digest(Some(&output.sha256))])
        .collect();
    rows.push(vec![Html::markup("policy"), Html::digest(Some(&card.policy_sha256))]);
    rows.push(vec![Html::markup("parent card"), Html::digest(card.parent.as_deref())]);
    for input in &card.inputs {
        rows.push(vec![Html::markup("input, keyed"), Html::digest(input.keyed_id.as_deref())]);
    }
    section("Check it", how.and(Html::table("Digests (SHA-256)", &["What", "Digest"], rows)))
}

const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
<meta name=\"robots\" content=\"noindex\">\n";

const NOT_FOR_RELEASE: &str = "<p class=\"limits\"><strong>Not for release.</strong> This page says more about \
the raw data than the release does. It is for those who hold the raw data.</p>";

/// System colors: they follow the reader's theme, contrast settings and printer.
const CSS: &str = "
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; background: Canvas; color: CanvasText; }
main { max-width: 48rem; margin: 0 auto; padding: 1rem 0.9rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.limits { border: 2px solid; border-radius: 4px; padding: 0.2rem 1rem; margin: 1.5rem 0; }
.limits h2 { margin-top: 0.6rem; }
.claim { font-weight: 600; margin-bottom: 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
caption { text-align: left; font-style: italic; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid GrayText; }
th[scope=row] { font-weight: 500; } code { font-size: 0.85em; }
dt { font-weight: 600; } dd { margin: 0 0 0.5rem; }
figure { margin: 1.2rem 0; } figcaption { font-style: italic; }
svg { display: block; max-width: 100%; font-size: 13px; } svg text { fill: currentColor; } .bar { fill: #4a7fb5; }
.axis { stroke: currentColor; opacity: 0.3; }
@media print { section, figure, tr { break-inside: avoid; } .bar { print-color-adjust: exact; } }
";
