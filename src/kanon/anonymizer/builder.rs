//! Collecting a request, and checking it.

use super::{Anonymizer, QuasiColumn, SensitiveColumn};
use crate::{
    error::{Error, Result},
    kanon::{
        Metric, Search,
        hierarchy::Hierarchy,
        model::{Counts, Ground, Guarantee, PrivacyModel},
    },
};

/// Collects what [`Anonymizer`] needs; `build` checks it.
///
/// # Examples
/// A column whose values a model counts has to be declared, which `build` says before any table is read:
/// ```
/// use incog::kanon::{Anonymizer, Hierarchy, model::{KAnonymity, LDiversity}};
/// let request = || -> incog::Result<_> {
///     Ok(Anonymizer::builder()
///         .quasi_identifier("zip", Hierarchy::prefix(&[5, 3, 0])?)
///         .model(KAnonymity::new(5)?)
///         .model(LDiversity::distinct("diagnosis", 2)?)
///         .max_suppressed(0.01))
/// };
/// let error = request()?.build().unwrap_err();
/// assert!(error.to_string().ends_with("counts column 'diagnosis', which is not declared sensitive"));
/// assert!(request()?.sensitive("diagnosis").build().is_ok());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct AnonymizerBuilder {
    columns: Vec<QuasiColumn>,
    sensitive: Vec<SensitiveColumn>,
    insensitive: Vec<String>,
    person: Option<String>,
    models: Vec<Box<dyn PrivacyModel>>,
    max_suppressed: Option<f64>,
    metric: Option<Metric>,
    search: Option<Search>,
    max_steps: Option<u64>,
    time_limit: Option<std::time::Duration>,
    compared: Vec<String>,
}

impl AnonymizerBuilder {
    /// The values of `column` may become coarser by `hierarchy`.
    #[must_use]
    pub fn quasi_identifier(self, column: impl Into<String>, hierarchy: Hierarchy) -> Self {
        self.quasi_identifier_with(QuasiColumn::new(column, hierarchy))
    }

    /// The values of a column may become coarser, with a weight, bounds of its levels, or a rule for what is missing.
    #[must_use]
    pub fn quasi_identifier_with(mut self, column: QuasiColumn) -> Self {
        self.columns.push(column);
        self
    }

    /// `column` is released as it is, and models may count its values.
    #[must_use]
    pub fn sensitive(mut self, column: impl Into<SensitiveColumn>) -> Self {
        self.sensitive.push(column.into());
        self
    }

    /// `column` is released as it is. The report says what the smallest class is when it counts as well.
    #[must_use]
    pub fn insensitive(mut self, column: impl Into<String>) -> Self {
        self.insensitive.push(column.into());
        self
    }

    /// `column` names the person, so that classes count persons and not rows. It is not released.
    #[must_use]
    pub fn person(mut self, column: impl Into<String>) -> Self {
        self.person = Some(column.into());
        self
    }

    /// Each class must meet `model`. Several models must all hold.
    #[must_use]
    pub fn model(mut self, model: impl PrivacyModel + 'static) -> Self {
        self.models.push(Box::new(model));
        self
    }

    /// The share of rows that may be left out. The default is none.
    #[must_use]
    pub fn max_suppressed(mut self, share: f64) -> Self {
        self.max_suppressed = Some(share);
        self
    }

    /// What to minimize. The default is [`Metric::Loss`].
    #[must_use]
    pub fn metric(mut self, metric: Metric) -> Self {
        self.metric = Some(metric);
        self
    }

    /// How to search. The default is [`Search::Optimal`].
    #[must_use]
    pub fn search(mut self, search: Search) -> Self {
        self.search = Some(search);
        self
    }

    /// At most this many looks at a class, for [`Search::Local`], or at a generalization, for [`Search::BestEffort`].
    /// Without, local recoding ends when little is gained. The result does not depend on time, so a limit in steps can be
    /// repeated.
    #[must_use]
    pub fn max_steps(mut self, steps: u64) -> Self {
        self.max_steps = Some(steps);
        self
    }

    /// At most this long, for [`Search::BestEffort`]. Where the limit is met, the result depends on the machine.
    #[must_use]
    pub fn time_limit(mut self, limit: std::time::Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// The report says for each value of `column` how many rows are suppressed and what the others lose.
    #[must_use]
    pub fn compare_groups(mut self, column: impl Into<String>) -> Self {
        self.compared.push(column.into());
        self
    }

    /// The checked request.
    ///
    /// # Errors
    /// `Parameter` without a quasi-identifying column or a model, if a column has two roles, if a model
    /// counts a column that is not sensitive, if the share or a weight is out of range, if a model needs a person or a
    /// hierarchy that is not there, or if a setting has no effect on the search.
    pub fn build(self) -> Result<Anonymizer> {
        let max_suppressed = self.max_suppressed.unwrap_or(0.0);
        if !(0.0..=1.0).contains(&max_suppressed) {
            return Err(Error::suppression_limit(max_suppressed));
        }
        if self.columns.is_empty() {
            return Err(Error::no_quasi_identifier());
        }
        if self.models.is_empty() {
            return Err(Error::no_model());
        }
        self.check_columns()?;
        for model in &self.models {
            self.check_model(model.as_ref())?;
        }
        let (search, metric) = (self.search.unwrap_or_default(), self.metric.unwrap_or_default());
        if search.is_by_class() {
            if metric.is_of_class_sizes() {
                return Err(Error::metric_of_classes());
            }
            if let Some(column) = self.columns.iter().find(|c| c.is_of_levels()) {
                return Err(Error::setting_of_one_level_per_column(&column.name));
            }
        }
        if search == Search::BestEffort && self.max_steps.is_none() && self.time_limit.is_none() {
            return Err(Error::best_effort_without_limit());
        }
        Ok(Anonymizer {
            columns: self.columns,
            sensitive: self.sensitive,
            insensitive: self.insensitive,
            person: self.person,
            models: self.models,
            max_suppressed,
            metric,
            search,
            max_steps: self.max_steps,
            time_limit: self.time_limit,
            compared: self.compared,
        })
    }

    fn check_columns(&self) -> Result<()> {
        let quasi = self.columns.iter().map(|c| &c.name);
        let sensitive = self.sensitive.iter().map(|c| &c.name);
        let mut names: Vec<&String> =
            quasi.chain(sensitive).chain(&self.insensitive).chain(&self.person).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|w| w[0] == w[1]) {
            return Err(Error::repeated_role(twice[0]));
        }
        if let Some(column) = self.columns.iter().find(|c| !(c.weight >= 0.0 && c.weight.is_finite())) {
            return Err(Error::column_weight(&column.name, column.weight));
        }
        if self.columns.iter().all(|c| c.weight <= 0.0) {
            return Err(Error::column_weight(&self.columns[0].name, 0.0));
        }
        Ok(())
    }

    fn check_model(&self, model: &dyn PrivacyModel) -> Result<()> {
        if model.counts() == Counts::NamedPersons && self.person.is_none() {
            return Err(Error::model_without_person(&model.name()));
        }
        let Some(name) = model.column() else { return Ok(()) };
        let Some(column) = self.sensitive.iter().find(|c| c.name == name) else {
            return Err(Error::model_column_not_sensitive(&model.name(), name));
        };
        let hierarchical =
            matches!(model.guarantee(), Some(Guarantee::TCloseness { ground: Ground::Hierarchical, .. }));
        if hierarchical && column.hierarchy.is_none() {
            return Err(Error::model_without_hierarchy(&model.name(), name));
        }
        Ok(())
    }
}
