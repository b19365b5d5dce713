//! The charts of a report: what the rows show, and beside it what the input showed, where that may be seen.

use std::collections::BTreeMap;

use super::{
    Card,
    extras::{Internal, ReportExtras},
    facts::{ColumnFacts, Overlay},
    html::Html,
    kinds::quasi_and_sensitive,
    report::{Section, dash, number, paragraph, percent, section},
    svg::{self, Bar, Pair},
};
use crate::claim::Statement;

pub(super) fn classes(extras: &ReportExtras) -> Section {
    if extras.tables.is_empty() {
        return None;
    }
    let raw = |release: &String| extras.internal.as_ref().and_then(|internal| internal.raw.get(release));
    let intro = paragraph(
        "Rows that are equal on all quasi-identifying columns form a class. A row is as easy to single out as \
         its class is small.",
    );
    let charts = extras.tables.iter().map(|(release, facts)| match raw(release) {
        None => {
            let bars = log2_bins(&[&facts.class_sizes]);
            let bars: Vec<Bar> =
                bars.into_iter().map(|(label, counts)| Bar { label, value: counts[0] }).collect();
            let description: Vec<_> =
                bars.iter().map(|bar| format!("{} classes of {} rows", bar.value, bar.label)).collect();
            let title = format!("{release}: number of classes by size, in rows");
            svg::bars(&title, &description.join("; "), &bars)
        }
        Some(raw) => {
            // In rows: a raw table has so many classes of one row that nothing else could be seen.
            let pairs: Vec<Pair> = log2_bins(&[&in_rows(&raw.class_sizes), &in_rows(&facts.class_sizes)])
                .into_iter()
                .map(|(label, counts)| Pair { label, before: counts[0], after: counts[1] })
                .collect();
            let description: Vec<_> = pairs
                .iter()
                .map(|p| format!("{} rows before and {} after in classes of {}", p.before, p.after, p.label))
                .collect();
            let title = format!("{release}: rows by the size of their class, before → after");
            svg::pairs(&title, &description.join("; "), &pairs)
        }
    });
    section("Class sizes", charts.fold(intro, Html::and))
}

/// Sizes and the number of rows, instead of classes, of that size.
fn in_rows(sizes: &[(u64, u64)]) -> Vec<(u64, u64)> {
    sizes.iter().map(|&(size, classes)| (size, size.saturating_mul(classes))).collect()
}

pub(super) fn uniqueness(card: &Card, extras: &ReportExtras) -> Section {
    if extras.tables.is_empty() {
        return None;
    }
    let intro = paragraph(
        "How many rows a column singles out by itself: rows with a value that no other row has. What several columns \
         single out together is above.",
    );
    let tables = extras.tables.iter().map(|(release, facts)| {
        let raw = extras.internal.as_ref().and_then(|internal| internal.raw.get(release));
        let rows = facts.columns.iter().map(|column| {
            let mut cells = vec![
                Html::text(&column.name),
                Html::markup(if column.quasi {
                    "quasi-identifying"
                } else {
                    kind(card, release, &column.name)
                }),
                number(column.distinct),
                Html::text(&format!("{} of {}", column.alone, facts.rows)),
            ];
            if let Some(raw) = raw {
                let before = raw.columns.iter().find(|c| c.name == column.name);
                cells.push(before.map_or_else(dash, |c| Html::text(&format!("{} of {}", c.alone, raw.rows))));
            }
            cells
        });
        let heads: &[&'static str] = if raw.is_some() {
            &["Column", "Kind", "Different values", "Rows alone", "Rows alone in the input"]
        } else {
            &["Column", "Kind", "Different values", "Rows alone"]
        };
        Html::table(&format!("{release}: uniqueness by column"), heads, rows.collect())
    });
    section("Uniqueness by column", tables.fold(intro, Html::and))
}

/// What the claims about `release` take its column `name` for, which is not quasi-identifying.
fn kind(card: &Card, release: &str, name: &str) -> &'static str {
    let mut known = "other";
    for claim in card.claims.iter().filter(|c| c.release == release) {
        match &claim.statement {
            Statement::KAnonymity { insensitive, .. } if insensitive.iter().any(|c| c == name) => {
                return "insensitive";
            }
            // Of a table with such a claim, all others are: docs/CARD.md, section 4.4.
            Statement::KAnonymity { .. } => known = "sensitive",
            statement if quasi_and_sensitive(statement).is_some_and(|(_, of)| of == Some(name)) => {
                return "sensitive";
            }
            _ => {}
        }
    }
    known
}

