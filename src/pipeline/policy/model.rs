//! The privacy models of a release, as a policy names them.

use crate::{
    error::{Error, Result},
    kanon::{
        Anonymizer, AnonymizerBuilder,
        model::{
            AlphaK, AverageRisk, BetaLikeness, DeltaDisclosure, DeltaPresence, Ground, KAnonymity, KMap,
            LDiversity, NTCloseness, PersonK, PopulationModel, PopulationUniques, Reference, SampleUniques,
            TCloseness,
        },
    },
};

/// A privacy model as the policy names it.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::pipeline::{Policy, policy::{ModelSpec, Release}};
/// let release = r#"
/// [release.table]
/// columns = ["age", "diagnosis"]
/// models = [{ k_anonymity = 10 }, { l_diversity = 3, variant = "distinct", column = "diagnosis" }]
/// search = "optimal"
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'\n[input]\npath = 'stays.csv'\n\
/// #      [columns]\nage = {{ role = 'quasi' }}\ndiagnosis = {{ role = 'sensitive' }}{release}"
/// # );
/// let policy = Policy::parse(&policy, Path::new("."))?;
/// let Release::Table(table) = &policy.releases()["table"] else { panic!("rows") };
/// assert_eq!(table.models[0], ModelSpec::KAnonymity(10));
/// assert_eq!((table.models[1].word(), table.models[1].column()), ("l_diversity", Some("diagnosis")));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ModelSpec {
    /// `{ k_anonymity = 10 }`
    KAnonymity(u64),
    /// `{ person_k = 10 }`
    PersonK(u64),
    /// `{ k_map = 10, population = "register.csv" }`
    KMap {
        /// The least number of rows of the population.
        k: u64,
        /// The population's file, relative to the policy.
        population: String,
    },
    /// `{ l_diversity = 3, variant = "distinct", column = "diagnosis" }`
    DistinctLDiversity {
        /// The least number of distinct values.
        l: u64,
        /// The sensitive column.
        column: String,
    },
    /// `{ l_diversity = 2.5, variant = "entropy", column = "diagnosis" }`
    EntropyLDiversity {
        /// The least exponential of the entropy.
        l: f64,
        /// The sensitive column.
        column: String,
    },
    /// `{ l_diversity = 3, variant = "recursive", c = 2.0, column = "diagnosis" }`
    RecursiveLDiversity {
        /// The factor.
        c: f64,
        /// How many values have to be ruled out.
        l: u64,
        /// The sensitive column.
        column: String,
    },
    /// `{ t_closeness = 0.3, ground = "equal", column = "diagnosis" }`
    TCloseness {
        /// The largest distance.
        t: f64,
        /// How far apart two values are.
        ground: Ground,
        /// What classes are compared with.
        reference: Reference,
        /// The sensitive column.
        column: String,
    },
    /// `{ n_t_closeness = [1000, 0.3], column = "diagnosis" }`
    NTCloseness {
        /// The least number of rows around a class.
        n: u64,
        /// The largest distance.
        t: f64,
        /// The sensitive column.
        column: String,
    },
    /// `{ beta_likeness = 2.0, variant = "basic", column = "diagnosis" }`
    BetaLikeness {
        /// The largest relative gain.
        beta: f64,
        /// Whether it is also at most -ln of the frequency.
        enhanced: bool,
        /// What classes are compared with.
        reference: Reference,
        /// The sensitive column.
        column: String,
    },
    /// `{ delta_disclosure = 1.0, column = "diagnosis" }`
    DeltaDisclosure {
        /// The largest absolute log ratio, in bits.
        delta: f64,
        /// What classes are compared with.
        reference: Reference,
        /// The sensitive column.
        column: String,
    },
    /// `{ alpha_k = [0.5, 10], column = "diagnosis" }`
    AlphaK {
        /// The largest share of a value.
        alpha: f64,
        /// The least size of a class.
        k: u64,
        /// The sensitive column.
        column: String,
    },
    /// `{ delta_presence = [0.0, 0.2], population = "register.csv" }`
    DeltaPresence {
        /// The least share of a class of the population.
        min: f64,
        /// The largest share.
        max: f64,
        /// The population's file, relative to the policy.
        population: String,
    },
    /// `{ average_risk = 0.05 }`
    AverageRisk(f64),
    /// `{ sample_uniques = 0.01 }`
    SampleUniques(f64),
    /// `{ population_uniques = 0.001, model = "dankar", population_size = 300000 }`
    PopulationUniques {
        /// The largest share of the population.
        share: f64,
        /// The estimator.
        model: PopulationModel,
        /// The number of members of the population.
        population: u64,
    },
}

