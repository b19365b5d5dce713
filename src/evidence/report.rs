//! The card as one page for people.
//!
//! One file without scripts, fonts, pictures or links, so that it opens offline, prints, and tells nobody that
//! it was read. The public page says what left and what holds; with [`ReportExtras::internal`] it also says what
//! happened to the raw data, and must not leave.

use super::{
    Card,
    attacks::attacks,
    charts::{classes, disparity, distributions, uniqueness},
    controls::controls_in,
    extras::{Internal, ReportExtras},
    html::Html,
    svg::{self, Bar},
};
use crate::claim::{Check, Claim, Statement};

/// The page for `card`.
///
/// # Guarantee
/// For all cards and extras, the page loads nothing and runs nothing, and without
/// [`ReportExtras::internal`] it shows nothing but the card and what can be counted in the released rows. No cell of any table stands on it.
///
/// # Examples
/// ```
/// use incog::evidence::{Card, ReportExtras, Tool, report};
/// let card = Card::new(Tool::new("incog".into(), "0.1.0".into(), vec![]), "<script>".into(), "00".into());
/// let page = report(&card, &ReportExtras::default());
/// assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
/// ```
#[must_use]
pub fn report(card: &Card, extras: &ReportExtras) -> String {
    let internal = extras.internal.as_ref();
    let title = if internal.is_some() { "Release report, internal" } else { "Release report" };
    let mut body = Html::element("h1", Html::markup(title));
    if internal.is_some() {
        body = body.and(Html::markup(NOT_FOR_RELEASE));
    }
    let mut sections = vec![
        summary(card, extras),
        not_established(card),
        claims(card),
        outputs(card),
        classes(extras),
        uniqueness(card, extras),
        utility(card),
        distributions(extras),
        budget(card, extras),
        joint(card),
        attacks(extras),
        overrides(card),
    ];
    if let Some(internal) = internal {
        sections.extend([
            warnings(internal),
            suppression(internal),
            disparity(internal),
            detections(internal),
        ]);
    }
    sections.push(matrix(card));
    sections.push(check_it(card));
    body = sections.into_iter().flatten().fold(body, Html::and);
    let page = Html::markup(HEAD)
        .and(Html::element("title", Html::markup(title)))
        .and(Html::element("style", Html::markup(CSS)))
        .and(Html::element("main", body));
    page.and(Html::markup("</html>\n")).into_string()
}

pub(super) type Section = Option<Html>;

pub(super) fn section(heading: &'static str, content: Html) -> Section {
    Some(Html::element("section", Html::element("h2", Html::markup(heading)).and(content)))
}

pub(super) fn paragraph(text: &str) -> Html {
    Html::element("p", Html::text(text))
}

pub(super) fn number(n: u64) -> Html {
    Html::text(&n.to_string())
}

