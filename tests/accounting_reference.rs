//! The PLD accountant against reference values: an accountant in double precision, and exact values of 60 digits.
//!
//! With `INCOG_SHARED` set to a folder of reference data. Values of the reference are upper bounds up to its own
//! round-off: where it is below what is certain here, that is counted as a `DIFFERENCE`, within limits.

use incog::dp::{
    Delta, Event,
    accountant::{Accountant, Interval, Pld},
};
use serde_json::Value;

use crate::dp_accountants::reference::{self, Case};

/// What one case came to.
struct Verdict {
    name: String,
    /// Of all deltas the worst: what the interval takes of what it may take.
    share: f64,
    faults: Vec<String>,
    differences: usize,
}

#[test]
fn the_interval_holds_the_exact_value_and_is_as_tight_as_the_reference() {
    let cases: Vec<Case> =
        reference::cases().into_iter().filter(|case| !case.json["pld_pessimistic"].is_null()).collect();
    if cases.is_empty() {
        return;
    }
    let mut verdicts: Vec<Verdict> = cases.iter().map(verdict).collect();
    assert!(verdicts.len() >= 100, "only {} cases", verdicts.len());
    verdicts.sort_by(|a, b| b.share.total_cmp(&a.share));
    println!("the worst ten of {}: share of what the interval may take", verdicts.len());
    for verdict in &verdicts[..10] {
        println!("  {:.1e}  {}", verdict.share, verdict.name);
    }
    let faults: Vec<String> =
        verdicts.iter().flat_map(|v| v.faults.iter().map(|fault| format!("{}: {fault}", v.name))).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let differences: usize = verdicts.iter().map(|v| v.differences).sum();
    println!("{differences} values of the reference are below what is certain");
    assert!(differences <= 4, "{differences} values");
}

fn verdict(case: &Case) -> Verdict {
    let profile = Pld.compose(&case.events).unwrap();
    let steps: u64 = case.events.events().iter().map(Event::count).sum();
    let (mut share, mut faults, mut differences) = (0.0f64, Vec::new(), 0);
    for (i, &delta) in case.deltas.iter().enumerate() {
        let got: Interval = profile.epsilon(Delta::new(delta).unwrap()).unwrap();
        let reference = number(&case.json["pld_pessimistic"]["eps"][i]).unwrap();
        let exact = number(&case.json["exact"]["eps"][i]);
        let limit = exact.map_or(reference, |exact| exact.max(reference)) * (1.0 + 1e-4) + 1e-6;
        let mut fault =
            |what: &str| faults.push(format!("delta {delta}: {got} {what} {reference} {exact:?}"));
        if let Some(exact) = exact {
            // Exact values are rounded to a double, and some are of a multiplier rounded before.
            let slack = 1e-14 * exact.max(1.0);
            if got.upper() < exact - slack || got.lower() > exact + slack {
                fault("does not hold the exact value");
            }
            share = share.max((got.upper() - exact) / limit.max(1e-9));
        } else {
            let width = if steps <= 20_000 { 1e-3 } else { 5e-3 } * (1.0 + got.upper());
            if got.upper().is_finite() && got.width() > width {
                fault("is too wide");
            }
            share = share.max(if got.upper().is_finite() { got.width() / width } else { 0.0 });
        }
        if got.upper() > limit {
            // DIFFERENCE: the reference loses digits in its transform when δ is small and steps are many.
            if got.lower() > reference && delta < 1e-9 && steps >= 1_000 && got.lower() < reference * 1.001 {
                differences += 1;
            } else {
                fault("is above the reference");
            }
        }
    }
    let name = format!("{} {}", case.id, case.json["family"].as_str().unwrap());
    Verdict { name, share, faults, differences }
}

/// A number, or its digits.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}
