//! Charts as inline SVG: drawn for a phone's width, with every number as text.
//!
//! ```text
//!   0      LABEL                LABEL + BAR   WIDTH
//!   |  4-7 |████████████            | 12        |      one row per bar, ROW high
//!   |  4-7 |▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒         | 19        |      before: a frame, and what is left of it inside
//!   |      |██████████              | 12        |
//! ```

use super::html::Html;

/// One bar.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: u64,
}

/// A bar before and after.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) label: String,
    pub(super) before: u64,
    pub(super) after: u64,
}

/// A chart of `bars`, each as long as its share of the largest.
pub(super) fn bars(title: &str, description: &str, bars: &[Bar]) -> Html {
    let largest = bars.iter().map(|b| b.value).max().unwrap_or(0).max(1);
    let mut drawing = heads(title, description);
    let mut y = 0;
    for bar in bars {
        drawing = drawing
            .and(label(&bar.label, y + MIDDLE))
            .and(rectangle("rect class=\"bar\" rx=\"2\"", LABEL, y + 3, length(bar.value, largest), ROW - 6))
            .and(text(LABEL + length(bar.value, largest) + 6, y + MIDDLE, &bar.value.to_string()));
        y += ROW;
    }
    figure(title, y.max(ROW), drawing)
}

/// A chart of `pairs` on one scale: what was there as a frame, and over it what is there.
pub(super) fn pairs(title: &str, description: &str, pairs: &[Pair]) -> Html {
    let largest = pairs.iter().map(|p| p.before.max(p.after)).max().unwrap_or(0).max(1);
    let mut drawing = heads(title, description);
    let mut y = 0;
    for pair in pairs {
        let (before, after) = (length(pair.before, largest), length(pair.after, largest));
        drawing = drawing
            .and(label(&pair.label, y + MIDDLE))
            .and(rectangle("rect class=\"before\" rx=\"2\"", LABEL, y + 3, before, ROW - 6))
            .and(rectangle("rect class=\"bar\" rx=\"2\"", LABEL, y + 7, after, ROW - 14))
            .and(text(
                LABEL + before.max(after) + 6,
                y + MIDDLE,
                &format!("{} → {}", pair.before, pair.after),
            ));
        y += ROW;
    }
    figure(title, y.max(ROW), drawing)
}

/// A burn-down of `left`, in thousandths of a whole: a step for each, from left to right, as high as what is left.
///
/// ```text
///   100 % |██
///         |██ ██
///         |██ ██ ██        one column per step, under a line at the whole
///     0 % +---------
/// ```
pub(super) fn burn_down(title: &str, description: &str, left: &[u64]) -> Html {
    let steps = u64::try_from(left.len()).unwrap_or(u64::MAX).max(1);
    let mut drawing = heads(title, description);
    for (y, written) in [(10, "100 %"), (HEIGHT / 2 + 10, "50 %"), (HEIGHT + 10, "0 %")] {
        drawing = drawing
            .and(Html::shape(
                "text text-anchor=\"end\"",
                &[("x", AXIS - 6), ("y", y + 4)],
                Html::text(written),
            ))
            .and(Html::shape(
                "line class=\"axis\"",
                &[("x1", AXIS), ("x2", WIDTH), ("y1", y), ("y2", y)],
                Html::default(),
            ));
    }
    for (i, thousandths) in (0u64..).zip(left) {
        let (from, to) = (AXIS + i * (WIDTH - AXIS) / steps, AXIS + (i + 1) * (WIDTH - AXIS) / steps);
        let high = (*thousandths).min(1000) * HEIGHT / 1000;
        let gap = u64::from(to - from > 3);
        drawing = drawing.and(rectangle(
            "rect class=\"bar\"",
            from,
            10 + HEIGHT - high,
            (to - from - gap).max(1),
            high,
        ));
    }
    figure(title, HEIGHT + 24, drawing)
}

fn heads(title: &str, description: &str) -> Html {
    Html::element("title", Html::text(title)).and(Html::element("desc", Html::text(description)))
}

fn label(of: &str, y: u64) -> Html {
    Html::shape("text text-anchor=\"end\"", &[("x", LABEL - 8), ("y", y)], Html::text(&short(of)))
}

fn text(x: u64, y: u64, what: &str) -> Html {
    Html::shape("text class=\"number\"", &[("x", x), ("y", y)], Html::text(what))
}

fn rectangle(tag: &'static str, x: u64, y: u64, width: u64, height: u64) -> Html {
    Html::shape(tag, &[("x", x), ("y", y), ("width", width), ("height", height)], Html::default())
}

fn figure(title: &str, height: u64, drawing: Html) -> Html {
    let chart = Html::shape("svg role=\"img\"", &[("width", WIDTH), ("height", height)], drawing);
    Html::element("figure", Html::element("figcaption", Html::text(title)).and(chart))
}

/// A label that fits beside its bar: its beginning, if it is longer.
fn short(label: &str) -> String {
    if label.chars().count() <= LETTERS {
        return label.to_owned();
    }
    label.chars().take(LETTERS - 1).chain(['…']).collect()
}

/// Never zero for something: a bar that cannot be seen reads as none.
fn length(value: u64, largest: u64) -> u64 {
    let scaled = u128::from(value) * u128::from(BAR) / u128::from(largest);
    u64::try_from(scaled).unwrap_or(BAR).max(u64::from(value > 0))
}

/// Fits between the margins of a phone of 360 pixels without scaling, so letters keep the size of the text.
const WIDTH: u64 = 330;
const LABEL: u64 = 112;
const BAR: u64 = 116;
const ROW: u64 = 24;
/// Base line of a row's text.
const MIDDLE: u64 = 17;
/// Of 13 pixels, in a sans-serif face, between the left edge and the bars.
const LETTERS: usize = 15;
/// Left of a burn-down: its labels.
const AXIS: u64 = 46;
const HEIGHT: u64 = 120;