impl ModelSpec {
    /// The column that it reads as a number, if it does.
    pub(super) fn number(&self) -> Option<&str> {
        match self {
            ModelSpec::TCloseness { ground: Ground::Ordered, column, .. } => Some(column),
            _ => None,
        }
    }

    pub(super) fn new(mut settings: toml::Table) -> Result<Self> {
        let Some(name) = MODELS.iter().find(|m| settings.contains_key(**m)) else {
            let name = settings.keys().next().cloned().unwrap_or_default();
            return Err(Error::unknown_word("model", &name, MODELS));
        };
        let value = settings.remove(*name).unwrap_or(toml::Value::Boolean(false));
        let mut entry = Entry { name, value, settings };
        let spec = entry.read()?;
        if let Some(extra) = entry.settings.keys().next() {
            return Err(Error::unused_model_setting(extra, name));
        }
        // Parameters out of range are known before there is a table.
        spec.add_to(Anonymizer::builder())?;
        Ok(spec)
    }

    /// The word for it in the policy.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            ModelSpec::KAnonymity(_) => "k_anonymity",
            ModelSpec::PersonK(_) => "person_k",
            ModelSpec::KMap { .. } => "k_map",
            ModelSpec::DistinctLDiversity { .. }
            | ModelSpec::EntropyLDiversity { .. }
            | ModelSpec::RecursiveLDiversity { .. } => "l_diversity",
            ModelSpec::TCloseness { .. } => "t_closeness",
            ModelSpec::NTCloseness { .. } => "n_t_closeness",
            ModelSpec::BetaLikeness { .. } => "beta_likeness",
            ModelSpec::DeltaDisclosure { .. } => "delta_disclosure",
            ModelSpec::AlphaK { .. } => "alpha_k",
            ModelSpec::DeltaPresence { .. } => "delta_presence",
            ModelSpec::AverageRisk(_) => "average_risk",
            ModelSpec::SampleUniques(_) => "sample_uniques",
            ModelSpec::PopulationUniques { .. } => "population_uniques",
        }
    }

    /// The sensitive column that it counts, if any.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            ModelSpec::DistinctLDiversity { column, .. }
            | ModelSpec::EntropyLDiversity { column, .. }
            | ModelSpec::RecursiveLDiversity { column, .. }
            | ModelSpec::TCloseness { column, .. }
            | ModelSpec::NTCloseness { column, .. }
            | ModelSpec::BetaLikeness { column, .. }
            | ModelSpec::DeltaDisclosure { column, .. }
            | ModelSpec::AlphaK { column, .. } => Some(column),
            _ => None,
        }
    }

    /// The least size of a class that it asks for, if it does.
    #[must_use]
    pub const fn k(&self) -> Option<u64> {
        match self {
            ModelSpec::KAnonymity(k) | ModelSpec::PersonK(k) | ModelSpec::AlphaK { k, .. } => Some(*k),
            _ => None,
        }
    }

    /// The same with another least size of a class, if it asks for one.
    pub(crate) fn with_k(&self, k: u64) -> Self {
        match self.clone() {
            ModelSpec::KAnonymity(_) => ModelSpec::KAnonymity(k),
            ModelSpec::PersonK(_) => ModelSpec::PersonK(k),
            ModelSpec::AlphaK { alpha, column, .. } => ModelSpec::AlphaK { alpha, k, column },
            other => other,
        }
    }

    /// The file of the population that it counts, relative to the policy.
    #[must_use]
    pub fn population(&self) -> Option<&str> {
        match self {
            ModelSpec::KMap { population, .. } | ModelSpec::DeltaPresence { population, .. } => {
                Some(population)
            }
            _ => None,
        }
    }

    pub(crate) fn add_to(&self, builder: AnonymizerBuilder) -> Result<AnonymizerBuilder> {
        Ok(match self {
            ModelSpec::KAnonymity(k) => builder.model(KAnonymity::new(*k)?),
            ModelSpec::PersonK(k) => builder.model(PersonK::new(*k)?),
            ModelSpec::KMap { k, .. } => builder.model(KMap::new(*k)?),
            ModelSpec::DistinctLDiversity { l, column } => builder.model(LDiversity::distinct(column, *l)?),
            ModelSpec::EntropyLDiversity { l, column } => builder.model(LDiversity::entropy(column, *l)?),
            ModelSpec::RecursiveLDiversity { c, l, column } => {
                builder.model(LDiversity::recursive(column, *c, *l)?)
            }
            ModelSpec::TCloseness { t, ground, reference, column } => {
                builder.model(TCloseness::new(column, *t, *ground)?.compared_with(*reference))
            }
            ModelSpec::NTCloseness { n, t, column } => builder.model(NTCloseness::new(column, *n, *t)?),
            ModelSpec::BetaLikeness { beta, enhanced, reference, column } => {
                let model = if *enhanced {
                    BetaLikeness::enhanced(column, *beta)?
                } else {
                    BetaLikeness::basic(column, *beta)?
                };
                builder.model(model.compared_with(*reference))
            }
            ModelSpec::DeltaDisclosure { delta, reference, column } => {
                builder.model(DeltaDisclosure::new(column, *delta)?.compared_with(*reference))
            }
            ModelSpec::AlphaK { alpha, k, column } => {
                builder.model(AlphaK::new(column, *alpha)?).model(KAnonymity::new(*k)?)
            }
            ModelSpec::DeltaPresence { min, max, .. } => builder.model(DeltaPresence::new(*min, *max)?),
            ModelSpec::AverageRisk(risk) => builder.model(AverageRisk::new(*risk)?),
            ModelSpec::SampleUniques(share) => builder.model(SampleUniques::new(*share)?),
            ModelSpec::PopulationUniques { share, model, population } => {
                builder.model(PopulationUniques::new(*share, *model, *population)?)
            }
        })
    }
}

