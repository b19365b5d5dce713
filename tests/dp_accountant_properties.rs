//! Properties of the accountants on random lists of events.
//!
//! A million lists: `PROPTEST_CASES=1000000 cargo test --release --features serde --test integration accountants_keep`.

use incog::dp::{
    Delta, Epsilon, Event, EventList, Neighbors,
    accountant::{self, PrivacyProfile},
    event::{Sampling, StatedScale},
};
use proptest::prelude::*;

/// All but `pld`, whose properties stand in a file of their own.
const NAMES: [&str; 5] = ["rdp", "zcdp", "optimal", "gaussian", "basic"];

/// A mechanism by its noise, so that a list can be had with more of it.
#[derive(Clone, Copy, Debug)]
struct Piece {
    kind: u8,
    noise: f64,
    rate: f64,
    count: u64,
}

impl Piece {
    fn event(self) -> Event {
        let noise = self.noise;
        let epsilon = || Epsilon::new(1.0 / noise).unwrap();
        let event = match self.kind {
            0 => Event::gaussian(noise),
            1 => Event::laplace(noise),
            2 => Ok(Event::discrete_laplace(StatedScale::new(noise).unwrap(), 2)),
            3 => Event::discrete_gaussian(noise, 1),
            4 => Event::randomized_response(noise / (1.0 + noise), 4),
            5 => Ok(Event::exponential(epsilon())),
            6 => Ok(Event::pure(epsilon())),
            7 => Ok(Event::approximate(epsilon(), Delta::new(1e-9).unwrap())),
            8 => Event::zcdp(0.5 / (noise * noise)),
            _ => Event::tree(noise, 100),
        };
        let event = event.unwrap();
        let sampled = self.kind < 8 && self.rate < 1.0;
        let event =
            if sampled { event.sampled(Sampling::poisson(self.rate).unwrap()).unwrap() } else { event };
        event.times(self.count).unwrap()
    }
}

fn piece() -> impl Strategy<Value = Piece> {
    let rate = prop_oneof![Just(1.0), (-12f64..-0.01).prop_map(f64::exp)];
    (0u8..10, 0.4f64..40.0, rate, 1u64..200).prop_map(|(kind, noise, rate, count)| Piece {
        kind,
        noise,
        rate,
        count,
    })
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    // Of one kind often, so that accountants which treat few kinds get their lists.
    prop_oneof![
        prop::collection::vec(piece(), 1..5),
        (0u8..10, prop::collection::vec(piece(), 1..3)).prop_map(|(kind, mut pieces)| {
            for piece in &mut pieces {
                (piece.kind, piece.rate) = (kind, 1.0);
            }
            pieces
        }),
    ]
}

fn list(pieces: &[Piece]) -> EventList {
    EventList::new(Neighbors::ZeroOut, pieces.iter().map(|piece| piece.event()).collect::<Vec<_>>()).unwrap()
}

fn profiles(pieces: &[Piece]) -> Vec<Option<Box<dyn PrivacyProfile>>> {
    let list = list(pieces);
    NAMES.iter().map(|name| accountant::named(name).unwrap().compose(&list).ok()).collect()
}

fn epsilon(profile: &dyn PrivacyProfile, delta: f64) -> (f64, f64) {
    let interval = profile.epsilon(Delta::new(delta).unwrap()).unwrap();
    (interval.lower(), interval.upper())
}

/// Ends are rounded outwards, so that equal truths may differ in their last digits; the search for an order stops within 1e-10.
fn no_more(less: f64, more: f64) -> bool {
    less <= more * (1.0 + 1e-8) + 1e-11
}