/// What a reader wants first: the claims with a number, and the number of rows.
fn summary(card: &Card, extras: &ReportExtras) -> Section {
    let mut tiles: Vec<(String, String)> = Vec::new();
    for claim in &card.claims {
        let release = &claim.release;
        match &claim.statement {
            Statement::KAnonymity { k, with_insensitive, .. } => {
                let with = with_insensitive
                    .map_or_else(String::new, |with| format!(", {with} with insensitive columns"));
                tiles.push((format!("k ≥ {k}"), format!("{release}: rows in every class{with}")));
            }
            Statement::DistinctLDiversity { l, sensitive, .. } => {
                tiles.push((
                    format!("l ≥ {l}"),
                    format!("{release}: different values of {sensitive} in every class"),
                ));
            }
            Statement::TCloseness { t, of, .. } => {
                tiles.push((
                    format!("t ≤ {t}"),
                    format!("{release}: distance of {} in every class", of.sensitive),
                ));
            }
            Statement::DifferentialPrivacy { epsilon, delta, person, .. } => {
                let delta = if delta == "0" { String::new() } else { format!(", δ = {delta}") };
                tiles.push((
                    format!("ε = {epsilon}{delta}"),
                    format!("{release}: statistics, for each {person}"),
                ));
            }
            _ => {}
        }
    }
    for output in &card.outputs {
        if let Some(rows) = output.rows {
            tiles.push((rows.to_string(), format!("rows in {}", output.file)));
        }
    }
    if let Some(&least) = extras.burn_down.values().filter_map(|left| left.last()).min() {
        tiles.push((percent(least), "of the privacy budget is left".to_owned()));
    }
    let tile = |(number, words): (String, String)| {
        let inside =
            Html::element("strong", Html::text(&number)).and(Html::element("span", Html::text(&words)));
        Html::element("li", inside)
    };
    let tiles = Html::element("ul class=\"tiles\"", tiles.into_iter().map(tile).collect());
    let facts = [
        ("Purpose", Html::text(&card.purpose)),
        ("Claims", Html::text(&claims_by_check(card))),
        ("Made by", Html::text(&format!("{} {}", card.tool.name, card.tool.version))),
    ];
    let list = facts
        .into_iter()
        .map(|(term, fact)| Html::element("dt", Html::markup(term)).and(Html::element("dd", fact)))
        .collect();
    section("Summary", Html::element("dl", list).and(tiles))
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
    let badge = match claim.check {
        Check::Recomputed => "strong class=\"badge recomputed\"",
        Check::Replayable => "strong class=\"badge replayable\"",
        Check::Measured => "strong class=\"badge measured\"",
        Check::Attested => "strong class=\"badge attested\"",
    };
    let check = Html::element(badge, Html::text(claim.check.word()))
        .and(Html::text(" "))
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

/// Risks, what is done about them, and what this card has of it.
fn matrix(card: &Card) -> Section {
    let rows = controls_in(card, None)
        .into_iter()
        .map(|row| {
            let at = if row.subjects.is_empty() { dash() } else { Html::text(&row.subjects.join(", ")) };
            vec![Html::text(&row.control.risk), Html::text(&row.control.control), at]
        })
        .collect();
    let intro = paragraph(
        "What can go wrong, what is done about it, and where the card of this release shows it. A dash: not in this \
         release. Which tests try to break each control, and what holds: incog controls on this folder.",
    );
    section("Controls", intro.and(Html::table("Control matrix", &["Risk", "Control", "On the card"], rows)))
}

pub(super) fn dash() -> Html {
    Html::markup("–")
}

pub(super) fn percent(thousandths: u64) -> String {
    format!("{}.{} %", thousandths / 10, thousandths % 10)
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
        let percent = |thousandths: &u64| percent(*thousandths);
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
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; --bar: #3f74a8; --ok: #2e7d4f; --weak: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --bar: #7fb2e5; --ok: #6cc48f; --weak: #d9a94a; } }
body { margin: 0; background: Canvas; color: CanvasText; }
main { max-width: 52rem; margin: 0 auto; padding: 1rem 0.9rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; margin: 0.6rem 0; } h2 { font-size: 1.2rem; margin: 2.4rem 0 0.6rem; }
.limits { border: 2px solid var(--weak); border-radius: 8px; padding: 0.2rem 1rem; margin: 1.5rem 0; }
.limits h2 { margin-top: 0.6rem; }
.tiles { list-style: none; margin: 1.2rem 0; padding: 0; display: grid; gap: 0.7rem; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); }
.tiles li { border: 1px solid GrayText; border-radius: 8px; padding: 0.6rem 0.8rem; }
.tiles strong { display: block; font-size: 1.35rem; line-height: 1.3; } .tiles span { font-size: 0.85rem; }
.claim { font-weight: 600; margin-bottom: 0.2rem; } .claim + p { margin-top: 0; } ol > li { margin-bottom: 1rem; } ol > li ul { margin-top: 0; } ol p { margin-bottom: 0.2rem; }
.badge { border: 1px solid; border-radius: 1rem; padding: 0.05rem 0.6rem; font-size: 0.85rem; font-weight: 600; }
.recomputed { color: var(--ok); } .attested, .replayable, .measured { color: var(--weak); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-size: 0.92rem; }
caption { text-align: left; font-style: italic; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.9rem 0.35rem 0; border-bottom: 1px solid GrayText; overflow-wrap: break-word; }
th[scope=row] { font-weight: 500; } code { font-size: 0.85em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.2rem; margin: 0.6rem 0; } dt { font-weight: 600; } dd { margin: 0; }
figure { margin: 1.2rem 0; } figcaption { font-style: italic; margin-bottom: 0.3rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr)); gap: 0 1.5rem; }
svg { display: block; max-width: 100%; font-size: 13px; } svg text { fill: currentColor; } .number { font-variant-numeric: tabular-nums; }
.bar { fill: var(--bar); } .before { fill: none; stroke: currentColor; opacity: 0.55; }
.axis { stroke: currentColor; opacity: 0.3; }
@media (max-width: 26rem) { .charts { grid-template-columns: 1fr; } .tiles { grid-template-columns: 1fr 1fr; } th, td { min-width: 5.5rem; } }
@media print { body { font-size: 10pt; } main { max-width: none; padding: 0; } section { break-inside: auto; } h2, caption, figcaption { break-after: avoid; } figure, tr, .limits, li { break-inside: avoid; } .bar { print-color-adjust: exact; } }
";