/// One model's entry: the value under its name, and the settings beside it that were not read yet.
struct Entry {
    name: &'static str,
    value: toml::Value,
    settings: toml::Table,
}

impl Entry {
    fn read(&mut self) -> Result<ModelSpec> {
        Ok(match self.name {
            "k_anonymity" => ModelSpec::KAnonymity(self.whole()?),
            "person_k" => ModelSpec::PersonK(self.whole()?),
            "k_map" => ModelSpec::KMap { k: self.whole()?, population: self.population()? },
            "l_diversity" => {
                let variant = self.word("variant", &["distinct", "entropy", "recursive"], None)?;
                let column = self.column()?;
                match variant {
                    "entropy" => ModelSpec::EntropyLDiversity { l: self.number()?, column },
                    "recursive" => {
                        let c = self.settings.remove("c").as_ref().and_then(number);
                        let c = c.ok_or_else(|| Error::model_without(self.name, "c", "c = 2.0"))?;
                        ModelSpec::RecursiveLDiversity { c, l: self.whole()?, column }
                    }
                    _ => ModelSpec::DistinctLDiversity { l: self.whole()?, column },
                }
            }
            "t_closeness" => {
                let ground = match self.word("ground", &["equal", "ordered", "hierarchical"], None)? {
                    "ordered" => Ground::Ordered,
                    "hierarchical" => Ground::Hierarchical,
                    _ => Ground::Equal,
                };
                let reference = self.reference()?;
                ModelSpec::TCloseness { t: self.number()?, ground, reference, column: self.column()? }
            }
            "n_t_closeness" => {
                let (n, t) = self.pair("[1000, 0.3]")?;
                let n = whole(&n).ok_or_else(|| Error::model_pair(self.name, "[1000, 0.3]"))?;
                ModelSpec::NTCloseness { n, t: self.number_of(&t)?, column: self.column()? }
            }
            "beta_likeness" => {
                let enhanced = self.word("variant", &["basic", "enhanced"], None)? == "enhanced";
                let reference = self.reference()?;
                ModelSpec::BetaLikeness { beta: self.number()?, enhanced, reference, column: self.column()? }
            }
            "delta_disclosure" => {
                let reference = self.reference()?;
                ModelSpec::DeltaDisclosure { delta: self.number()?, reference, column: self.column()? }
            }
            "alpha_k" => {
                let (alpha, k) = self.pair("[0.5, 10]")?;
                let k = whole(&k).ok_or_else(|| Error::model_pair(self.name, "[0.5, 10]"))?;
                ModelSpec::AlphaK { alpha: self.number_of(&alpha)?, k, column: self.column()? }
            }
            "delta_presence" => {
                let (min, max) = self.pair("[0.0, 0.2]")?;
                let (min, max) = (self.number_of(&min)?, self.number_of(&max)?);
                ModelSpec::DeltaPresence { min, max, population: self.population()? }
            }
            "average_risk" => ModelSpec::AverageRisk(self.number()?),
            "sample_uniques" => ModelSpec::SampleUniques(self.number()?),
            _ => {
                let model = match self.word("model", &["pitman", "zayatz", "snb", "dankar"], None)? {
                    "pitman" => PopulationModel::Pitman,
                    "zayatz" => PopulationModel::Zayatz,
                    "snb" => PopulationModel::Snb,
                    _ => PopulationModel::Dankar,
                };
                let size = self.settings.remove("population_size").as_ref().and_then(whole);
                let population = size.ok_or_else(|| {
                    Error::model_without(self.name, "population_size", "population_size = 300000")
                })?;
                ModelSpec::PopulationUniques { share: self.number()?, model, population }
            }
        })
    }

