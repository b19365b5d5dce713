//! What was tried on a release before it left.

use super::{
    extras::ReportExtras,
    html::Html,
    report::{Section, paragraph, section},
    svg::{self, Pair},
};
use crate::num;

/// How often an attack succeeded on members and on people who are not in the release, and what is between.
///
/// # Examples
/// ```
/// use incog::evidence::{AttackFigures, Card, Internal, ReportExtras, Tool, report};
/// let card = Card::new(Tool::new("incog".into(), "0.1.0".into(), vec![]), "a trial".into(), "00ff".into());
/// let figures = AttackFigures::new("linkability", [(10, 1000), (9, 1000)], [0.001, -0.008, 0.01], true);
/// let public = ReportExtras::default().gate(0.05);
/// let internal = public.clone().internal(Internal::default().attack("table", figures));
/// assert!(report(&card, &public).contains("none added more than 5.0 %"));
/// assert!(!report(&card, &public).contains("linkability"), "figures stay with the raw data");
/// assert!(report(&card, &internal).contains("0.1 % (-0.8 % to 1.0 %)"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AttackFigures {
    title: String,
    success: [(u64, u64); 2],
    excess: [f64; 3],
    decides: bool,
}

impl AttackFigures {
    /// Successes and attempts on members and on the control; the excess, its lower and its upper limit; and whether the
    /// gate decides on it.
    #[must_use]
    pub fn new(title: impl Into<String>, success: [(u64, u64); 2], excess: [f64; 3], decides: bool) -> Self {
        AttackFigures { title: title.into(), success, excess, decides }
    }
}

pub(super) fn attacks(extras: &ReportExtras) -> Section {
    let Some(limit) = extras.gate else {
        return section(
            "Attacks",
            paragraph(
                "None was run on this release. What an attacker would find is not known from this page, and the list above \
                 says so.",
            ),
        );
    };
    let gate = paragraph(&format!(
        "Attacks were tried before the release left, on its members and on people who were held back from it. At the upper \
         limit (95 %), none added more than {} to the success on those who are not in it. Others may succeed, and so may \
         attackers who know more than the released columns.",
        percent(limit)
    ));
    let Some(internal) = &extras.internal else {
        let inside = "The figures would say more about the raw data than the release does, and stay with it.";
        return section("Attacks", gate.and(paragraph(inside)));
    };
    let rows = internal.attacks.iter().flat_map(|(release, all)| {
        all.iter().map(move |a| {
            let [members, control] =
                a.success.map(|(hits, trials)| format!("{} of {trials}", share(hits, trials)));
            let [value, lower, upper] = a.excess.map(percent);
            let decides = if a.decides { "yes" } else { "no" };
            [
                format!("{release}: {}", a.title),
                members,
                control,
                format!("{value} ({lower} to {upper})"),
                decides.into(),
            ]
            .iter()
            .map(|cell| Html::text(cell))
            .collect()
        })
    });
    let heads = &["Attack", "Members", "Control", "Excess (95 %)", "Decided on"];
    let table = Html::table("Success of attacks", heads, rows.collect());
    let charts = internal.attacks.iter().map(|(release, all)| {
        let per_mille = |(hits, trials): (u64, u64)| hits.saturating_mul(1000) / trials.max(1);
        let pairs: Vec<Pair> = all
            .iter()
            .map(|a| Pair {
                label: a.title.clone(),
                before: per_mille(a.success[1]),
                after: per_mille(a.success[0]),
            })
            .collect();
        let title = format!("{release}: successes in 1,000 attempts, control → members");
        svg::pairs(&title, &format!("{} attacks", all.len()), &pairs)
    });
    section("Attacks", charts.fold(gate.and(table), Html::and))
}

fn share(hits: u64, trials: u64) -> String {
    percent(if trials == 0 { 0.0 } else { num::to_f64(hits) / num::to_f64(trials) })
}

fn percent(share: f64) -> String {
    // No negative zero.
    format!("{:.1} %", (1000.0 * share).round() / 10.0 + 0.0)
}
