//! Sums, means and covariances of rows of numbers.

use ndarray::ArrayView2;

use crate::{
    dp::{
        ContributionBounds, Delta, Epsilon, Event, NoiseKind, Release, Rho, Session,
        aggregate::{self, Persons, to_f64},
        price::{self, Asked, Noise, Price},
        release::{Answer, ErrorIn},
        sensitivity::{self, Cells, Sensitivity},
        session::Backend,
        vector::clip::{ClipNorm, STEPS},
    },
    error::{Error, Result},
    num,
    rng::SecureRng,
};

/// What is asked of vectors: their sum, mean or covariance, each vector clipped to an L2 norm.
///
/// # Examples
/// ```
/// use incog::dp::{Amount, ContributionBounds, PrivacyUnit, Rho, Session, ledger::MemoryLedger, vector::VectorQuery};
/// use ndarray::Array2;
/// let mut session = Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(1, 1)?)
///     .ledger(MemoryLedger::new(Amount::parse("zcdp rho=1")?))
///     .data_version("2026-11")
///     .build()?;
/// let persons: Vec<u32> = (0..1000).collect();
/// let vectors = Array2::from_shape_fn((1000, 3), |(_, i)| [0.3, 0.0, -0.4][i]);
/// let mean = VectorQuery::mean(1.0).rho(Rho::parse("0.5")?).build()?;
/// let release = session.release_vectors(&mean, &persons, vectors.view(), "mean")?;
/// assert!((release.values()[2].value + 0.4).abs() < 0.1); // fails less than once in 10^100 runs
/// assert_eq!(release.cost().to_string(), "ρ = 0.5");
/// assert_eq!(
///     VectorQuery::sum(-1.0).rho(Rho::parse("0.5")?).build().unwrap_err().to_string(),
///     "a clip norm must be in 1e-60 to 1e60, got -1e0",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct VectorQuery {
    kind: Kind,
    norm: ClipNorm,
    noise: Option<NoiseKind>,
    price: Price,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sum,
    Mean,
    Covariance,
}

/// Builds a [`VectorQuery`].
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Epsilon, NoiseKind, vector::VectorQuery};
/// let (epsilon, delta) = (Epsilon::parse("0.5")?, Delta::parse("1e-6")?);
/// let query = VectorQuery::covariance(1.0).approximate(epsilon, delta).build()?;
/// assert_ne!(query, VectorQuery::mean(1.0).approximate(epsilon, delta).build()?);
/// // No price, or noise that has none at this one: refused here, before there is data.
/// assert!(VectorQuery::sum(1.0).build().is_err());
/// assert!(VectorQuery::sum(1.0).epsilon(epsilon).noise(NoiseKind::Gaussian).build().is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct VectorQueryBuilder {
    kind: Kind,
    norm: f64,
    noise: Option<NoiseKind>,
    price: Option<Asked>,
}

/// One noisy vector: which rows it is made of, and its noise.
pub(super) struct Part {
    outer: bool,
    /// 0 for the count.
    entries: usize,
    norm: ClipNorm,
    pub(super) noise: Noise,
    pub(super) sensitivity: Sensitivity,
    price: Price,
}

impl VectorQuery {
    /// The sum of vectors, each clipped to this L2 norm. A value per coordinate, whose part is its number.
    pub fn sum(clip_norm: f64) -> VectorQueryBuilder {
        VectorQueryBuilder { kind: Kind::Sum, norm: clip_norm, noise: None, price: None }
    }

    /// The mean of vectors, each clipped to this L2 norm: a noisy sum divided by a noisy count (at least 1), each at half
    /// of the price.
    pub fn mean(clip_norm: f64) -> VectorQueryBuilder {
        VectorQueryBuilder { kind: Kind::Mean, ..VectorQuery::sum(clip_norm) }
    }

    /// The covariance of vectors, each clipped to this L2 norm: from noisy sums of their products and of themselves and a
    /// noisy count (at least 1), each at a third of the price. The upper triangle, row by row; parts are `0,0`, `0,1`, ..
    pub fn covariance(clip_norm: f64) -> VectorQueryBuilder {
        VectorQueryBuilder { kind: Kind::Covariance, ..VectorQuery::sum(clip_norm) }
    }

    fn label(&self) -> &'static str {
        match self.kind {
            Kind::Sum => "sum of vectors",
            Kind::Mean => "mean of vectors",
            Kind::Covariance => "covariance of vectors",
        }
    }

    fn canonical(&self, dimensions: usize) -> String {
        format!(
            "{} {:016x} dimensions {dimensions} noise {:?}\n{}\n",
            self.label(),
            self.norm.value().to_bits(),
            self.noise,
            self.price.canonical()
        )
    }

    pub(super) fn parts(&self, session: &Session, dimensions: usize) -> Result<Vec<Part>> {
        let triangle = dimensions * (dimensions + 1) / 2;
        let wanted: &[(bool, usize)] = match self.kind {
            Kind::Sum => &[(false, dimensions)],
            Kind::Mean => &[(false, dimensions), (false, 0)],
            Kind::Covariance => &[(true, triangle), (false, dimensions), (false, 0)],
        };
        let prices = self.price.split(u32::try_from(wanted.len()).unwrap_or(1))?;
        let part = |(&(outer, entries), price): (&(bool, usize), Price)| {
            let sensitivity = if entries == 0 {
                Sensitivity::of_sums(session.neighbors(), session.bounds(), (1, 1), Cells::One)
            } else {
                of_vectors(session, entries)
            };
            let noise = price.noise(sensitivity, self.noise)?;
            let norm = if outer { self.norm.squared() } else { self.norm };
            Ok(Part { outer, entries, norm, noise, sensitivity, price })
        };
        wanted.iter().zip(prices).map(part).collect()
    }
}

