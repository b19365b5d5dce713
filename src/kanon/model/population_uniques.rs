//! Population uniques: few members of the population stand alone, by an estimate from the sample.

use super::{Class, Guarantee, PrivacyModel, Scope, TOLERANCE};
use crate::{
    error::{Error, Result},
    kanon::{population, report::ClassSizes},
    num,
};

/// At most a share of a population of a known size is estimated to be the only one of its class.
///
/// An estimate, with a model of the population that nobody can check from the release: it has no guarantee in the sense
/// of the other models, and no interval.
///
/// # Guarantee
/// For all releases, the estimate by the named model from the released class sizes is at most `share`.
///
/// # Examples
/// ```
/// use incog::kanon::{ClassSizes, model::{PopulationModel, PopulationUniques, PrivacyModel}};
/// let model = PopulationUniques::new(0.01, PopulationModel::Zayatz, 10_000)?;
/// assert!(model.admits(&ClassSizes::of([5; 20])), "nobody is alone even in the sample");
/// assert!(!model.admits(&ClassSizes::of([1; 100])));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PopulationUniques {
    share: f64,
    model: PopulationModel,
    population: u64,
}

/// A model of how a population divides into classes, fitted to a sample.
///
/// # Examples
/// The estimators do not agree, so a card names the one that was used:
/// ```
/// use incog::kanon::{ClassSizes, model::{PopulationModel, PopulationUniques, PrivacyModel}};
/// let sizes = ClassSizes::of([1; 40].into_iter().chain([2; 30]).chain([5; 40]));
/// for model in [PopulationModel::Pitman, PopulationModel::Zayatz, PopulationModel::Snb] {
///     let admitted = PopulationUniques::new(0.05, model, 10_000)?.admits(&sizes);
///     println!("{}: {}", model.word(), if admitted { "few stand alone" } else { "too many stand alone" });
/// }
/// assert_eq!(PopulationModel::Snb.word(), "snb");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum PopulationModel {
    /// Pitman's sampling formula (Hoshino, Journal of Official Statistics 17(4), 2001).
    Pitman,
    /// Conditional on the class sizes of the sample (Zayatz, US Bureau of the Census, 1991).
    Zayatz,
    /// Slide negative binomial (Chen, McNulty, Journal of Official Statistics 14(1), 1998).
    Snb,
    /// The choice among the three by Dankar, El Emam, Neisa, Roffey, BMC Medical Informatics and Decision Making 12,
    /// 2012: Pitman for samples of at most a tenth, else the smaller of Zayatz and SNB.
    Dankar,
}

impl PopulationModel {
    /// The word for it in policies and cards.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            PopulationModel::Pitman => "pitman",
            PopulationModel::Zayatz => "zayatz",
            PopulationModel::Snb => "snb",
            PopulationModel::Dankar => "dankar",
        }
    }
}

impl PopulationUniques {
    /// A share of at most `share` of `population` persons, estimated by `model`.
    ///
    /// # Errors
    /// `Parameter` unless 0 <= `share` <= 1 and `population` is at least 1.
    pub fn new(share: f64, model: PopulationModel, population: u64) -> Result<Self> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::model_range("share of population uniques", "0 <= share <= 1", share));
        }
        if population == 0 {
            return Err(Error::population_too_small(population));
        }
        Ok(PopulationUniques { share, model, population })
    }
}

impl PrivacyModel for PopulationUniques {
    fn name(&self) -> String {
        format!("at most {} population uniques ({:?} of {})", self.share, self.model, self.population)
    }

    fn holds(&self, _: &Class<'_>) -> bool {
        true
    }

    fn admits(&self, released: &ClassSizes) -> bool {
        // No estimate is no permission.
        population::uniques(released, self.population, self.model)
            .is_some_and(|uniques| uniques / num::to_f64(self.population) <= self.share + TOLERANCE)
    }

    fn scope(&self) -> Scope {
        Scope::Release { monotone: false }
    }

    fn guarantee(&self) -> Option<Guarantee<'_>> {
        Some(Guarantee::PopulationUniques {
            share: self.share,
            model: self.model,
            population: self.population,
        })
    }
}
