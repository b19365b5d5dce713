use proptest::prelude::*;

use super::{text::UNLIMITED_WORD, *};

fn amounts() -> impl Strategy<Value = Amount> {
    let part = prop_oneof![0..=TOTAL_MAX, 0..1000u64];
    let order = prop_oneof![4 => 0..=TOTAL_MAX, 1 => Just(UNLIMITED)];
    prop_oneof![
        part.clone().prop_map(|a| Amount(Parts::Pure(a))),
        (part.clone(), 0..DELTA_ONE).prop_map(|(a, d)| Amount(Parts::Approximate(a, d))),
        part.clone().prop_map(|a| Amount(Parts::Zcdp(a))),
        part.prop_map(|a| Amount(Parts::Gdp(a))),
        prop::array::uniform20(order).prop_map(|a| Amount(Parts::Rdp(a))),
    ]
}

proptest! {
    #[test]
    fn every_amount_is_the_reading_of_its_text(amount in amounts()) {
        prop_assert_eq!(Amount::parse(&amount.canonical()).unwrap(), amount);
        prop_assert_eq!(Amount::from_units(amount.currency(), &amount.units()).unwrap(), amount);
        let unlimited = Amount::unlimited(amount.currency());
        prop_assert_eq!(Amount::parse(&unlimited.canonical()).unwrap(), unlimited);
        let largest = Amount::largest(amount.currency());
        prop_assert!(largest.fits(unlimited) && (amount.fits(largest) || amount.currency() == Currency::Rdp));
        prop_assert!(amount.is_zero() || largest.plus(amount).map_or(true, |sum| sum.currency() == Currency::Rdp));
        prop_assert!(amount.fits(unlimited) && unlimited.minus(amount).unwrap() == unlimited);
    }

    #[test]
    fn every_share_of_a_split_amount_can_be_spent(amount in amounts(), shares in 1u32..50) {
        if let Ok(parts) = amount.split(shares) {
            let mut left = amount;
            for share in parts {
                prop_assert!(share.fits(left));
                left = left.minus(share).unwrap();
            }
            // Unlimited stays; all else is used up.
            prop_assert!(left.fields().iter().all(|(_, v)| v == "0" || v == UNLIMITED_WORD));
        }
    }

    #[test]
    fn a_sum_fits_what_both_fit_together_and_its_parts_come_back(a in amounts(), b in amounts()) {
        match a.plus(b) {
            Ok(sum) => {
                prop_assert!(a.fits(sum));
                if a.currency() != Currency::Rdp {
                    prop_assert_eq!(sum.minus(b).unwrap(), a);
                }
                prop_assert_eq!(a.times(2).ok(), a.plus(a).ok());
            }
            Err(_) if a.currency() == b.currency() => prop_assert_ne!(a.currency(), Currency::Rdp),
            Err(_) => {}
        }
    }

    /// Against exact integers: `units` is the ceiling or floor of mantissa * 10^12 / 2^-power.
    #[test]
    fn a_fraction_is_rounded_by_its_value(mantissa in 0u64..1 << 53, power in 0u32..70) {
        let value = crate::num::to_f64(mantissa) / 2f64.powi(i32::try_from(power).unwrap());
        let exact = u128::from(mantissa) * 1_000_000_000_000;
        let (down, up) = (exact >> power, (exact >> power) + u128::from((exact >> power) << power != exact));
        prop_assert_eq!(units(value, 12, Rounding::Down), Some(down));
        prop_assert_eq!(units(value, 12, Rounding::Up), Some(up));
    }

    #[test]
    fn no_text_panics(text in "(pure|rdp|zcdp|approximate) [-+0-9.eE =a-z]{0,60}") {
        let _ = Amount::parse(&text);
    }
}

#[test]
fn a_cost_is_rounded_up_and_a_budget_down() {
    // The binary fraction 0.1 is a little more than a tenth.
    let [up, down] = [Rounding::Up, Rounding::Down].map(|r| Amount::zcdp(0.1, r).unwrap().canonical());
    assert_eq!((up.as_str(), down.as_str()), ("zcdp rho=0.100000000001", "zcdp rho=0.1"));
    assert_eq!(Amount::pure(1e-300, Rounding::Up).unwrap().canonical(), "pure epsilon=0.000000000001");
    assert!(Amount::pure(5e-324, Rounding::Down).unwrap().is_zero());
    assert!(Amount::pure(-0.0, Rounding::Up).unwrap().is_zero());
    for bad in [-1e-9, f64::NAN, f64::INFINITY, 1e6 + 1e-9, 1e300] {
        assert_eq!(Amount::gdp(bad, Rounding::Up).unwrap_err().kind(), crate::ErrorKind::Parameter);
    }
    assert!(Amount::approximate(1.0, 1.0, Rounding::Down).is_err());
    let mut curve = [f64::INFINITY; 20];
    assert!(Amount::rdp(&curve, Rounding::Up).unwrap().is_unlimited());
    curve[3] = 1e7;
    assert!(Amount::rdp(&curve, Rounding::Up).unwrap().is_unlimited());
    assert!(Amount::rdp(&curve, Rounding::Down).is_err());
    curve[3] = f64::NAN;
    assert!(Amount::rdp(&curve, Rounding::Up).is_err());
}

