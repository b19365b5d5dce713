//! What a policy may not release, whatever the data: checked when it is read.

use std::collections::BTreeMap;

use super::{Action, Policy, Release, Rule, SampledRelease, StatisticsRelease, TableRelease};
use crate::{
    error::{Error, Result},
    kanon::Role,
};

impl Policy {
    /// Whether the purpose is one of `purposes`, and every released column is among those that it needs.
    pub(super) fn check_purpose(&self, purposes: Option<&BTreeMap<String, Vec<String>>>) -> Result<()> {
        let Some(purposes) = purposes else { return Ok(()) };
        let needs = purposes
            .get(&self.purpose)
            .ok_or_else(|| Error::unknown_purpose(&self.purpose, purposes.keys()))?;
        for (name, release) in &self.releases {
            let columns: Vec<&String> = match release {
                Release::Table(table) => table.columns.iter().collect(),
                Release::Sampled(sampled) => sampled.columns.iter().collect(),
                Release::Statistics(statistics) => {
                    statistics.queries.iter().flat_map(|q| &q.columns).collect()
                }
            };
            if let Some(column) = columns.into_iter().find(|c| !needs.contains(c)) {
                return Err(Error::not_needed(column, &self.purpose).context(format!("release '{name}'")));
            }
        }
        Ok(())
    }

    pub(super) fn check_releases(&self) -> Result<()> {
        if self.releases.is_empty() {
            return Err(Error::no_release());
        }
        for (name, release) in &self.releases {
            match release {
                Release::Table(table) => self.check_table(name, table),
                Release::Statistics(statistics) => self.check_statistics(statistics),
                Release::Sampled(sampled) => self.check_sampled(sampled),
            }
            .map_err(|e| e.context(format!("release '{name}'")))?;
        }
        Ok(())
    }

    fn check_table(&self, release: &str, table: &TableRelease) -> Result<()> {
        let input = &self.inputs[&table.input];
        if !table.models.is_empty()
            && let Some(person) = input.person.as_ref().filter(|p| table.columns.contains(p))
        {
            return Err(Error::person_released(person));
        }
        for name in &table.columns {
            let column = input.column(name)?;
            if matches!(column.action, Action::Drop) {
                return Err(Error::dropped_column(name));
            }
            // Free text and stand-ins single out a row, or join the rows of a person.
            if !table.models.is_empty() && !matches!(column.action, Action::Keep) {
                return Err(Error::singles_out(name, column.action.word()));
            }
            if table.models.is_empty()
                && matches!(column.action, Action::Keep)
                && !self.overrides.iter().any(|o| o.rule == Rule::KeptColumns && o.release == release)
            {
                return Err(Error::kept_without_model(name, release));
            }
        }
        for model in &table.models {
            if let Some(column) = model.column()
                && (input.column(column)?.role != Role::Sensitive
                    || !table.columns.iter().any(|c| c == column))
            {
                return Err(Error::model_column(model.word(), column));
            }
        }
        for column in &table.compare {
            input.column(column).map_err(|e| e.context("compare"))?;
        }
        Ok(())
    }

    fn check_sampled(&self, sampled: &SampledRelease) -> Result<()> {
        let input = &self.inputs[&sampled.input];
        let person = input.person.as_ref().ok_or_else(Error::safe_pub_without_person)?;
        for name in &sampled.columns {
            let column = input.column(name)?;
            if name == person {
                return Err(Error::person_released(person));
            }
            if column.role != Role::Quasi || !matches!(column.action, Action::Keep) {
                return Err(Error::not_quasi(name));
            }
        }
        Ok(())
    }

    fn check_statistics(&self, statistics: &StatisticsRelease) -> Result<()> {
        let input = &self.inputs[&statistics.input];
        if input.person.is_none() {
            return Err(Error::statistics_without_person());
        }
        for query in &statistics.queries {
            for name in &query.columns {
                input.column(name)?;
            }
        }
        Ok(())
    }
}
