//! Privacy models: rules that each class, or the release as a whole, must meet.
//!
//! A model sees counts and nothing else, so that it cannot depend on a row. Classes that break a model are
//! suppressed; the search looks for the generalization that loses least with at most the allowed share of rows
//! suppressed. Models combine freely: all of them must hold.
//!
//! | model | a class holds if | merged classes |
//! |---|---|---|
//! | [`KAnonymity`], [`PersonK`] | it has k persons or more (rows, if no column names the person) | upward |
//! | [`KMap`] | the population has k rows of it or more | upward |
//! | [`LDiversity`] | its sensitive values are many enough: distinct, by entropy, recursive | upward; closed; closed |
//! | [`TCloseness`] | its values are distributed as in the whole: equal, ordered, hierarchical distance | closed |
//! | [`NTCloseness`] | they are as in a larger set of rows around it | none |
//! | [`BetaLikeness`] | no value is much more frequent than in the whole: basic, enhanced | closed |
//! | [`DeltaDisclosure`] | no value that it holds is much more or less frequent than in the whole | none |
//! | [`AlphaK`] | no value has more than a share alpha of it | closed |
//! | [`DeltaPresence`] | the table has a share of the population's rows in a range | closed |
//!
//! | model | a release holds if | finer nodes |
//! |---|---|---|
//! | [`AverageRisk`] | classes over rows are at most a limit | suppress no less |
//! | [`SampleUniques`] | at most a share of rows stand alone | suppress no less |
//! | [`PopulationUniques`] | at most a share of the population is estimated to stand alone | nothing known |
//!
//! *Upward*: the union of a class that holds and any other holds. *Closed*: the union of classes that hold, holds.
//! The search prunes by these properties ([`Monotonicity`]); tests hold every model to what it says of itself.

mod alpha_k;
mod average_risk;
mod beta_likeness;
mod delta_disclosure;
mod delta_presence;
mod k_anonymity;
mod k_map;
mod l_diversity;
mod n_t_closeness;
mod population_uniques;
mod retained;
mod sample_uniques;
mod t_closeness;
mod whole;

use std::fmt;

pub use alpha_k::AlphaK;
pub use average_risk::AverageRisk;
pub use beta_likeness::BetaLikeness;
pub use delta_disclosure::DeltaDisclosure;
pub use delta_presence::DeltaPresence;
pub use k_anonymity::{KAnonymity, PersonK};
pub use k_map::KMap;
pub use l_diversity::LDiversity;
pub use n_t_closeness::NTCloseness;
pub use population_uniques::{PopulationModel, PopulationUniques};
pub use sample_uniques::SampleUniques;
pub use t_closeness::{Ground, TCloseness};
pub use whole::Whole;

use super::report::ClassSizes;

/// Counts of one class: the rows that are equal on all quasi-identifying columns.
///
/// # Examples
/// ```
/// use incog::kanon::model::{Class, LDiversity, PrivacyModel};
/// // Four rows of three persons; value 0 in three of them, value 5 in one.
/// let values = [(0, 3), (5, 1)];
/// let class = Class::new(4, 3, &values);
/// assert!(LDiversity::distinct("ill", 2)?.holds(&class));
/// assert!(!LDiversity::distinct("ill", 3)?.holds(&class));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Class<'a> {
    rows: u64,
    persons: u64,
    population: u64,
    values: &'a [(u32, u32)],
    whole: Option<&'a Whole>,
}

impl<'a> Class<'a> {
    /// A class of `rows` rows that belong to `persons` persons, with `values` as (code, rows) of the
    /// column that the model names, ascending.
    #[must_use]
    pub fn new(rows: u64, persons: u64, values: &'a [(u32, u32)]) -> Self {
        Class { rows, persons, population: 0, values, whole: None }
    }

    /// The same class, of which the population has `rows` rows.
    #[must_use]
    pub fn in_population(mut self, rows: u64) -> Self {
        self.population = rows;
        self
    }

    /// The same class, whose values are compared with those of `whole`.
    #[must_use]
    pub fn within(mut self, whole: &'a Whole) -> Self {
        self.whole = Some(whole);
        self
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Number of distinct persons: equal to the rows when no column names the person.
    #[must_use]
    pub fn persons(&self) -> u64 {
        self.persons
    }

    /// Number of rows of the population; 0 when there is none.
    #[must_use]
    pub fn population(&self) -> u64 {
        self.population
    }

    /// Values of the model's column, each with its number of rows (at least 1), ascending: first those that are known,
    /// then missing and suppressed ones. [`PrivacyModel::column`] names the column. Where a person has several rows,
    /// the numbers are those of persons, and one with several values counts for each.
    #[must_use]
    pub fn values(&self) -> &'a [(u32, u32)] {
        self.values
    }