/// The sensitivity of a sum of vectors of integers, each at most [`STEPS`] long. Of one person they add up to at most that
/// times the rows, by the triangle inequality; replaced ones move the sum twice as far. In L1 a vector of `n` entries is
/// at most `sqrt(n)` times as long.
fn of_vectors(session: &Session, entries: usize) -> Sensitivity {
    let rows = sensitivity::moved_rows(session.neighbors(), session.bounds(), Cells::One);
    let l2 = u128::from(rows) * u128::from(STEPS);
    let entries = u128::from(num::count(entries));
    let root = entries.isqrt() + u128::from(entries.isqrt() * entries.isqrt() < entries);
    Sensitivity { l1: u64::try_from(l2.saturating_mul(root)).unwrap_or(u64::MAX), l2_squared: l2 * l2 }
}

impl VectorQueryBuilder {
    /// What it may cost, of a ledger in `pure` or `approximate`. The noise is that of Laplace, in proportion to the square
    /// root of the number of entries.
    pub fn epsilon(mut self, epsilon: Epsilon) -> Self {
        self.price = Some(Asked::Epsilon(epsilon));
        self
    }

    /// What it may cost, of a ledger in `zcdp`.
    pub fn rho(mut self, rho: Rho) -> Self {
        self.price = Some(Asked::Rho(rho));
        self
    }

    /// What it may cost, of a ledger in `approximate`, for Gaussian noise.
    pub fn approximate(mut self, epsilon: Epsilon, delta: Delta) -> Self {
        self.price = Some(Asked::Approximate(epsilon, delta));
        self
    }

    /// Which noise is added. Without it: the one with the smaller error for the price.
    pub fn noise(mut self, kind: NoiseKind) -> Self {
        self.noise = Some(kind);
        self
    }

    /// The query.
    ///
    /// # Errors
    /// `Parameter` if the price is not given or too small to be divided, if the clip norm is not in `1e-60..=1e60`
    /// (`1e-30..=1e30` for a covariance, which has squares), or for Gaussian noise at an ε.
    pub fn build(self) -> Result<VectorQuery> {
        let price = self.price.ok_or_else(Error::query_without_epsilon)?.price(self.noise)?;
        price.split(3)?;
        let norm = ClipNorm::new(self.norm)?;
        if self.kind == Kind::Covariance {
            ClipNorm::new(norm.squared().value())?;
        }
        Ok(VectorQuery { kind: self.kind, norm, noise: self.noise, price })
    }
}

impl Session {
    /// Answers `query` about `vectors`, a row for each of `persons` (any numbers that tell persons apart), once. As
    /// [`release`](Session::release): charged before anything is drawn, and stored under `request_id`.
    ///
    /// # Guarantee
    /// As [`release`](Session::release). A vector with a NaN or an infinity counts as zeros.
    ///
    /// # Errors
    /// `Data` if there are more or fewer vectors than persons; otherwise as [`release`](Session::release).
    pub fn release_vectors(
        &mut self,
        query: &VectorQuery,
        persons: &[u32],
        vectors: ArrayView2<'_, f64>,
        request_id: &str,
    ) -> Result<Release> {
        if persons.len() != vectors.nrows() {
            return Err(Error::vectors_and_persons(vectors.nrows(), persons.len()));
        }
        let dimensions = vectors.ncols();
        let parts = query.parts(self, dimensions)?;
        let events: Vec<Event> = parts.iter().map(Part::event).collect::<Result<_>>()?;
        let currency = self.ledger().currency();
        let cost =
            price::cost(currency, self.neighbors(), [query.price.stated(currency)], || Ok(events.clone()))?;
        let text = query.canonical(dimensions);
        let bounds = self.bounds();
        let (request, answer) = self.charged(request_id, &text, cost, events, |rng, noise| {
            let insecure = rng.is_insecure() || noise.as_ref().is_some_and(|noise| noise.is_insecure());
            let noisy = draw(&parts, bounds, persons, vectors, rng, noise)?;
            Ok(Answer { insecure, clamp: None, keys: None, values: query.finish(&parts, &noisy) })
        })?;
        let names: Vec<String> = match query.kind {
            Kind::Covariance => triangle(dimensions).map(|(i, j)| format!("{i},{j}")).collect(),
            _ => (0..dimensions).map(|i| i.to_string()).collect(),
        };
        self.describe(&request, query.label(), &[None], &names, ErrorIn::Value, answer)
    }
}

