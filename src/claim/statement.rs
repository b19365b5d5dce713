//! What can be claimed of a release: one variant for each meaning, in the form that cards have.

use std::collections::BTreeMap;

/// What holds. Meanings never change; a new meaning is a new variant.
///
/// # Examples
/// ```
/// use incog::claim::{Check, Claim, Statement};
/// # let columns = vec!["age".to_owned(), "zip".to_owned()];
/// # let claims = [
/// #     Claim::new("table", Check::Recomputed, Statement::SampleUniques { share: 0.01, columns: columns.clone() }),
/// #     Claim::new("table", Check::Replayable, Statement::PersonKAnonymity { k: 5, columns, person: "patient".into() }),
/// # ];
/// // Of the claims of a card: how many persons, at the least, is one row among?
/// let k = claims.iter().filter_map(|claim| match &claim.statement {
///     Statement::PersonKAnonymity { k, .. } => Some(*k),
///     _ => None,
/// });
/// assert_eq!(k.max(), Some(5));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[non_exhaustive]
pub enum Statement {
    /// Each released row equals at least `k - 1` others on `columns`.
    KAnonymity {
        /// The size of the smallest class is at least this.
        k: u64,
        /// The quasi-identifying columns.
        columns: Vec<String>,
        /// The insensitive columns, which may be known to someone after all.
        insensitive: Vec<String>,
        /// The smallest class when the insensitive columns count as well; none when there are no such columns.
        with_insensitive: Option<u64>,
    },
    /// Each class of rows that are equal on `columns` belongs to at least `k` persons of `person`.
    PersonKAnonymity {
        /// The least number of distinct persons in a class.
        k: u64,
        /// The quasi-identifying columns.
        columns: Vec<String>,
        /// The raw column that names the person; it is not released.
        person: String,
    },
    /// Each class of rows that are equal on `columns` holds at least `l` distinct values of `sensitive`.
    DistinctLDiversity {
        /// The least number of distinct values in a class.
        l: u64,
        /// The sensitive column.
        sensitive: String,
        /// The quasi-identifying columns.
        columns: Vec<String>,
        /// Values that count as missing, beside missing ones and `*`.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
        unknown: Vec<String>,
    },
    /// The entropy of the values in each class is at least the logarithm of `l`.
    EntropyLDiversity {
        /// The least exponential of the entropy.
        l: f64,
        /// The values.
        of: Values,
    },
    /// In each class the most frequent value has fewer than `c` times the rows of the `l`-th and all rarer ones.
    RecursiveLDiversity {
        /// The factor.
        c: f64,
        /// How many values have to be ruled out.
        l: u64,
        /// The values.
        of: Values,
    },
    /// The values of each class are distributed as in `reference`, within the distance `t`.
    TCloseness {
        /// The largest distance.
        t: f64,
        /// The values.
        of: Values,
        /// How far apart two values are.
        ground: GroundDistance,
        /// What classes are compared with.
        reference: ComparedWith,
    },
    /// The values of each class are distributed as in at least `n` released rows around it: those that are equal to
    /// it on the first columns, for some number of them. Distances are equal.
    NTCloseness {
        /// The least number of rows.
        n: u64,
        /// The largest distance.
        t: f64,
        /// The values.
        of: Values,
    },
    /// No value is more frequent in a class than in `reference` by more than the share `beta` of its frequency there.
    BetaLikeness {
        /// The largest relative gain.
        beta: f64,
        /// Whether it is also at most -ln of the frequency in `reference`.
        enhanced: bool,
        /// The values.
        of: Values,
        /// What classes are compared with.
        reference: ComparedWith,
    },
    /// The log ratio (base 2) of the frequencies of each value present in a class, there and in `reference`, is at most
    /// `delta`.
    DeltaDisclosure {
        /// The largest absolute log ratio.
        delta: f64,
        /// The values.
        of: Values,
        /// What classes are compared with.
        reference: ComparedWith,
    },
    /// No value has more than the share `alpha` of the known values of a class. Where persons are counted, that is a share of the pairs
    /// of a person and a value: of persons with several values, more may have one of them.
    AlphaK {
        /// The largest share.
        alpha: f64,
        /// The values.
        of: Values,
    },
    /// The population has at least `k` rows of each class.
    KMap {
        /// The least number of rows of the population.
        k: u64,
        /// The quasi-identifying columns.
        columns: Vec<String>,
    },
    /// The table has between these shares of the population's rows of each class.
    DeltaPresence {
        /// The least share.
        min: f64,
        /// The largest share.
        max: f64,
        /// The quasi-identifying columns.
        columns: Vec<String>,
    },
    /// Classes over rows are at most `risk`.
    AverageRisk {
        /// The largest average risk.
        risk: f64,
        /// The quasi-identifying columns.
        columns: Vec<String>,
    },
    /// At most the share `share` of the released rows stand alone.
    SampleUniques {
        /// The largest share.
        share: f64,
        /// The quasi-identifying columns.
        columns: Vec<String>,
    },
    /// At most the share `share` of a population is estimated to stand alone.
    PopulationUniques {
        /// The largest share.
        share: f64,
        /// The estimator: `pitman`, `zayatz`, `snb` or `dankar`.
        model: String,
        /// The number of members of the population.
        population: u64,
        /// The quasi-identifying columns.
        columns: Vec<String>,
    },
    /// Attacks on the table, tried on its members and on persons who were held back from it, succeeded on members by at most
    /// `max_excess` more often: the upper limit of each attack's interval.
    ExcessRisk {
        /// What was tried: `singling_out`, `linkability`, `inference`, `register_linkage`.
        attacks: Vec<String>,
        /// The released columns that the attacker was given.
        columns: Vec<String>,
        /// Those that he wanted.
        sensitive: Vec<String>,
        /// No upper limit is above this share of attempts.
        max_excess: f64,
        /// The confidence of each interval, as a share.
        confidence: f64,
        /// The share of persons who were held back.
        control: f64,
    },
    /// Identifiers were replaced by keyed stand-ins or removed. Whoever holds the key can undo it, and
    /// what else is in the row may still single a person out.
    Pseudonymised {
        /// What was done, column by column.
        columns: Vec<ColumnTreatment>,
    },
    /// A scan of these text columns found nothing of the named kinds at or above the confidence.
    NothingFound {
        /// The text columns.
        columns: Vec<String>,
        /// The kinds looked for.
        entities: Vec<String>,
        /// Findings below this confidence were not counted, in thousandths.
        min_confidence_permille: u16,
    },
    /// A scan of these text columns by the policy's own scanner found nothing of the named kinds. Recognizers and
    /// allowed values are in the policy and not on the card.
    NothingFoundByPolicy {
        /// The text columns.
        columns: Vec<String>,
        /// The kinds looked for, each with the confidence in thousandths below which findings were not counted.
        entities: BTreeMap<String, u16>,
        /// Kinds for which the policy has recognizers of its own.
        own: Vec<String>,
        /// How many values the policy allows to stay, whatever finds them.
        allowed: u64,
    },
    /// Rows of a hidden sample with differential privacy, for adding or removing one person: levels that were drawn, and classes
    /// of at least `k` sampled rows.
    SampledRows {
        /// Decimal text of the epsilon that was charged.
        epsilon: String,
        /// Decimal text of the delta that was charged.
        delta: String,
        /// The relation between neighboring tables.
        neighbors: String,
        /// The raw column that names the person.
        person: String,
        /// The released columns, all quasi-identifying.
        columns: Vec<String>,
        /// The least number of sampled rows of a class.
        k: u64,
        /// The probability with which a person is in the sample.
        sampling: f64,
    },
    /// Statistics with differential privacy, for adding or removing all rows of one person.
    DifferentialPrivacy {
        /// Decimal text of the epsilon that was charged.
        epsilon: String,
        /// Decimal text of the delta that was charged.
        delta: String,
        /// The relation between neighboring tables.
        neighbors: String,
        /// The raw column that names the person.
        person: String,
    },
    /// Statistics whose privacy loss is bounded in a measure other than (epsilon, delta), for all rows of one person.
    PrivacyLoss {
        /// The measure and the amount that was charged, as in `zcdp rho=0.125`.
        amount: String,
        /// The relation between neighboring tables.
        neighbors: String,
        /// The raw column that names the person.
        person: String,
    },
}

