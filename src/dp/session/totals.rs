//! Answers from totals that a query engine made: charge, noise and storage as for rows.

use crate::{
    dp::{
        Query, Release, Session, Totals,
        release::{Answer, ErrorIn},
        session::{
            Backend,
            draw::{Backed, Draws},
            plan::{Plan, Work},
        },
    },
    error::{Error, Result},
    rng::SecureRng,
};

impl Session {
    /// Answers `query` from `totals` of rows that somebody else bounded and added up, once.
    ///
    /// What the engine has to do, in this order: leave out the rows of nobody, those that do not meet the query's condition
    /// and, with public keys, those of other groups; of each person keep at most as many rows and groups as
    /// [`bounds`](Self::bounds) say, by a rule that looks at that person's rows alone; add up each of [`Query::summands`].
    /// The claim says that this was done elsewhere.
    ///
    /// # Guarantee
    /// As for [`release`](Self::release), given that the totals of neighboring tables differ by rows of one person within the
    /// bounds. Noise is drawn, keys are selected and the ledger is charged here, once, however often an engine repeated
    /// a part of its work.
    ///
    /// # Errors
    /// As [`release`](Self::release), and those of [`Query::summands`]; `Parameter`, before the charge, if a group of `totals` has
    /// not one total for each summand, or has a key where the query has no groups, or none where it has. An id that rows were
    /// asked under is another request.
    ///
    /// # Examples
    /// ```
    /// use incog::dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Session, Totals, ledger::MemoryLedger};
    /// let mut session = Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(1, 1)?)
    ///     .ledger(MemoryLedger::new(Budget::parse("1", "0")?))
    ///     .data_version("2026-11")
    ///     .build()?;
    /// let query = Query::count().by("ward", ["A1", "B1"]).epsilon(Epsilon::parse("0.5")?).build()?;
    /// let mut totals = Totals::new();
    /// totals.add(Some("A1"), 500, &[500]);
    /// let release = session.release_totals(&query, &totals, "patients by ward")?;
    /// assert!((release.values()[0].value - 500.0).abs() < 100.0); // fails once in 10^21 runs
    /// assert_eq!(session.balance()?.remaining.to_string(), "ε = 0.5");
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn release_totals(&mut self, query: &Query, totals: &Totals, request_id: &str) -> Result<Release> {
        let parts = query.summands()?.len();
        let grouped = query.group_column().is_some();
        if !totals.fit(grouped, parts) {
            return Err(Error::totals_of_another_shape(&query.label(), parts, grouped));
        }
        let plan = self.plan(query)?;
        let cost = plan.cost(self.ledger.currency())?;
        let draw = |rng: &mut SecureRng, noise: Option<&mut Backend>| match noise {
            Some(noise) => plan.draw_totals(totals, &mut Backed { rng, noise }),
            None => plan.draw_totals(totals, rng),
        };
        // Other words than for rows: one id has one answer, by one of the two ways.
        let asked = format!("{}totals\n", query.canonical());
        let (request, answer) = self.charged(request_id, &asked, cost, plan.events()?, draw)?;
        let found = answer.keys.clone();
        let keys: Vec<Option<&String>> = match (query.keys(), &found) {
            (Some(keys), _) => keys.iter().map(Some).collect(),
            (None, Some(found)) => found.iter().map(Some).collect(),
            (None, None) => vec![None],
        };
        let mut release =
            self.describe(&request, &query.label(), &keys, &query.parts(), ErrorIn::Value, answer)?;
        release.claim = release
            .claim
            .assuming(
                "rows were bounded by person and added up by a query engine; the session that drew the noise saw the totals only",
            )
            .assuming("each row that the engine was given follows from rows of its own person alone");
        Ok(release)
    }
}

impl Plan<'_> {
    /// Adds noise to totals. Called once per charge.
    fn draw_totals(&self, totals: &Totals, draws: &mut impl Draws) -> Result<Answer> {
        let Work::Noisy(parts) = self.work(self.public_clamp()?)? else {
            return Err(Error::totals_unsupported(&self.query.label()));
        };
        let selected = match &self.selection {
            None => None,
            Some(selection) => {
                let keys: Vec<String> = totals.keys().cloned().collect();
                let persons: Vec<u64> = keys.iter().map(|key| totals.persons(key)).collect();
                Some(draws.select(selection, &keys, &persons)?)
            }
        };
        let groups: Vec<Option<&str>> = match (self.query.keys(), &selected) {
            (Some(keys), _) => keys.iter().map(|key| Some(key.as_str())).collect(),
            (None, Some(keys)) => keys.iter().map(|key| Some(key.as_str())).collect(),
            (None, None) => vec![None],
        };
        let exact = (0..parts.len()).map(|part| groups.iter().map(|&key| totals.of(key, part)).collect());
        let values = self.noisy(&parts, exact.collect(), self.public_clamp()?, draws)?;
        Ok(Answer { insecure: draws.is_insecure(), clamp: None, keys: selected, values })
    }
}
