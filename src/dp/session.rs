//! The paved path: check, charge, bound, aggregate, add noise, store, release.

use std::{collections::HashMap, fmt};

use crate::{
    claim::{Check, Claim, Statement},
    digest,
    dp::{
        Budget, ContributionBounds, Epsilon, Event, Neighbors, PrivacyUnit, Query, QueryBuilder, Release,
        ReleasedValue,
        aggregate::{self, NO_GROUP},
        ledger::{Balance, Ledger, Request, Reserved},
        noise::{DiscreteLaplace, Scale},
        query::{Aggregate, Clamped, Groups},
        release::Answer,
    },
    error::{Error, Result},
    rng::SecureRng,
    table::Table,
};

/// Answers queries about one state of one data set, from one ledger.
///
/// # Guarantee
/// For all neighboring tables, all queries and all histories, the releases of all sessions on one ledger
/// together are (ε, δ)-differentially private per person for the budget of the ledger, given that the
/// ledger keeps its guarantee and the privacy unit names each person by one value.
pub struct Session {
    unit: PrivacyUnit,
    neighbors: Neighbors,
    bounds: ContributionBounds,
    ledger: Box<dyn Ledger>,
    data_version: String,
    analyst: String,
    #[cfg(feature = "insecure-seeded")]
    insecure_seed: Option<u64>,
}

/// Builds a [`Session`].
#[must_use]
pub struct SessionBuilder {
    unit: PrivacyUnit,
    neighbors: Neighbors,
    bounds: Option<ContributionBounds>,
    ledger: Option<Box<dyn Ledger>>,
    data_version: Option<String>,
    analyst: String,
    #[cfg(feature = "insecure-seeded")]
    insecure_seed: Option<u64>,
}

impl SessionBuilder {
    /// Which tables must not be told apart. Without it: adding or removing one person.
    pub fn neighbors(mut self, neighbors: Neighbors) -> Self {
        self.neighbors = neighbors;
        self
    }

    /// How much of the table one person may influence.
    pub fn bounds(mut self, bounds: ContributionBounds) -> Self {
        self.bounds = Some(bounds);
        self
    }

    /// What is charged.
    pub fn ledger(mut self, ledger: impl Ledger + 'static) -> Self {
        self.ledger = Some(Box::new(ledger));
        self
    }

    /// A name or digest of the state of the data: a repeated request id is answered from the ledger only
    /// for the same one.
    pub fn data_version(mut self, version: impl Into<String>) -> Self {
        self.data_version = Some(version.into());
        self
    }

    /// Who asks. Part of what a request id binds.
    pub fn analyst(mut self, analyst: impl Into<String>) -> Self {
        self.analyst = analyst.into();
        self
    }

    /// Draws noise from `seed`, for tests. Every release says that it protects nobody.
    #[cfg(feature = "insecure-seeded")]
    pub fn insecure_seed(mut self, seed: u64) -> Self {
        self.insecure_seed = Some(seed);
        self
    }

    /// The session.
    ///
    /// # Errors
    /// `Parameter` if bounds, ledger or data version are not set.
    pub fn build(self) -> Result<Session> {
        Ok(Session {
            unit: self.unit,
            neighbors: self.neighbors,
            bounds: self.bounds.ok_or_else(|| Error::incomplete_session("contribution bounds"))?,
            ledger: self.ledger.ok_or_else(|| Error::incomplete_session("ledger"))?,
            data_version: self.data_version.ok_or_else(|| Error::incomplete_session("data version"))?,
            analyst: self.analyst,
            #[cfg(feature = "insecure-seeded")]
            insecure_seed: self.insecure_seed,
        })
    }
}

impl Session {
    /// A session that protects `unit`.
    pub fn builder(unit: PrivacyUnit) -> SessionBuilder {
        SessionBuilder {
            unit,
            neighbors: Neighbors::default(),
            bounds: None,
            ledger: None,
            data_version: None,
            analyst: String::new(),
            #[cfg(feature = "insecure-seeded")]
            insecure_seed: None,
        }
    }

    /// What there was, what is spent, what is left.
    ///
    /// # Errors
    /// As [`Ledger::balance`].
    pub fn balance(&self) -> Result<Balance> {
        self.ledger.balance()
    }