/// The values of a sensitive column in the classes of a release.
///
/// # Examples
/// ```
/// # #[cfg(feature = "serde")]
/// # fn main() -> Result<(), serde_json::Error> {
/// use incog::claim::Values;
/// // As it stands in a card.
/// let of: Values = serde_json::from_str(
///     r#"{"sensitive": "diagnosis", "columns": ["age", "ward"], "unknown": ["n/a"], "person": "patient"}"#,
/// )?;
/// assert_eq!((of.sensitive.as_str(), of.columns.len()), ("diagnosis", 2));
/// assert_eq!(of.person.as_deref(), Some("patient"), "persons are counted, and not rows");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "serde"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct Values {
    /// The sensitive column.
    pub sensitive: String,
    /// The quasi-identifying columns: rows that are equal on them are a class.
    pub columns: Vec<String>,
    /// Values that count as missing, beside missing ones and `*`.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub unknown: Vec<String>,
    /// The raw column that names the person, if persons are counted and not rows. It is not released.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub person: Option<String>,
}

/// How far apart two different values are, from 0 to 1.
///
/// # Examples
/// ```
/// # #[cfg(feature = "kanon")]
/// # fn main() -> incog::Result<()> {
/// # use incog::{kanon::{Anonymizer, Hierarchy, model::{Ground, KAnonymity, TCloseness}}, table::{Column, Table}};
/// use incog::claim::{GroundDistance, Statement};
/// # let table = Table::new([
/// #     ("zip", Column::from_values(["13053", "13068", "13053", "13068"])?),
/// #     ("stage", Column::from_values(["1", "2", "3", "4"])?),
/// # ])?;
/// # let builder = Anonymizer::builder().quasi_identifier("zip", Hierarchy::prefix(&[5, 0])?).sensitive("stage");
/// // Stages 1 and 2 are near one another: their order counts.
/// let near = TCloseness::new("stage", 0.5, Ground::Ordered)?;
/// let anonymizer = builder.model(KAnonymity::new(2)?).model(near).build()?;
/// let claims = anonymizer.claims("table", &table, &anonymizer.run(&table)?)?;
/// let grounds = claims.iter().filter_map(|claim| match &claim.statement {
///     Statement::TCloseness { ground, .. } => Some(ground),
///     _ => None,
/// });
/// assert_eq!(grounds.collect::<Vec<_>>(), [&GroundDistance::Ordered]);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "kanon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[non_exhaustive]
pub enum GroundDistance {
    /// All by 1.
    Equal,
    /// By the number of steps between them in the order of the numbers, over the largest number; unknown values are one more
    /// step at the end.
    Ordered,
    /// By the level at which they are in one group, over the number of levels.
    Hierarchical {
        /// For each value the number of its group on each level, the finest first; the empty text is a missing value.
        groups: BTreeMap<String, Vec<u32>>,
    },
}

