//! What privacy models say of themselves, tried on random classes; and each rule against its formula.

use std::collections::BTreeMap;

use incog::kanon::{
    ClassSizes,
    model::{
        AlphaK, AverageRisk, BetaLikeness, Class, DeltaDisclosure, DeltaPresence, Ground, KAnonymity, KMap,
        LDiversity, Monotonicity, NTCloseness, PersonK, PrivacyModel, SampleUniques, TCloseness, Whole,
    },
};
use proptest::prelude::*;

/// Rows by value, and rows of the population.
#[derive(Clone, Debug, Default)]
struct Part {
    values: BTreeMap<u32, u32>,
    population: u64,
}

impl Part {
    fn rows(&self) -> u64 {
        self.values.values().map(|&n| u64::from(n)).sum()
    }

    fn with(mut self, other: &Part) -> Part {
        for (&value, &n) in &other.values {
            *self.values.entry(value).or_default() += n;
        }
        self.population += other.population;
        self
    }

    fn entries(&self) -> Vec<(u32, u32)> {
        self.values.iter().map(|(&v, &n)| (v, n)).collect()
    }
}

const VALUES: u32 = 6;

/// Values 0 to 3 are known, in an order and in groups {0, 1}, {2, 3}; 4 and 5 are unknown.
fn whole(rows: &[u64]) -> Whole {
    Whole::new(rows.to_vec())
        .with_known(4)
        .with_places(vec![0, 1, 1, 2])
        .with_groups(vec![vec![0, 0, 1, 1, 2, 2], vec![0; 6]])
}

fn holds(model: &dyn PrivacyModel, part: &Part, whole: &Whole) -> bool {
    let entries = part.entries();
    model.holds(&Class::new(part.rows(), part.rows(), &entries).in_population(part.population).within(whole))
}

fn lost(model: &dyn PrivacyModel, part: &Part, whole: &Whole) -> u64 {
    let entries = part.entries();
    model.lost_rows(
        &Class::new(part.rows(), part.rows(), &entries).in_population(part.population).within(whole),
    )
}