    fn whole(&self) -> Result<u64> {
        whole(&self.value).ok_or_else(|| Error::model_parameter(self.name))
    }

    fn number(&self) -> Result<f64> {
        self.number_of(&self.value)
    }

    fn number_of(&self, value: &toml::Value) -> Result<f64> {
        number(value).ok_or_else(|| Error::model_number(self.name))
    }

    /// A list of two.
    fn pair(&self, example: &str) -> Result<(toml::Value, toml::Value)> {
        match self.value.as_array().map(Vec::as_slice) {
            Some([a, b]) => Ok((a.clone(), b.clone())),
            _ => Err(Error::model_pair(self.name, example)),
        }
    }

    /// The setting `key`, which is one of `known`; without a default it must be there.
    fn word(
        &mut self,
        key: &str,
        known: &[&'static str],
        default: Option<&'static str>,
    ) -> Result<&'static str> {
        match self.settings.remove(key) {
            Some(value) => {
                let word = value.as_str().unwrap_or_default();
                known
                    .iter()
                    .find(|k| **k == word)
                    .copied()
                    .ok_or_else(|| Error::unknown_word(key, word, known))
            }
            None => default
                .ok_or_else(|| Error::model_without(self.name, key, &format!("{key} = \"{}\"", known[0]))),
        }
    }

    fn reference(&mut self) -> Result<Reference> {
        Ok(match self.word("reference", &["input", "released"], Some("input"))? {
            "released" => Reference::Released,
            _ => Reference::Input,
        })
    }

    fn column(&mut self) -> Result<String> {
        let column = self.settings.remove("column");
        column.as_ref().and_then(toml::Value::as_str).map(str::to_owned).ok_or_else(|| {
            Error::model_without(
                self.name,
                "column",
                "column = \"diagnosis\", the sensitive column that it counts",
            )
        })
    }

    fn population(&mut self) -> Result<String> {
        let path = self.settings.remove("population");
        path.as_ref().and_then(toml::Value::as_str).map(str::to_owned).ok_or_else(|| {
            Error::model_without(
                self.name,
                "population",
                "population = \"register.csv\", a table that the input is a part of",
            )
        })
    }
}

fn whole(value: &toml::Value) -> Option<u64> {
    value.as_integer().and_then(|n| u64::try_from(n).ok())
}

fn number(value: &toml::Value) -> Option<f64> {
    let whole = || value.as_integer().and_then(|n| n.to_string().parse().ok());
    value.as_float().or_else(whole)
}

const MODELS: &[&str] = &[
    "k_anonymity",
    "person_k",
    "k_map",
    "l_diversity",
    "t_closeness",
    "n_t_closeness",
    "beta_likeness",
    "delta_disclosure",
    "alpha_k",
    "delta_presence",
    "average_risk",
    "sample_uniques",
    "population_uniques",
];