    /// The values without missing and suppressed ones, which add nothing to diversity.
    #[must_use]
    pub fn known_values(&self) -> &'a [(u32, u32)] {
        match self.whole {
            None => self.values,
            Some(whole) => {
                let known = self.values.partition_point(|&(code, _)| code < whole.known());
                &self.values[..known]
            }
        }
    }

    /// What the class is compared with: the distribution of the model's column in all rows. None if the model names no
    /// column.
    #[must_use]
    pub fn whole(&self) -> Option<&'a Whole> {
        self.whole
    }
}

/// How a model behaves when classes merge: what the search may skip.
///
/// # Examples
/// ```
/// use incog::kanon::model::{DeltaDisclosure, KAnonymity, LDiversity, Monotonicity, PrivacyModel};
/// assert_eq!(KAnonymity::new(5)?.monotonicity(), Monotonicity::Upward);
/// assert_eq!(LDiversity::entropy("diagnosis", 2.0)?.monotonicity(), Monotonicity::Closed);
/// assert_eq!(DeltaDisclosure::new("diagnosis", 1.0)?.monotonicity(), Monotonicity::None);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Monotonicity {
    /// The union of a class that holds and any other class holds. Coarser generalizations then suppress
    /// fewer rows, never more.
    Upward,
    /// The union of classes that hold, holds. Coarser generalizations may suppress more rows, but not all of a class
    /// that fails can be kept by dividing it.
    Closed,
    /// Nothing can be concluded.
    None,
}

/// Which rows classes are compared with.
///
/// # Examples
/// ```
/// use incog::kanon::model::{Ground, PrivacyModel, Reference, TCloseness};
/// let model = TCloseness::new("diagnosis", 0.2, Ground::Equal)?;
/// assert_eq!(model.reference(), Reference::Input);
/// assert_eq!(model.compared_with(Reference::Released).reference(), Reference::Released);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Reference {
    /// All rows of the input. Their distribution is then part of the public card.
    #[default]
    Input,
    /// The released rows.
    Released,
}

/// A rule that each class, or the release, must meet. Open: users write their own.
///
/// # Examples
/// At most half of a class may share one value:
/// ```
/// use incog::kanon::model::{Class, PrivacyModel};
/// #[derive(Debug)]
/// struct HalfAtMost;
/// impl PrivacyModel for HalfAtMost {
///     fn name(&self) -> String {
///         "half at most".into()
///     }
///     fn column(&self) -> Option<&str> {
///         Some("diagnosis")
///     }
///     fn holds(&self, class: &Class<'_>) -> bool {
///         class.values().iter().all(|&(_, rows)| 2 * u64::from(rows) <= class.rows())
///     }
/// }
/// assert!(HalfAtMost.holds(&Class::new(4, 4, &[(0, 2), (1, 2)])));
/// assert!(!HalfAtMost.holds(&Class::new(4, 4, &[(0, 3), (1, 1)])));
/// ```
pub trait PrivacyModel: fmt::Debug + Send + Sync {
    /// Name with parameters, as in `10-anonymity`.
    fn name(&self) -> String;

    /// The sensitive column whose values [`Class::values`] counts, if the model looks at one.
    fn column(&self) -> Option<&str> {
        None
    }

    /// Whether `class` meets the rule. A model of releases holds for all.
    fn holds(&self, class: &Class<'_>) -> bool;

    /// How far `class` is from meeting the rule: zero if it does, and less for a class that is nearer. Local
    /// recoding prefers merges that bring classes nearer; what is released is decided by
    /// [`holds`](Self::holds) alone. The default tells only whether it holds.
    fn shortfall(&self, class: &Class<'_>) -> f64 {
        if self.holds(class) { 0.0 } else { 1.0 }
    }

    /// What the search may conclude about merged classes. The default is always right.
    fn monotonicity(&self) -> Monotonicity {
        Monotonicity::None
    }

    /// A number of rows of `class`, which does not hold, that no division of it into classes can keep. The default
    /// follows from [`monotonicity`](Self::monotonicity); a larger number prunes more.
    fn lost_rows(&self, class: &Class<'_>) -> u64 {
        match self.monotonicity() {
            Monotonicity::Upward => class.rows(),
            Monotonicity::Closed => class.rows().min(1),
            Monotonicity::None => 0,
        }
    }

    /// Whether classes of these sizes may be released together. What may not is mended by leaving out the smallest.
    fn admits(&self, released: &ClassSizes) -> bool {
        let _ = released;
        true
    }

    /// Which of its methods counts.
    fn scope(&self) -> Scope {
        Scope::Class
    }

    /// Which rows [`Class::whole`] is about.
    fn reference(&self) -> Reference {
        Reference::Input
    }

    /// What else than rows the model counts.
    fn counts(&self) -> Counts {
        Counts::Rows
    }

    /// What the model counts, for claims that a verifier recomputes. None for a user's own model.
    fn guarantee(&self) -> Option<Guarantee<'_>> {
        None
    }
}