proptest! {
    #[test]
    fn accountants_keep_the_order_of_what_is_asked_and_of_what_was_done(
        pieces in pieces(), log_delta in -40f64..-0.7, further in 0f64..5.0, log_epsilon in -5f64..4.0,
        which in any::<prop::sample::Index>(), factor in 1.0f64..3.0, extra in 1u64..50,
    ) {
        let one = profiles(&pieces);
        let (small, large) = (log_delta.exp(), (log_delta + further).exp().min(0.99));
        let (low, high) = (log_epsilon.exp(), (log_epsilon + further).exp().min(64.0));
        let changed = |change: &dyn Fn(&mut Piece)| {
            let mut pieces = pieces.clone();
            let which = which.index(pieces.len());
            change(&mut pieces[which]);
            profiles(&pieces)
        };
        let noisier = changed(&|piece| piece.noise *= factor);
        let rarer = changed(&|piece| piece.rate /= factor);
        let oftener = changed(&|piece| piece.count += extra);
        let mut turned = pieces.clone();
        turned.reverse();
        let turned = profiles(&turned);
        for (i, name) in NAMES.iter().enumerate() {
            let Some(profile) = &one[i] else { continue };
            let (lower, upper) = epsilon(profile.as_ref(), small);
            prop_assert!(0.0 <= lower && lower <= upper, "{name}: {lower} {upper}");
            let (_, at_large) = epsilon(profile.as_ref(), large);
            prop_assert!(no_more(at_large, upper), "{name}: {at_large} {upper}");
            let delta = |epsilon: f64| {
                let interval = profile.delta(Epsilon::new(epsilon).unwrap()).unwrap();
                (interval.lower(), interval.upper())
            };
            let ((least, most), (_, at_high)) = (delta(low), delta(high));
            prop_assert!(0.0 <= least && least <= most && most <= 1.0, "{name}: {least} {most}");
            prop_assert!(no_more(at_high, most), "{name}: {at_high} {most}");
            if let Some(noisier) = &noisier[i] {
                let (_, noisier) = epsilon(noisier.as_ref(), small);
                prop_assert!(no_more(noisier, upper), "{name} noisier: {noisier} {upper}");
            }
            // A sample of all is no sample to accountants that treat none.
            if let Some(rarer) = &rarer[i] {
                let (_, rarer) = epsilon(rarer.as_ref(), small);
                prop_assert!(no_more(rarer, upper), "{name} rarer: {rarer} {upper}");
            }
            if let Some(oftener) = &oftener[i] {
                let (_, oftener) = epsilon(oftener.as_ref(), small);
                prop_assert!(no_more(upper, oftener), "{name} oftener: {upper} {oftener}");
            }
            if let Some(turned) = &turned[i] {
                prop_assert_eq!(epsilon(turned.as_ref(), small), (lower, upper), "{} turned", name);
            }
        }
    }

    #[test]
    fn accountants_keep_no_difference_between_copies_and_a_count(
        piece in piece(), copies in 2u64..6, log_delta in -40f64..-0.7,
    ) {
        let many = Piece { count: piece.count * copies, ..piece };
        let copied = vec![piece; usize::try_from(copies).unwrap()];
        for (name, (copied, counted)) in NAMES.iter().zip(profiles(&copied).iter().zip(profiles(&[many]))) {
            match (copied, counted) {
                (Some(copied), Some(counted)) => {
                    let delta = log_delta.exp();
                    prop_assert_eq!(epsilon(copied.as_ref(), delta), epsilon(counted.as_ref(), delta), "{}", name);
                }
                (copied, counted) => prop_assert_eq!(copied.is_some(), counted.is_some(), "{}", name),
            }
        }
    }

    #[test]
    fn accountants_keep_what_the_best_of_them_says(pieces in pieces(), log_delta in -20f64..-2.0) {
        // Those that know less of the same list never say less.
        let delta = log_delta.exp();
        let uppers: Vec<Option<f64>> =
            profiles(&pieces).iter().map(|p| p.as_ref().map(|p| epsilon(p.as_ref(), delta).1)).collect();
        let at = |name: &str| NAMES.iter().position(|n| *n == name).and_then(|i| uppers[i]);
        if let (Some(optimal), Some(basic)) = (at("optimal"), at("basic")) {
            prop_assert!(no_more(optimal, basic), "{optimal} {basic}");
        }
        if let (Some(gaussian), Some(rdp)) = (at("gaussian"), at("rdp")) {
            prop_assert!(no_more(gaussian, rdp), "{gaussian} {rdp}");
        }
        if let (Some(rdp), Some(zcdp)) = (at("rdp"), at("zcdp")) {
            prop_assert!(no_more(rdp, zcdp) || pieces.iter().any(|p| p.rate < 1.0), "{rdp} {zcdp}");
        }
    }
}