#[test]
fn an_order_of_a_budget_that_is_not_limited_refuses_nothing() {
    let budget = Amount::parse("rdp 8=2").unwrap();
    let cost = Amount::parse("rdp 2=999999 8=2 16=3").unwrap();
    assert!(cost.fits(budget));
    assert!(!cost.plus(cost).unwrap().fits(budget));
    assert!(!Amount::parse("rdp 2=1").unwrap().fits(budget), "unknown at order 8");
    assert_eq!(budget.minus(cost).unwrap().canonical(), "rdp 8=0");
    assert!((cost.share_of(budget) - 1.0).abs() < 1e-12);
}

#[test]
fn a_delta_from_a_number_is_below_one_and_rounded_like_all_else() {
    let of = |delta, rounding| Amount::approximate(1.0, delta, rounding).map(|a| a.canonical());
    assert_eq!(of(0.5, Rounding::Up).unwrap(), "approximate epsilon=1 delta=0.5");
    assert_eq!(of(1e-30, Rounding::Up).unwrap(), "approximate epsilon=1 delta=0.000000000000000000000001");
    assert_eq!(of(1e-30, Rounding::Down).unwrap(), "approximate epsilon=1 delta=0");
    // The largest binary fraction below 1 is 2^-53 below it, which is more than a unit.
    assert!(of(1.0f64.next_down(), Rounding::Up).is_ok() && of(1.0, Rounding::Down).is_err());
}

#[test]
fn a_divergence_of_a_million_is_limited_and_infinity_is_not() {
    let curve = |divergence, rounding| Amount::rdp(&[divergence; 20], rounding);
    for rounding in [Rounding::Up, Rounding::Down] {
        assert!(curve(f64::INFINITY, rounding).unwrap().is_unlimited());
        assert_eq!(curve(1e6, rounding).unwrap(), Amount::largest(Currency::Rdp));
        assert!(curve(f64::NEG_INFINITY, rounding).is_err());
    }
    assert!(curve(1e6f64.next_up(), Rounding::Up).unwrap().is_unlimited());
    assert!(curve(1e6f64.next_up(), Rounding::Down).is_err());
}

#[test]
fn epsilon_alone_is_a_pair_with_delta_zero_and_nothing_else_is_another_currency() {
    let amount = |text| Amount::parse(text).unwrap();
    let (pure, pair) = (amount("pure epsilon=2"), amount("approximate epsilon=2 delta=0"));
    assert_eq!(pure.counted_in(Currency::Approximate).unwrap(), pair);
    assert_eq!(pair.counted_in(Currency::Pure).unwrap(), pure);
    let delta = amount("approximate epsilon=2 delta=1e-24");
    assert_eq!(delta.counted_in(Currency::Pure).unwrap_err().kind(), crate::ErrorKind::Refused);
    for &currency in Currency::ALL {
        let zero = Amount::zero(currency);
        assert_eq!(zero.counted_in(currency).unwrap(), zero);
        let is_same = matches!(currency, Currency::Pure | Currency::Approximate);
        assert_eq!(pure.counted_in(currency).is_ok(), is_same, "{currency}");
        assert_eq!(zero.plus(pure).is_ok(), is_same, "{currency}");
    }
}

#[test]
fn a_pair_is_a_budget_up_to_the_largest_and_what_is_unlimited_is_none() {
    let budget = |text| Amount::parse(text).unwrap().budget();
    let million = Budget::parse("1000000", "0").unwrap();
    assert_eq!(Amount::largest(Currency::Pure).budget(), Some(million));
    let largest = Budget::parse("1000000", "0.999999999999999999999999").unwrap();
    assert_eq!(Amount::largest(Currency::Approximate).budget(), Some(largest));
    for text in [
        "pure epsilon=unlimited",
        "approximate epsilon=unlimited delta=0",
        "approximate epsilon=1 delta=unlimited",
        "approximate epsilon=unlimited delta=unlimited",
        "zcdp rho=1",
    ] {
        assert_eq!(budget(text), None, "{text}");
    }
}

