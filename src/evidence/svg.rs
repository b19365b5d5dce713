//! Bar charts as inline SVG: drawn for a phone's width, with every number as text.
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