/// What the classes of a release are compared with.
///
/// # Examples
/// ```
/// # #[cfg(feature = "kanon")]
/// # fn main() -> incog::Result<()> {
/// # use incog::{kanon::{Anonymizer, Hierarchy, model::{BetaLikeness, Reference}}, table::{Column, Table}};
/// use incog::claim::{ComparedWith, Statement};
/// # let table = Table::new([
/// #     ("zip", Column::from_values(["13053", "13068", "13053", "13068"])?),
/// #     ("ill", Column::from_values(["flu", "flu", "flu", "angina"])?),
/// # ])?;
/// # let builder = Anonymizer::builder().quasi_identifier("zip", Hierarchy::prefix(&[5, 0])?).sensitive("ill");
/// let near = BetaLikeness::basic("ill", 1.0)?.compared_with(Reference::Input);
/// let anonymizer = builder.model(near).build()?;
/// for claim in anonymizer.claims("table", &table, &anonymizer.run(&table)?)? {
///     // Whoever publishes this claim publishes how many rows of the input have each value.
///     if let Statement::BetaLikeness { reference: ComparedWith::Input { values, .. }, .. } = claim.statement {
///         assert_eq!((values["flu"], values["angina"]), (3, 1));
///     }
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "kanon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[non_exhaustive]
pub enum ComparedWith {
    /// All released rows.
    Released,
    /// All rows of the input, also those that are left out. Their distribution is public with the card.
    Input {
        /// Rows of each value; the empty text is a missing value.
        values: BTreeMap<String, u64>,
        /// Rows with values that no released row has, where nothing but their number counts.
        others: u64,
    },
    /// All rows of the input; their distribution is not on the card, because persons are counted and not rows.
    Withheld,
}

/// What was done to one column of a pseudonymised release.
///
/// # Examples
/// ```
/// # #[cfg(feature = "serde")]
/// # fn main() -> Result<(), serde_json::Error> {
/// use incog::claim::{ColumnTreatment, Statement};
/// // As it stands in a card.
/// let statement = r#"{"pseudonymised": {"columns": [
///     {"column": "name", "treatment": "token"}, {"column": "age", "treatment": "kept"}
/// ]}}"#;
/// if let Statement::Pseudonymised { columns } = serde_json::from_str(statement)? {
///     let kept = columns.iter().filter(|of: &&ColumnTreatment| of.treatment == "kept");
///     assert_eq!(kept.map(|of| of.column.as_str()).collect::<Vec<_>>(), ["age"], "whoever knows an age may find a row");
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "serde"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct ColumnTreatment {
    /// Name of the column.
    pub column: String,
    /// What was done to it, in a word: `token`, `fpe`, `date_shift`, `scrub`, `generalized`, `kept`.
    pub treatment: String,
}

impl ColumnTreatment {
    /// `treatment` was done to `column`.
    #[must_use]
    pub fn new(column: impl Into<String>, treatment: impl Into<String>) -> Self {
        ColumnTreatment { column: column.into(), treatment: treatment.into() }
    }
}

impl Values {
    /// The values of `sensitive` in the classes of rows that are equal on `columns`.
    #[must_use]
    pub fn new(sensitive: impl Into<String>, columns: Vec<String>) -> Self {
        Values { sensitive: sensitive.into(), columns, unknown: Vec::new(), person: None }
    }

    /// The same, where these values count as missing.
    #[must_use]
    pub fn unknown(mut self, values: Vec<String>) -> Self {
        self.unknown = values;
        self
    }

    /// The same, counted in persons that the raw column `person` names.
    #[must_use]
    pub fn person(mut self, person: Option<String>) -> Self {
        self.person = person;
        self
    }
}