fn models() -> Vec<Box<dyn PrivacyModel>> {
    vec![
        Box::new(KAnonymity::new(4).unwrap()),
        Box::new(PersonK::new(3).unwrap()),
        Box::new(KMap::new(5).unwrap()),
        Box::new(LDiversity::distinct("s", 3).unwrap()),
        Box::new(LDiversity::entropy("s", 2.0).unwrap()),
        Box::new(LDiversity::entropy("s", 1.3).unwrap()),
        Box::new(LDiversity::recursive("s", 2.0, 2).unwrap()),
        Box::new(LDiversity::recursive("s", 0.9, 2).unwrap()),
        Box::new(TCloseness::new("s", 0.25, Ground::Equal).unwrap()),
        Box::new(TCloseness::new("s", 0.2, Ground::Ordered).unwrap()),
        Box::new(TCloseness::new("s", 0.2, Ground::Hierarchical).unwrap()),
        Box::new(BetaLikeness::basic("s", 0.5).unwrap()),
        Box::new(BetaLikeness::enhanced("s", 2.0).unwrap()),
        Box::new(DeltaDisclosure::new("s", 0.7).unwrap()),
        Box::new(AlphaK::new("s", 0.5).unwrap()),
        Box::new(DeltaPresence::new(0.1, 0.5).unwrap()),
        Box::new(NTCloseness::new("s", 5, 0.3).unwrap()),
        Box::new(AverageRisk::new(0.2).unwrap()),
        Box::new(SampleUniques::new(0.2).unwrap()),
    ]
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let part = (prop::collection::btree_map(0..VALUES, 1u32..5, 1..4), 0u64..12);
    let part = part.prop_map(|(values, more)| {
        let rows: u64 = values.values().map(|&n| u64::from(n)).sum();
        Part { values, population: rows + more }
    });
    prop::collection::vec(part, 2..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// What the search prunes by.
    #[test]
    fn no_division_of_a_class_keeps_more_rows_than_its_model_says(parts in parts()) {
        let all = parts.iter().fold(Part::default(), Part::with);
        // The class is a part of the whole, as it is in a table.
        let rows: Vec<u64> =
            (0..VALUES).map(|v| u64::from(all.values.get(&v).copied().unwrap_or(0)) + u64::from(3 * v)).collect();
        let whole = whole(&rows);
        for model in models() {
            let kept = parts.iter().filter(|p| holds(model.as_ref(), p, &whole));
            let union = kept.clone().fold(Part::default(), |union, p| union.with(p));
            let kept: u64 = kept.map(Part::rows).sum();
            match model.monotonicity() {
                Monotonicity::Upward => prop_assert!(kept == 0 || holds(model.as_ref(), &all, &whole), "{model:?}"),
                Monotonicity::Closed => prop_assert!(kept == 0 || holds(model.as_ref(), &union, &whole), "{model:?}"),
                _ => {}
            }
            if !holds(model.as_ref(), &all, &whole) {
                let lost = lost(model.as_ref(), &all, &whole);
                prop_assert!(kept + lost <= all.rows(), "{model:?} keeps {kept} and loses {lost} of {}", all.rows());
            }
        }
    }

    /// A finer release: classes divided, some left out. The coarser one must not have to leave out more.
    #[test]
    fn models_of_releases_leave_out_no_more_when_classes_merge(
        classes in prop::collection::vec(prop::collection::vec(1u64..4, 1..4), 1..8),
    ) {
        let models: [Box<dyn PrivacyModel>; 2] =
            [Box::new(AverageRisk::new(0.3).unwrap()), Box::new(SampleUniques::new(0.1).unwrap())];
        for model in models {
            let least = |mut sizes: Vec<u64>| {
                sizes.sort_unstable();
                let at = (0..=sizes.len()).find(|&i| model.admits(&ClassSizes::of(sizes[i..].iter().copied())));
                sizes[..at.unwrap()].iter().sum::<u64>()
            };
            let fine = least(classes.concat());
            let coarse = least(classes.iter().map(|c| c.iter().sum()).collect());
            prop_assert!(coarse <= fine, "{model:?}");
        }
    }
}

/// Each rule against its formula, on a class counted by hand: values a, a, a, b of a whole a x 4, b x 4, c x 2.
#[test]
fn rules_are_their_formulas() {
    let whole =
        Whole::new(vec![4, 4, 2]).with_places(vec![0, 1, 2]).with_groups(vec![vec![0, 0, 1], vec![0; 3]]);
    let values = [(0, 3), (1, 1)];
    let class = Class::new(4, 4, &values).in_population(8).within(&whole);
    let holds = |model: &dyn PrivacyModel| model.holds(&class);
    // Just at the limit, and just beyond it.
    let t = |t: f64, ground| TCloseness::new("s", t, ground).unwrap();
    // |0.75 - 0.4| + |0.25 - 0.4| + |0 - 0.2| over 2.
    assert!(holds(&t(0.35, Ground::Equal)) && !holds(&t(0.349, Ground::Equal)));
    // Cumulated 0.35, 0.2 over 2 steps.
    assert!(holds(&t(0.275, Ground::Ordered)) && !holds(&t(0.274, Ground::Ordered)));
    // 0.15 move from a to b at half the height, 0.2 to c over all of it.
    assert!(holds(&t(0.275, Ground::Hierarchical)) && !holds(&t(0.274, Ground::Hierarchical)));
    // (0.75 - 0.4) / 0.4; -ln 0.4 = 0.916.
    let basic = |beta| BetaLikeness::basic("s", beta).unwrap();
    assert!(holds(&basic(0.875)) && !holds(&basic(0.874)));
    assert!(holds(&BetaLikeness::enhanced("s", 9.0).unwrap()));
    // log2(0.75 / 0.4) = 0.9069; c is absent and says nothing.
    let delta = |delta| DeltaDisclosure::new("s", delta).unwrap();
    assert!(holds(&delta(0.907)) && !holds(&delta(0.906)));
    let entropy = |l| LDiversity::entropy("s", l).unwrap();
    let exact = (-(0.75f64 * 0.75f64.ln() + 0.25 * 0.25f64.ln())).exp();
    assert!(holds(&entropy(exact)) && !holds(&entropy(exact + 1e-9)));
    let recursive = |c, l| LDiversity::recursive("s", c, l).unwrap();
    assert!(holds(&recursive(3.1, 2)) && !holds(&recursive(3.0, 2)) && !holds(&recursive(100.0, 3)));
    assert!(holds(&AlphaK::new("s", 0.75).unwrap()) && !holds(&AlphaK::new("s", 0.74).unwrap()));
    assert!(holds(&DeltaPresence::new(0.5, 0.5).unwrap()) && !holds(&DeltaPresence::new(0.0, 0.49).unwrap()));
    assert!(holds(&KMap::new(8).unwrap()) && !holds(&KMap::new(9).unwrap()));
    assert!(
        holds(&NTCloseness::new("s", 10, 0.35).unwrap()) && !holds(&NTCloseness::new("s", 11, 0.35).unwrap())
    );
}

#[test]
fn unknown_values_add_nothing_to_diversity_but_are_distributed_like_others() {
    let whole = Whole::new(vec![5, 0, 5]).with_known(2);
    let values = [(0, 2), (2, 2)];
    let class = Class::new(4, 4, &values).within(&whole);
    assert!(!LDiversity::distinct("s", 2).unwrap().holds(&class));
    assert!(!LDiversity::entropy("s", 1.5).unwrap().holds(&class));
    assert!(!AlphaK::new("s", 0.9).unwrap().holds(&class), "all that is known is one value");
    assert!(TCloseness::new("s", 0.0, Ground::Equal).unwrap().holds(&class));
}