    /// The ledger, to read its entries.
    #[must_use]
    pub fn ledger(&self) -> &dyn Ledger {
        &*self.ledger
    }

    /// How far from the exact value an answer to `query` will be: at most this, with probability
    /// `confidence`, for each value alone. From public parameters; spends nothing.
    ///
    /// # Errors
    /// `Parameter` unless `0.5 ≤ confidence ≤ 0.999999`, or if the noise scale would be out of range;
    /// `Unsupported` for a mean, whose error depends on the number of rows.
    pub fn error(&self, query: &Query, confidence: f64) -> Result<f64> {
        if !(0.5..=0.999_999).contains(&confidence) {
            return Err(Error::confidence_range(confidence));
        }
        match self.plan(query)?.parts.as_slice() {
            [part] => Ok(part.error(confidence)),
            _ => Err(Error::error_of_a_mean(&query.label())),
        }
    }

    /// The least ε, in steps of 0.000001, at which the error of `query` is at most `half_width` with
    /// probability `confidence`. An ε that the builder already has is not looked at.
    ///
    /// # Errors
    /// `Parameter` if no ε up to 64 reaches it, or if the query is malformed; otherwise as
    /// [`error`](Self::error).
    pub fn epsilon_for(&self, query: &QueryBuilder, half_width: f64, confidence: f64) -> Result<Epsilon> {
        let at = |millionths: u64| Epsilon::parse(&format!("{millionths}e-6"));
        let reaches = |millionths: u64| {
            let query = query.clone().epsilon(at(millionths)?).build()?;
            Ok::<_, Error>(self.error(&query, confidence)? <= half_width)
        };
        // The error falls with ε: halve the range that holds the least. A scale out of range is too much.
        let (mut too_little, mut enough) = (0, 64_000_000);
        if !reaches(enough)? {
            return Err(Error::unreachable_error(half_width));
        }
        while enough - too_little > 1 {
            let middle = too_little + (enough - too_little) / 2;
            if reaches(middle).unwrap_or(false) { enough = middle } else { too_little = middle }
        }
        at(enough)
    }

    /// Answers `query` about `table`, once.
    ///
    /// Asked again with the same id, query and data version, it returns the stored answer: no new noise and
    /// no new charge.
    ///
    /// # Guarantee
    /// For all requests, nothing is drawn before the charge is durable, and for one id at most one answer is
    /// ever drawn. For all contents of the cells, the outcome is an answer; errors come from public
    /// parameters, the ledger and the operating system.
    ///
    /// # Errors
    /// `Refused` if a column is not in the table, if the id was used for something else, or if it is spent
    /// and its answer lost; `BudgetExceeded` if too little is left; `Parameter` if the noise scale is out of
    /// range; `Io` if the system has no entropy or the ledger cannot be written. After a failure behind the
    /// charge, the charge stays.
    pub fn release(&mut self, query: &Query, table: &Table, request_id: &str) -> Result<Release> {
        let plan = self.plan(query)?;
        let cost = Budget::pure(query.epsilon);
        let request = Request::new(
            request_id,
            self.analyst.as_str(),
            self.digest(query),
            self.data_version.as_str(),
            cost,
            plan.events(),
        )?;
        let columns = Columns::find(&self.unit, query, table)?;
        // Entropy before the charge: a system without it costs nothing.
        let mut rng = self.stream(request_id)?;
        let answer = match self.ledger.reserve(&request)? {
            Reserved::Answered(bytes) => Answer::decode(&bytes)?,
            Reserved::AnswerLost => return Err(Error::answer_lost(request_id)),
            Reserved::New(reservation) => {
                let answer = plan.draw(&columns, self.bounds, &mut rng)?;
                self.ledger.commit(reservation, &answer.encode())?;
                answer
            }
        };
        self.describe(query, &plan, &answer)
    }

