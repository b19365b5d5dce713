//! How many members of a population stand alone, estimated from the class sizes of a sample.
//!
//! Notation: n rows in u classes, f_i of them of size i; N members of the population; pi = n / N.
//!
//! | model | estimate |
//! |---|---|
//! | Zayatz | f_1 / pi times P(alone in the population given alone in the sample), from f |
//! | Pitman | Gamma(theta + 1) / Gamma(theta + alpha) N^alpha, theta and alpha of greatest likelihood |
//! | SNB | K beta^alpha, K classes by Shlosser's estimator, alpha and beta from f_1 and f_2 |
//!
//! Sources: \[Hos01\] Hoshino, *Applying Pitman's sampling formula to microdata disclosure risk assessment*, JOS 17(4),
//! 2001; \[Zay91\] Zayatz, *Estimation of the percent of unique population elements on a microdata file using the sample*,
//! US Census 91/08; \[CM98\] Chen, McNulty, *Estimation of identification disclosure risk in microdata*, JOS 14(1), 1998;
//! \[DENR12\] Dankar, El Emam, Neisa, Roffey, BMC Med. Inform. Decis. Mak. 12:66, 2012.

mod gamma;
mod pitman;
mod snb;
mod zayatz;

use super::{model::PopulationModel, report::ClassSizes};
use crate::num;

/// The estimated number of members of a population of `population` that stand alone, from the class sizes of a sample of
/// it; none if the model cannot be fitted. 0 if nobody is alone in the sample, and the sample's own number if it is the
/// population.
pub(crate) fn uniques(sizes: &ClassSizes, population: u64, model: PopulationModel) -> Option<f64> {
    let alone = num::to_f64(sizes.of_size(1));
    if sizes.of_size(1) == 0 {
        return Some(0.0);
    }
    if sizes.rows() >= population {
        return Some(alone);
    }
    let sample = Sample {
        rows: num::to_f64(sizes.rows()),
        classes: num::to_f64(sizes.classes()),
        sizes: sizes.iter().map(|(size, n)| (num::to_f64(size), num::to_f64(n))).collect(),
        population: num::to_f64(population),
    };
    let estimate = match model {
        PopulationModel::Pitman => pitman::uniques(&sample),
        PopulationModel::Zayatz => zayatz::uniques(&sample),
        PopulationModel::Snb => snb::uniques(&sample),
        PopulationModel::Dankar if sample.fraction() <= 0.1 => {
            pitman::uniques(&sample).or_else(|| zayatz::uniques(&sample))
        }
        PopulationModel::Dankar => match (zayatz::uniques(&sample), snb::uniques(&sample)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        },
    };
    estimate.filter(|uniques| (0.0..=sample.population).contains(uniques))
}

/// The class sizes of a sample, and the size of the population.
struct Sample {
    rows: f64,
    classes: f64,
    /// Sizes and the number of classes of that size, ascending.
    sizes: Vec<(f64, f64)>,
    population: f64,
}

impl Sample {
    /// The share of the population that is in the sample.
    fn fraction(&self) -> f64 {
        self.rows / self.population
    }

    /// Number of classes of one size, 1 or 2.
    fn of_size(&self, size: f64) -> f64 {
        self.sizes.iter().find(|s| (s.0 - size).abs() < 0.5).map_or(0.0, |s| s.1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MODELS: [PopulationModel; 4] =
        [PopulationModel::Pitman, PopulationModel::Zayatz, PopulationModel::Snb, PopulationModel::Dankar];

    proptest! {
        #[test]
        fn estimates_lie_between_none_and_the_population(
            sizes in prop::collection::vec(1u64..40, 1..300),
            factor in 1u64..1000,
        ) {
            let sizes = ClassSizes::of(sizes);
            for model in MODELS {
                if let Some(uniques) = uniques(&sizes, sizes.rows() * factor, model) {
                    prop_assert!((0.0..=num::to_f64(sizes.rows() * factor)).contains(&uniques), "{model:?}");
                }
            }
        }
    }

    /// Numbers from 0 to 1, the same in every run.
    fn drawn(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 32).unwrap()) / 4_294_967_296.0
        }
    }

    fn compare(classes: &[u64], share: f64, model: PopulationModel, tolerance: f64) {
        let mut drawn = drawn(2);
        let members: u64 = classes.iter().sum();
        let alone = num::to_f64(num::count(classes.iter().filter(|&&s| s == 1).count()));
        let sample = classes.iter().map(|&size| num::count((0..size).filter(|_| drawn() < share).count()));
        let sizes = ClassSizes::of(sample.filter(|&s| s > 0));
        let estimate = uniques(&sizes, members, model).unwrap();
        let off = (estimate - alone).abs() / alone;
        assert!(off < tolerance, "{model:?}: {estimate} of {alone}");
    }

    /// Populations drawn from each model are estimated well by it. Seeds are fixed, so this fails never or always.
    #[test]
    fn populations_of_a_model_are_estimated_by_it() {
        let mut random = drawn(1);
        // Slide negative binomial with alpha 1: geometric sizes.
        let geometric: Vec<u64> =
            (0..50_000).map(|_| 1 + num::count((0..1000).take_while(|_| random() > 0.4).count())).collect();
        compare(&geometric, 0.3, PopulationModel::Snb, 0.25);
        compare(&geometric, 0.3, PopulationModel::Dankar, 0.25);
        // Almost everybody: the sample is nearly the population.
        compare(&geometric, 0.98, PopulationModel::Zayatz, 0.05);
        // Pitman's formula, by its urn: the next member founds a class with chance (theta + alpha K) / (theta + i).
        let (theta, alpha) = (50.0, 0.6);
        let (mut class_of, mut sizes): (Vec<usize>, Vec<u64>) = (Vec::new(), Vec::new());
        for i in 0..60_000u32 {
            let founds = (theta + alpha * num::to_f64(num::count(sizes.len()))) / (theta + f64::from(i));
            let class = if random() < founds {
                sizes.push(0);
                sizes.len() - 1
            } else {
                loop {
                    let at = (random() * num::to_f64(num::count(class_of.len()))).to_string();
                    let at: usize = at.split('.').next().unwrap().parse().unwrap();
                    let class = class_of[at];
                    if random() * num::to_f64(sizes[class]) < num::to_f64(sizes[class]) - alpha {
                        break class;
                    }
                }
            };
            class_of.push(class);
            sizes[class] += 1;
        }
        compare(&sizes, 0.05, PopulationModel::Pitman, 0.15);
        compare(&sizes, 0.05, PopulationModel::Dankar, 0.15);
    }

    #[test]
    fn a_sample_without_uniques_and_a_sample_of_everybody_need_no_model() {
        for model in MODELS {
            assert_eq!(uniques(&ClassSizes::of([2, 3, 5]), 1000, model), Some(0.0));
            assert_eq!(uniques(&ClassSizes::of([1, 1, 2]), 4, model), Some(2.0));
        }
    }
}
