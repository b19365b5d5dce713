//! Charts as inline SVG: drawn for a phone's width, with every number as text.
//!
//! ```text
//!   0      LABEL                LABEL + BAR   WIDTH
//!   |  4-7 |████████████            | 12        |      one row per bar, ROW high
//! ```

use super::html::Html;

/// One bar.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: u64,
}

/// A chart of `bars`, each as long as its share of the largest.
pub(super) fn bars(title: &str, description: &str, bars: &[Bar]) -> Html {
    let largest = bars.iter().map(|b| b.value).max().unwrap_or(0).max(1);
    let mut drawing =
        Html::element("title", Html::text(title)).and(Html::element("desc", Html::text(description)));
    let mut y = 0;
    for bar in bars {
        let middle = y + ROW - 7;
        drawing = drawing
            .and(Html::shape(
                "text text-anchor=\"end\"",
                &[("x", LABEL - 8), ("y", middle)],
                Html::text(&bar.label),
            ))
            .and(Html::shape(
                "rect class=\"bar\"",
                &[("x", LABEL), ("y", y + 3), ("width", length(bar.value, largest)), ("height", ROW - 6)],
                Html::default(),
            ))
            .and(Html::shape(
                "text",
                &[("x", LABEL + BAR + 8), ("y", middle)],
                Html::text(&bar.value.to_string()),
            ));
        y += ROW;
    }
    let size = [("width", WIDTH), ("height", y.max(ROW))];
    let chart = Html::shape("svg role=\"img\"", &size, drawing);
    Html::element("figure", Html::element("figcaption", Html::text(title)).and(chart))
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
    let mut drawing =
        Html::element("title", Html::text(title)).and(Html::element("desc", Html::text(description)));
    for (y, label) in [(10, "100 %"), (HEIGHT / 2 + 10, "50 %"), (HEIGHT + 10, "0 %")] {
        drawing = drawing
            .and(Html::shape("text text-anchor=\"end\"", &[("x", AXIS - 6), ("y", y + 4)], Html::text(label)))
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
        drawing = drawing.and(Html::shape(
            "rect class=\"bar\"",
            &[("x", from), ("y", 10 + HEIGHT - high), ("width", (to - from - gap).max(1)), ("height", high)],
            Html::default(),
        ));
    }
    let chart = Html::shape("svg role=\"img\"", &[("width", WIDTH), ("height", HEIGHT + 24)], drawing);
    Html::element("figure", Html::element("figcaption", Html::text(title)).and(chart))
}

/// Never zero for something: a bar that cannot be seen reads as none.
fn length(value: u64, largest: u64) -> u64 {
    let scaled = u128::from(value) * u128::from(BAR) / u128::from(largest);
    u64::try_from(scaled).unwrap_or(BAR).max(u64::from(value > 0))
}

/// Fits between the margins of a phone of 360 pixels without scaling, so letters keep the size of the text.
const WIDTH: u64 = 330;
const LABEL: u64 = 110;
const BAR: u64 = 150;
const ROW: u64 = 24;
/// Left of a burn-down: its labels.
const AXIS: u64 = 46;
const HEIGHT: u64 = 120;