    /// The noise of `query`: one part, or two for a mean.
    fn plan<'q>(&self, query: &'q Query) -> Result<Plan<'q>> {
        let grouped = query.groups.is_some();
        let part = |measure: Measure<'q>, epsilon: Epsilon| {
            let (lower, upper) = match &measure {
                Measure::Rows => (1, 1),
                Measure::Sum(clamped) => (clamped.lattice().lower(), clamped.lattice().upper()),
            };
            let sensitivity = self.neighbors.l1_sensitivity(self.bounds, lower, upper, grouped);
            Ok::<_, Error>(Part {
                measure,
                sensitivity,
                scale: Scale::for_sensitivity(sensitivity, epsilon)?,
            })
        };
        let parts = match &query.aggregate {
            Aggregate::Count => vec![part(Measure::Rows, query.epsilon)?],
            Aggregate::Sum(clamped) => vec![part(Measure::Sum(clamped), query.epsilon)?],
            Aggregate::Mean(clamped) => {
                let (first, second) = query.epsilon.halves()?;
                vec![part(Measure::Sum(clamped), first)?, part(Measure::Rows, second)?]
            }
        };
        Ok(Plan { query, parts })
    }

    /// What a request id binds: the query and everything about this session that shapes its answer.
    fn digest(&self, query: &Query) -> String {
        let text = format!(
            "incog-query/1\n{}person {}\nneighbors {}\nrows {} groups {}\n",
            query.canonical(),
            self.unit.column(),
            self.neighbors,
            self.bounds.rows_per_person(),
            self.bounds.groups_per_person(),
        );
        digest::sha256_hex(text.as_bytes())
    }

    #[cfg(feature = "insecure-seeded")]
    fn stream(&self, request_id: &str) -> Result<SecureRng> {
        match self.insecure_seed {
            // Another stream for each request, the same one for a repeated test.
            Some(seed) => Ok(SecureRng::insecure_seeded(
                request_id.bytes().fold(seed, |seed, byte| seed.rotate_left(9) ^ u64::from(byte)),
            )),
            None => SecureRng::from_os(),
        }
    }

    #[cfg(not(feature = "insecure-seeded"))]
    #[allow(clippy::unused_self, reason = "one signature with and without seeds")]
    fn stream(&self, _request_id: &str) -> Result<SecureRng> {
        SecureRng::from_os()
    }

    fn describe(&self, query: &Query, plan: &Plan<'_>, answer: &Answer) -> Result<Release> {
        let keys: Vec<Option<String>> = match &query.groups {
            Some(groups) => groups.keys.iter().cloned().map(Some).collect(),
            None => vec![None],
        };
        if keys.len() != answer.values.len() {
            return Err(Error::unreadable_answer());
        }
        let values = keys.into_iter().zip(&answer.values);
        let values = values.map(|(key, &(value, error))| ReleasedValue { key, value, error }).collect();
        let statement = Statement::DifferentialPrivacy {
            epsilon: query.epsilon.to_string(),
            delta: "0".to_owned(),
            neighbors: self.neighbors.word().to_owned(),
            person: self.unit.column().to_owned(),
        };
        let mut claim = Claim::new(query.label(), Check::Attested, statement)
            .assuming(format!("all rows of one person have one value of '{}'", self.unit.column()))
            .assuming(format!(
                "at most {} rows of one person in at most {} groups were counted, sampled by the toolkit",
                self.bounds.rows_per_person(),
                self.bounds.groups_per_person()
            ))
            .assuming("clamp bounds and group keys were chosen without looking at the data");
        if answer.insecure {
            claim = claim.assuming("the noise came from a seed: whoever knows it removes the noise");
        }
        Ok(Release {
            label: query.label(),
            values,
            cost: Budget::pure(query.epsilon),
            events: plan.events(),
            claim,
            insecure: answer.insecure,
        })
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("unit", &self.unit).finish_non_exhaustive()
    }
}

impl fmt::Debug for SessionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionBuilder").field("unit", &self.unit).finish_non_exhaustive()
    }
}

/// A query with its noise, from public parameters alone.
struct Plan<'q> {
    query: &'q Query,
    parts: Vec<Part<'q>>,
}

/// One noisy vector: an entry per group.
struct Part<'q> {
    measure: Measure<'q>,
    sensitivity: u64,
    scale: Scale,
}

enum Measure<'q> {
    Rows,
    Sum(&'q Clamped),
}