/// How the values of each column are distributed; over the raw ones, where those may be seen.
pub(super) fn distributions(extras: &ReportExtras) -> Section {
    if extras.tables.is_empty() {
        return None;
    }
    let overlays = extras.internal.as_ref().map(|internal| &internal.overlays);
    let intro = paragraph(match overlays {
        Some(_) => {
            "Rows by value, the most frequent values first. The frame is the input, after the same generalization; the bar \
             is what was released. Where a bar is shorter than its frame, rows were left out. Values are numbered, not named."
        }
        None => {
            "Rows by value, the most frequent values first: the shape of what was released. Values are numbered, not named; \
             the table itself has them."
        }
    });
    let charts = extras.tables.iter().flat_map(|(release, facts)| {
        facts.columns.iter().map(move |column| {
            let overlay = overlays.and_then(|o| o.get(release)?.iter().find(|o| o.column == column.name));
            match overlay {
                Some(overlay) => overlaid(release, overlay),
                None => distribution(release, column),
            }
        })
    });
    let charts: Html = charts.collect();
    section("Utility by column", intro.and(Html::element("div class=\"charts\"", charts)))
}

fn distribution(release: &str, column: &ColumnFacts) -> Html {
    let mut bars: Vec<Bar> =
        (1..).zip(&column.rows).map(|(i, &value)| Bar { label: format!("value {i}"), value }).collect();
    let more = column.distinct.saturating_sub(crate::num::count(column.rows.len()));
    if more > 0 {
        bars.push(Bar { label: format!("{more} others"), value: column.others });
    }
    let description = format!("{} different values", column.distinct);
    svg::bars(&format!("{release}: {}", column.name), &description, &bars)
}

fn overlaid(release: &str, overlay: &Overlay) -> Html {
    let mut pairs: Vec<Pair> = (1..)
        .zip(&overlay.values)
        .map(|(i, &(before, after))| Pair { label: format!("value {i}"), before, after })
        .collect();
    if overlay.others != (0, 0) {
        let (before, after) = overlay.others;
        pairs.push(Pair { label: "all others".to_owned(), before, after });
    }
    let title = format!("{release}: {}, input → released", overlay.column);
    svg::pairs(&title, &format!("{} values shown", overlay.values.len()), &pairs)
}

/// Who is left out, by the values of the columns that the policy compares.
pub(super) fn disparity(internal: &Internal) -> Section {
    if internal.groups.is_empty() {
        return None;
    }
    let intro = paragraph(
        "Small groups lose most. For each value of the compared columns, the most frequent first: its rows, and how many of \
         them were released. Values are numbered, not named.",
    );
    let charts = internal.groups.iter().flat_map(|(release, columns)| {
        columns.iter().map(move |of| {
            let pairs: Vec<Pair> = (1..)
                .zip(&of.groups)
                .map(|(i, &(rows, left_out))| Pair {
                    label: format!("value {i}"),
                    before: rows,
                    after: rows.saturating_sub(left_out),
                })
                .collect();
            let shares =
                of.groups.iter().map(|&(rows, left_out)| left_out.saturating_mul(1000) / rows.max(1));
            let (least, most) = (shares.clone().min().unwrap_or(0), shares.max().unwrap_or(0));
            let title = format!("{release}: rows by {}, input → released", of.column);
            let sentence = format!("Left out of a group: from {} to {}.", percent(least), percent(most));
            svg::pairs(&title, &sentence, &pairs).and(paragraph(&sentence))
        })
    });
    section("Disparity of suppression", charts.fold(intro, Html::and))
}

/// Of 1, 2-3, 4-7, ... rows, from the first bin that holds something to the last: the label, and a count for each list.
fn log2_bins(lists: &[&[(u64, u64)]]) -> Vec<(String, Vec<u64>)> {
    let mut bins: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for (i, sizes) in lists.iter().enumerate() {
        for &(size, count) in *sizes {
            if let Some(bin) = size.checked_ilog2() {
                bins.entry(bin).or_insert_with(|| vec![0; lists.len()])[i] += count;
            }
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
            (label, bins.get(&bin).cloned().unwrap_or_else(|| vec![0; lists.len()]))
        })
        .collect()
}