#[test]
fn units_out_of_range_and_too_few_or_many_are_no_amount() {
    let epsilons =
        [(0, true), (TOTAL_MAX, true), (TOTAL_MAX + 1, false), (UNLIMITED - 1, false), (UNLIMITED, true)];
    for (epsilon, fits) in epsilons.map(|(units, fits)| (u128::from(units), fits)) {
        for currency in [Currency::Pure, Currency::Zcdp, Currency::Gdp] {
            assert_eq!(Amount::from_units(currency, &[epsilon]).is_ok(), fits, "{currency} {epsilon}");
            assert!(Amount::from_units(currency, &[epsilon, 0]).is_err());
        }
        assert_eq!(Amount::from_units(Currency::Approximate, &[epsilon, 0]).is_ok(), fits, "{epsilon}");
        assert_eq!(Amount::from_units(Currency::Rdp, &[epsilon; 20]).is_ok(), fits, "{epsilon}");
    }
    let deltas =
        [(DELTA_ONE - 1, true), (DELTA_ONE, false), (UNLIMITED_DELTA - 1, false), (UNLIMITED_DELTA, true)];
    for (delta, fits) in deltas {
        assert_eq!(Amount::from_units(Currency::Approximate, &[0, delta]).is_ok(), fits, "{delta}");
    }
    for orders in [0, 1, 19, 21] {
        assert!(Amount::from_units(Currency::Rdp, &vec![0; orders]).is_err(), "{orders}");
    }
}

#[test]
fn a_total_of_a_million_is_one_and_a_sum_of_deltas_that_reaches_one_is_none() {
    for rounding in [Rounding::Up, Rounding::Down] {
        assert_eq!(Amount::pure(1e6, rounding).unwrap(), Amount::largest(Currency::Pure));
    }
    for (rho, fits) in [("1000000", true), ("1000000.000000000001", false), ("1e30", false)] {
        assert_eq!(Amount::parse(&format!("zcdp rho={rho}")).is_ok(), fits, "{rho}");
    }
    let rho = |rho: &str| Amount::parse(&format!("zcdp rho={rho}")).unwrap();
    assert_eq!(rho("999999").plus(rho("1")).unwrap(), Amount::largest(Currency::Zcdp));
    assert!(rho("1000000").plus(rho("1e-12")).is_err());
    let pair = |delta: &str| Amount::parse(&format!("approximate epsilon=1 delta={delta}")).unwrap();
    assert!(pair("0.5").plus(pair("0.5")).is_err());
    let sum = pair("0.5").plus(pair("0.499999999999999999999999")).unwrap();
    assert_eq!(sum.canonical(), "approximate epsilon=2 delta=0.999999999999999999999999");
    // At an order of rdp a million is still a bound, and more is none.
    let order = |text: &str| Amount::parse(&format!("rdp 8={text}")).unwrap();
    assert_eq!(order("999999").plus(order("1")).unwrap(), order("1000000"));
    assert!(order("1000000").plus(order("0.000000000001")).unwrap().is_unlimited());
}

#[test]
fn there_are_at_most_as_many_shares_as_units_and_what_is_unlimited_stays_so_in_each() {
    let units = |shares: u32, amount: Amount| amount.split(shares).map(|all| all.len()).ok();
    for text in
        ["pure epsilon=3e-12", "zcdp rho=3e-12", "rdp 2=1e-12 8=3e-12", "approximate epsilon=3e-12 delta=0.5"]
    {
        let amount = Amount::parse(text).unwrap();
        let found: Vec<_> = [0, 1, 2, 3, 4].map(|shares| units(shares, amount)).into();
        assert_eq!(found, [None, Some(1), Some(2), Some(3), None], "{text}");
    }
    let shares = Amount::parse("rdp 2=1 8=3").unwrap().split(2).unwrap();
    assert_eq!(shares, [Amount::parse("rdp 2=0.5 8=1.5").unwrap(); 2]);
    let unlimited = Amount::unlimited(Currency::Rdp);
    assert_eq!(unlimited.split(3).unwrap(), [unlimited; 3]);
}

#[test]
fn orders_stand_once_each_and_ascending_so_that_an_amount_has_one_text() {
    for text in ["rdp 8=2 8=3", "rdp 8=2 8=2", "rdp 8=2 2=1", "rdp 7.1=1"] {
        assert!(Amount::parse(text).is_err(), "{text}");
    }
    let fine = Amount::parse("zcdp rho=0.0000000000001").unwrap_err().to_string();
    assert!(fine.contains("12"), "{fine}");
}

#[test]
fn the_share_of_a_limit_is_that_of_the_part_that_is_most_used() {
    let amount = |text| Amount::parse(text).unwrap();
    let share =
        amount("approximate epsilon=1 delta=1e-6").share_of(amount("approximate epsilon=4 delta=2e-6"));
    assert!((share - 0.5).abs() < 1e-12, "{share}");
    assert!(amount("zcdp rho=0").share_of(amount("zcdp rho=1")).abs() < 1e-12);
    let budget = Budget::parse("1", "0").unwrap();
    assert!(amount("pure epsilon=1") == budget && amount("pure epsilon=2") != budget);
}