/// The exact totals of each part, in its steps, of the rows that count. Never released.
pub(super) fn exact(
    parts: &[Part],
    bounds: ContributionBounds,
    persons: &[u32],
    vectors: ArrayView2<'_, f64>,
    rng: &mut SecureRng,
) -> Result<Vec<Vec<i128>>> {
    let people = persons.iter().max().map_or(0, |&last| num::index(last) + 1);
    let persons = Persons { codes: persons, people, nobody: None };
    let kept = aggregate::bounded_rows(persons, None, false, bounds, rng)?;
    Ok(parts.iter().map(|part| part.exact(&kept, vectors)).collect())
}

/// The noisy totals of each part, in its steps.
pub(super) fn draw(
    parts: &[Part],
    bounds: ContributionBounds,
    persons: &[u32],
    vectors: ArrayView2<'_, f64>,
    rng: &mut SecureRng,
    noise: Option<&mut Backend>,
) -> Result<Vec<Vec<i128>>> {
    let mut totals = exact(parts, bounds, persons, vectors, rng)?;
    let mut each = parts.iter().zip(&mut totals);
    match noise {
        Some(noise) => each.try_for_each(|(part, totals)| part.noise.add_to(noise, totals))?,
        None => each.try_for_each(|(part, totals)| part.noise.add_to(rng, totals))?,
    }
    Ok(totals)
}

impl Part {
    fn event(&self) -> Result<Event> {
        self.noise.event(self.sensitivity.l1, self.price)
    }

    /// The exact totals, in steps. Never released.
    fn exact(&self, kept: &aggregate::Kept, vectors: ArrayView2<'_, f64>) -> Vec<i128> {
        let mut sum = vec![0i128; self.entries.max(1)];
        let mut products = Vec::new();
        if self.entries == 0 {
            sum[0] = i128::from(kept.count());
        } else {
            kept.for_each_in(0..vectors.nrows(), |row| {
                let row = vectors.row(row);
                if self.outer {
                    // Relative to the clip norm first: then the products are as clipped as the row is.
                    let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
                    let shrink = (self.norm.value().sqrt() / length).min(1.0);
                    products.clear();
                    products.extend(triangle(row.len()).map(|(i, j)| (row[i] * shrink) * (row[j] * shrink)));
                    self.norm.add(products.iter().copied(), &mut sum);
                } else {
                    self.norm.add(row.iter().copied(), &mut sum);
                }
            });
        }
        sum
    }

    fn step(&self) -> f64 {
        if self.entries == 0 { 1.0 } else { self.norm.step() }
    }

    fn error(&self, confidence: f64) -> f64 {
        self.noise.half_width(confidence) * self.step()
    }
}

impl VectorQuery {
    /// Values and errors. Post-processing.
    pub(super) fn finish(&self, parts: &[Part], noisy: &[Vec<i128>]) -> Vec<(f64, f64)> {
        let number = |(part, points): (&Part, &Vec<i128>)| {
            let step = part.step();
            points.iter().map(|&points| to_f64(points) * step).collect::<Vec<f64>>()
        };
        let noisy: Vec<Vec<f64>> = parts.iter().zip(noisy).map(number).collect();
        let share = crate::dp::session::share_of(0.95, parts.len());
        // Once for all entries.
        let errors: Vec<f64> = parts.iter().map(|part| part.error(share)).collect();
        let error = |i: usize| errors.get(i).copied().unwrap_or(f64::INFINITY);
        match noisy.as_slice() {
            [sums] => sums.iter().map(|&sum| (sum, error(0))).collect(),
            [sums, count] => {
                let count = count.first().copied().unwrap_or(0.0);
                sums.iter().map(|&sum| quotient(sum, error(0), count, error(1), self.norm.value())).collect()
            }
            [products, sums, count] => {
                let (count, limit) = (count.first().copied().unwrap_or(0.0), self.norm.value());
                let means: Vec<(f64, f64)> =
                    sums.iter().map(|&sum| quotient(sum, error(1), count, error(2), limit)).collect();
                let pairs = triangle(means.len()).zip(products);
                pairs
                    .map(|((i, j), &product)| {
                        let (square, off) = quotient(product, error(0), count, error(2), limit * limit);
                        let ((a, da), (b, db)) = (means[i], means[j]);
                        (square - a * b, off + a.abs() * db + b.abs() * da + da * db)
                    })
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A noisy sum by a noisy count, within `limit`, and how far it is off: see `spread` in `session/plan.rs`.
fn quotient(sum: f64, sum_error: f64, count: f64, count_error: f64, limit: f64) -> (f64, f64) {
    let value = sum / count.max(1.0);
    let least = count - count_error;
    let error = if least >= 1.0 { (sum_error + value.abs() * count_error) / least } else { f64::INFINITY };
    (value.clamp(-limit, limit), error.min(2.0 * limit))
}

/// Row and column of the entries of an upper triangle.
fn triangle(dimensions: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    (0..dimensions).flat_map(move |i| (i..dimensions).map(move |j| (i, j)))
}