/// What a model is a rule for.
///
/// # Examples
/// ```
/// use incog::kanon::model::{AverageRisk, KAnonymity, NTCloseness, PrivacyModel, Scope};
/// assert_eq!(KAnonymity::new(5)?.scope(), Scope::Class);
/// assert_eq!(NTCloseness::new("diagnosis", 1000, 0.2)?.scope(), Scope::Surroundings);
/// assert_eq!(AverageRisk::new(0.05)?.scope(), Scope::Release { monotone: true });
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// Each class, by [`PrivacyModel::holds`].
    Class,
    /// Each class, by [`PrivacyModel::holds`] with larger and larger sets around it for [`Class::whole`], until one
    /// does.
    Surroundings,
    /// The release, by [`PrivacyModel::admits`].
    Release {
        /// Whether a coarser generalization never has to leave out more rows.
        monotone: bool,
    },
}

/// What else than rows a model counts.
///
/// # Examples
/// ```
/// use incog::kanon::model::{Counts, KAnonymity, KMap, PersonK, PrivacyModel, TCloseness, Ground};
/// assert_eq!(KAnonymity::new(5)?.counts(), Counts::Persons);
/// assert_eq!(PersonK::new(5)?.counts(), Counts::NamedPersons);
/// assert!(matches!(KMap::new(5)?.counts(), Counts::Population { .. }));
/// assert_eq!(TCloseness::new("diagnosis", 0.2, Ground::Equal)?.counts(), Counts::Rows);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Counts {
    /// Nothing else.
    Rows,
    /// Persons, if a column names them.
    Persons,
    /// Persons; a request without a column that names them is refused.
    NamedPersons,
    /// Rows of a population; a request without one is refused.
    Population {
        /// Whether classes of which no row is released, or none is in the table, break the model.
        everywhere: bool,
    },
}

/// A guarantee in terms that a verifier knows.
///
/// # Examples
/// ```
/// use incog::kanon::model::{Guarantee, LDiversity, PrivacyModel};
/// let model = LDiversity::distinct("diagnosis", 3)?;
/// assert_eq!(model.guarantee(), Some(Guarantee::DistinctLDiversity { l: 3, column: "diagnosis" }));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Guarantee<'a> {
    /// Classes of at least `k` persons, or rows.
    KAnonymity {
        /// The least size of a class.
        k: u64,
    },
    /// Classes of at least `k` persons.
    PersonK {
        /// The least number of persons.
        k: u64,
    },
    /// Classes of which the population has at least `k` rows.
    KMap {
        /// The least number of rows of the population.
        k: u64,
    },
    /// At least `l` distinct values of `column` in each class.
    DistinctLDiversity {
        /// The least number of distinct values.
        l: u64,
        /// The sensitive column.
        column: &'a str,
    },
    /// An entropy of at least log `l`.
    EntropyLDiversity {
        /// The least exponential of the entropy.
        l: f64,
        /// The sensitive column.
        column: &'a str,
    },
    /// The most frequent value has fewer than `c` times the rows of the `l`-th and all rarer ones.
    RecursiveLDiversity {
        /// The factor.
        c: f64,
        /// How many values have to be ruled out.
        l: u64,
        /// The sensitive column.
        column: &'a str,
    },
    /// A distance of at most `t` from the whole.
    TCloseness {
        /// The largest distance.
        t: f64,
        /// How far apart two values are.
        ground: Ground,
        /// What classes are compared with.
        reference: Reference,
        /// The sensitive column.
        column: &'a str,
    },
    /// A distance of at most `t` from a set of at least `n` rows around the class.
    NTCloseness {
        /// The least size of the set.
        n: u64,
        /// The largest distance.
        t: f64,
        /// The sensitive column.
        column: &'a str,
    },
    /// A relative gain of at most `beta` for each value.
    BetaLikeness {
        /// The largest relative gain.
        beta: f64,
        /// Whether it is also at most -ln p.
        enhanced: bool,
        /// What classes are compared with.
        reference: Reference,
        /// The sensitive column.
        column: &'a str,
    },
    /// A log ratio of at most `delta` bits for each value present.
    DeltaDisclosure {
        /// The largest absolute log ratio.
        delta: f64,
        /// What classes are compared with.
        reference: Reference,
        /// The sensitive column.
        column: &'a str,
    },
    /// A share of at most `alpha` for each value.
    AlphaK {
        /// The largest share.
        alpha: f64,
        /// The sensitive column.
        column: &'a str,
    },
    /// Between these shares of the population.
    DeltaPresence {
        /// The least share.
        min: f64,
        /// The largest share.
        max: f64,
    },
    /// Classes over rows at most `risk`.
    AverageRisk {
        /// The largest average risk.
        risk: f64,
    },
    /// At most this share of rows alone.
    SampleUniques {
        /// The largest share.
        share: f64,
    },
    /// At most this share of a population estimated to be alone.
    PopulationUniques {
        /// The largest share.
        share: f64,
        /// The estimator.
        model: PopulationModel,
        /// The size of the population.
        population: u64,
    },
}

/// What keeps a comparison with a parameter from failing for the last digit of a decimal.
const TOLERANCE: f64 = 1e-12;