#[test]
fn orders_are_found_where_the_best_lower_ratio_is_near_one_and_where_curves_of_samples_end() {
    // Found by a million cases of the properties above.
    let delta = (-8.207_512_369_066_494_f64).exp();
    let wide = profiles(&[Piece { kind: 0, noise: 26.961_728_202_777_955, rate: 1.0, count: 1 }]);
    let upper = |i: usize| epsilon(wide[i].as_ref().unwrap().as_ref(), delta).1;
    assert!(no_more(upper(0), upper(1)) && no_more(upper(1), upper(0)), "{} {}", upper(0), upper(1));
    // The best of all orders and lower ratios, on a grid of thousandths, is 0.090478414.
    assert!(upper(0) < 0.090_479, "{}", upper(0));

    let often = |count| {
        let rare = Piece { kind: 7, noise: 6.666_060_760_726_844, rate: 5.235_231_925_502_302e-5, count };
        epsilon(profiles(&[rare])[0].as_ref().unwrap().as_ref(), (-22.938_693_502_302_407_f64).exp()).1
    };
    assert!(often(44) < often(72), "{} {}", often(44), often(72));

    // A sample of an exponential mechanism has the smaller of two curves, and it is least at two places.
    let bounded = |rate| {
        let piece = Piece { kind: 5, noise: 31.743_869_695_011_952, rate, count: 32 };
        epsilon(profiles(&[piece])[0].as_ref().unwrap().as_ref(), (-17.264_470_879_713_087_f64).exp()).1
    };
    assert!(no_more(bounded(1.0 / 1.893_783_522_052_365), bounded(1.0)));

    // Of two such samples one has its first curve there, and the other its second.
    let two = |rate| {
        let often = Piece { kind: 5, noise: 21.579_499_062_241_03, rate, count: 151 };
        let wide =
            Piece { kind: 0, noise: 17.170_527_192_148_683, rate: 0.123_045_110_751_545_43, count: 89 };
        let rare =
            Piece { kind: 5, noise: 13.170_639_383_039_243, rate: 0.004_973_927_473_540_606, count: 1 };
        epsilon(
            profiles(&[often, wide, rare])[0].as_ref().unwrap().as_ref(),
            (-15.204_414_404_383_56_f64).exp(),
        )
        .1
    };
    assert!(no_more(two(1.0 / 1.984_397_916_459_502_7), two(1.0)));

    // Where a moment is so large that only one ratio is looked at, nothing is seen of the other.
    let with_pure = |noise| {
        let rare = Piece { kind: 5, noise, rate: 2.260_933_122_977_925_4e-4, count: 11 };
        let pure = Piece { kind: 6, noise: 12.570_723_332_005_878, rate: 1.0, count: 111 };
        epsilon(profiles(&[rare, pure])[0].as_ref().unwrap().as_ref(), (-9.575_241_580_310_394_f64).exp()).1
    };
    let noise = 37.148_239_160_214_31;
    assert!(no_more(with_pure(noise * 2.019_497_010_093_413), with_pure(noise)));

    // Near order 1 powers and moments are near 1: what is left must not be what cancels.
    let near_one = |count| {
        let rare = Piece { kind: 1, noise: 30.957_611_012_697_64, rate: 2.479_742_680_911_673_6e-5, count };
        let wide = Piece { kind: 0, noise: 26.826_312_677_901_04, rate: 1.0, count: 120 };
        epsilon(profiles(&[rare, wide])[0].as_ref().unwrap().as_ref(), 0.202_795).1
    };
    assert!(near_one(1) < near_one(8) && near_one(8) < near_one(100), "{} {}", near_one(1), near_one(8));

    // For a large delta it is the least order that is looked at, which has to be the same one for both.
    let least = |rate| {
        let often = Piece { kind: 5, noise: 36.381_433_354_623_07, rate, count: 40 };
        let once = Piece { kind: 5, noise: 2.348_721_993_383_776_4, rate: 1.0, count: 10 };
        epsilon(profiles(&[often, once])[0].as_ref().unwrap().as_ref(), (-1.104_799_646_732_850_5_f64).exp())
            .1
    };
    let (all, some, few) = (least(1.0), least(0.990_049_833_749_168_1), least(0.610_081_927_755_021_7));
    assert!(no_more(some, all) && no_more(few, some), "{all} {some} {few}");
}