impl Plan<'_> {
    fn events(&self) -> Vec<Event> {
        self.parts.iter().map(|part| Event::discrete_laplace(part.scale, part.sensitivity)).collect()
    }

    /// Bounds, aggregates and adds noise. Called once per charge.
    fn draw(&self, columns: &Columns<'_>, bounds: ContributionBounds, rng: &mut SecureRng) -> Result<Answer> {
        let mut noisy = self.exact(columns, bounds, rng)?;
        for (part, totals) in self.parts.iter().zip(&mut noisy) {
            DiscreteLaplace::new(part.scale).add_to(rng, totals)?;
        }
        Ok(Answer { insecure: rng.is_insecure(), values: self.finish(&noisy) })
    }

    /// The exact totals of each part, in lattice steps. Never released.
    ///
    /// # Guarantee
    /// For all neighboring tables whose other persons have the same sample, the totals of each part are
    /// within its sensitivity in L1.
    fn exact(
        &self,
        columns: &Columns<'_>,
        bounds: ContributionBounds,
        rng: &mut SecureRng,
    ) -> Result<Vec<Vec<i128>>> {
        let groups = columns.groups.as_deref();
        let group_count = self.query.groups.as_ref().map_or(1, |groups| groups.keys.len());
        let rows = aggregate::bounded_rows(columns.persons, columns.nobody, groups, bounds, rng)?;
        let totals = |part: &Part<'_>| match (&part.measure, &columns.numbers) {
            (Measure::Sum(_), Some((codes, points))) => {
                aggregate::sums(&rows, groups, group_count, codes, points)
            }
            _ => aggregate::counts(&rows, groups, group_count),
        };
        Ok(self.parts.iter().map(totals).collect())
    }

    /// Values and errors from noisy vectors. Post-processing.
    fn finish(&self, noisy: &[Vec<i128>]) -> Vec<(f64, f64)> {
        let scaled = |part: &Part<'_>, totals: &[i128]| {
            let step = part.step();
            totals.iter().map(|&total| aggregate::to_f64(total) * step).collect::<Vec<_>>()
        };
        let noisy: Vec<Vec<f64>> =
            self.parts.iter().zip(noisy).map(|(part, totals)| scaled(part, totals)).collect();
        match (&self.query.aggregate, self.parts.as_slice(), noisy.as_slice()) {
            (Aggregate::Mean(clamped), [sum, count], [sums, counts]) => {
                // Both errors hold together with 95 %.
                let (sum_error, count_error) = (sum.error(0.975), count.error(0.975));
                let each = sums.iter().zip(counts);
                each.map(|(&s, &n)| clamped.mean(s, n, sum_error, count_error)).collect()
            }
            _ => {
                let error = self.parts.first().map_or(f64::INFINITY, |part| part.error(0.95));
                noisy.iter().flatten().map(|&value| (value, error)).collect()
            }
        }
    }
}

impl Part<'_> {
    fn step(&self) -> f64 {
        match self.measure {
            Measure::Rows => 1.0,
            Measure::Sum(clamped) => clamped.lattice().step(),
        }
    }

    fn error(&self, confidence: f64) -> f64 {
        aggregate::half_width(self.scale, confidence) * self.step()
    }
}

impl Clamped {
    /// The mean and its error. With sum `S + a` and count `n + c` for exact `S`, `n`, the quotient `m` is off
    /// by `(a - m c) / n` exactly, and `n` is at least the noisy count minus the count's error.
    fn mean(&self, sum: f64, count: f64, sum_error: f64, count_error: f64) -> (f64, f64) {
        let quotient = sum / count.max(1.0);
        let least = count - count_error;
        let widest = self.upper - self.lower;
        let error = if least >= 1.0 { (sum_error + quotient.abs() * count_error) / least } else { widest };
        (quotient.clamp(self.lower, self.upper), error.min(widest))
    }
}

/// The columns that a query reads, by code.
struct Columns<'t> {
    persons: &'t [u32],
    nobody: Option<u32>,
    groups: Option<Vec<u32>>,
    numbers: Option<(&'t [u32], Vec<i64>)>,
}

impl<'t> Columns<'t> {
    fn find(unit: &PrivacyUnit, query: &Query, table: &'t Table) -> Result<Self> {
        let person = table.column(unit.column())?;
        let groups = query.groups.as_ref().map(|groups| group_of_each_row(groups, table)).transpose()?;
        let numbers = match &query.aggregate {
            Aggregate::Count => None,
            Aggregate::Sum(clamped) | Aggregate::Mean(clamped) => {
                let (column, lattice) = (table.column(&clamped.column)?, clamped.lattice());
                // Once per dictionary entry; the missing entry reads as empty, which is no number.
                let points = column.dictionary().map(|cell| lattice.point(Some(cell))).collect();
                Some((column.codes(), points))
            }
        };
        Ok(Columns { persons: person.codes(), nobody: person.missing_code(), groups, numbers })
    }
}

/// The place of each row's value among the public keys, or [`NO_GROUP`].
fn group_of_each_row(groups: &Groups, table: &Table) -> Result<Vec<u32>> {
    let column = table.column(&groups.column)?;
    let places: HashMap<&str, u32> = groups.keys.iter().map(String::as_str).zip(0..).collect();
    let of_code: Vec<u32> = column
        .dictionary()
        .zip(0u32..)
        .map(|(value, code)| {
            let missing = Some(code) == column.missing_code();
            if missing { None } else { places.get(value).copied() }.unwrap_or(NO_GROUP)
        })
        .collect();
    Ok(column.codes().iter().map(|&code| of_code[crate::num::index(code)]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dp::ledger::MemoryLedger, table::Column};

    /// Persons have up to 3 rows and are not sampled, except the one who differs: up to 12 rows, bounds 3
    /// rows in 2 groups. 2 relations x 4 queries x 2,500 pairs of tables.
    #[test]
    fn exact() {
        let cells = ["-7", "0", "3", "7", "junk", "1e9", "NaN", "-9223372036854775808"];
        let mut state = 1u64;
        let mut below = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from((state >> 33) % n).unwrap()
        };
        let bounds = ContributionBounds::new(3, 2).unwrap();
        let mut rng = SecureRng::from_os().unwrap();
        for relation in [Neighbors::AddOrRemoveOne, Neighbors::ReplaceOne] {
            let session = Session::builder(PrivacyUnit::person("p").unwrap())
                .neighbors(relation)
                .bounds(bounds)
                .ledger(MemoryLedger::new(Budget::ZERO))
                .data_version("")
                .build()
                .unwrap();
            let queries = [
                Query::count(),
                Query::count().by("g", ["a", "b"]),
                Query::mean("x").clamp(-7.0, 3.0),
                Query::sum("x").clamp(-7.0, 3.0).by("g", ["b", "a"]),
            ];
            for query in queries {
                let query = query.epsilon(Epsilon::parse("1").unwrap()).build().unwrap();
                let plan = session.plan(&query).unwrap();
                let mut largest = vec![0u128; plan.parts.len()];
                for _ in 0..2500 {
                    let mut rows: Vec<(usize, usize, usize)> = Vec::new();
                    for person in 0..below(3) {
                        (0..below(4)).for_each(|_| rows.push((person, below(8), below(3))));
                    }
                    let shared = rows.len();
                    let mut sides = Vec::new();
                    for side in 0..2 {
                        rows.truncate(shared);
                        if side == 1 || relation == Neighbors::ReplaceOne {
                            // All rows alike is the worst case, so make it common.
                            let (alike, x, g) = (below(2) == 0, below(8), below(3));
                            (0..below(13)).for_each(|_| {
                                rows.push(if alike { (9, x, g) } else { (9, below(8), below(3)) });
                            });
                        }
                        let column = |f: &dyn Fn(&(usize, usize, usize)) -> String| {
                            Column::from_values(rows.iter().map(f)).unwrap()
                        };
                        let table = Table::new([
                            ("p", column(&|r| r.0.to_string())),
                            ("x", column(&|r| cells[r.1].to_owned())),
                            ("g", column(&|r| ["a", "b", "c"][r.2].to_owned())),
                        ])
                        .unwrap();
                        let columns = Columns::find(&session.unit, &query, &table).unwrap();
                        sides.push(plan.exact(&columns, bounds, &mut rng).unwrap());
                    }
                    for (i, part) in plan.parts.iter().enumerate() {
                        let moved = sides[0][i].iter().zip(&sides[1][i]).map(|(a, b)| a.abs_diff(*b)).sum();
                        assert!(moved <= u128::from(part.sensitivity), "{relation} {}", query.label());
                        largest[i] = largest[i].max(moved);
                    }
                }
                // The declared sensitivity is reached: it is not merely large enough.
                for (largest, part) in largest.into_iter().zip(&plan.parts) {
                    assert_eq!(largest, u128::from(part.sensitivity), "{relation} {}", query.label());
                }
            }
        }
    }
}
