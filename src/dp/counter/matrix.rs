//! Counting by a factorization of the matrix of prefix sums.
//!
//! Totals are `A x` for the lower triangle `A` of ones. Write `A = B C` with `C` lower triangular: noise on `C x`,
//! then `B`, is `A x + B z`. `C` here has constant diagonals, `c_k = sum over i of w_i t_i^k`, a sum of few
//! exponentials, so `C x` takes a buffer for each of them and no more: a buffered linear Toeplitz matrix (\[DMPST24\]
//! Dvijotham, McMahan, Pillutla, Steinke, Thakurta, *Efficient and Near-Optimal Noise Generation for Streaming
//! Differential Privacy*, arXiv 2404.16706). The best constant diagonals are those of the square root of `A`, `c_k =
//! binomial(2k, k) / 4^k` (\[FHU23\] Fichtenberger, Henzinger, Upadhyay, *Constant Matters*, ICML 2023); and
//!
//! ```text
//!   binomial(2k, k) / 4^k  =  2/π · integral of cos(φ)^2k dφ  over 0..π/2
//! ```
//!
//! so eight midpoints of geometrically growing intervals of φ give `w` and `t`. The error of the totals is then
//! within 0.2 % of that of the square root for up to 2^20 steps, and within 0.35 % for up to 2^24 (measured:
//! `the_error_is_near_that_of_the_square_root`).
//!
//! ```text
//!   x ─► C: integers, exact ─► + z, exact ─► y │ C^-1, sum: binary fractions, post-processing ─► total
//! ```

use std::fmt;

use crate::{
    dp::{
        Event, Rho,
        aggregate::to_f64,
        counter::{RunningTotal, check_sensitivity, check_steps},
        noise::NoiseBackend,
        price::{Noise, scale_at_least},
    },
    error::Result,
    num::{self, power_of_two, round},
};

/// A counter whose noise is correlated from step to step, so that most of it cancels in the totals.
///
/// # Guarantee
/// For all streams, chosen adaptively, and neighbors that differ by at most `sensitivity` in one step, all totals
/// together are ρ-zCDP, also after any number of restarts: they are computed from `y = C x + z`, where `C x` is
/// computed in whole numbers and moves by at most a bound `s` in L2, rounding included, and `z` is discrete Gaussian
/// noise with `σ ≥ s / sqrt(2 ρ)` on the same whole numbers (`docs/proofs/matrix_counter.md`).
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Rho, counter::MatrixCounter}};
/// let counter = MatrixCounter::new(365, 1, Rho::parse("0.5")?)?;
/// assert!(counter.deviation(365) < 3.0); // a tree of the same price has up to 9
/// let mut rng = SecureRng::from_os()?;
/// let mut open = counter.open();
/// let mut last = open.add(0, &mut rng)?;
/// for day in 1..365 {
///     last = open.add(10, &mut rng)?;
/// }
/// assert!((last.value - 3640.0).abs() < 8.0 * last.deviation); // fails once in 10^15 runs
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MatrixCounter {
    steps: u64,
    rho: Rho,
    buffers: [Buffer; BUFFERS],
    /// Numbers are whole multiples of `2^-places`.
    places: i32,
    noise: Noise,
    /// σ in units of one.
    sigma: f64,
}

/// One exponential: `weight decay^k`, both in units of 2^-64.
#[derive(Clone, Copy, Debug)]
struct Buffer {
    weight: u64,
    decay: u64,
}

/// An opened [`MatrixCounter`].
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Rho, counter::MatrixCounter}};
/// // A block of a week, and a stream that goes on after it.
/// let counter = MatrixCounter::new(7, 1, Rho::parse("0.5")?)?;
/// let (mut open, mut rng) = (counter.open(), SecureRng::from_os()?);
/// let mut deviations = Vec::new();
/// for _ in 0..14 {
///     deviations.push(open.add(100, &mut rng)?.deviation);
/// }
/// // The noise of the first week stays in the totals of the second.
/// assert!((deviations[13] - 2f64.sqrt() * deviations[6]).abs() < 1e-9);
/// # Ok::<(), incog::Error>(())
/// ```
pub struct OpenMatrix {
    counter: MatrixCounter,
    /// Exact sums, each number decayed: what the noise is for.
    exact: [i128; BUFFERS],
    public: Inverse,
    step: u64,
    before: f64,
    variance_before: f64,
}

/// From `y` back to the numbers, and how far noise of deviation one on `y` moves their sum. Post-processing.
#[derive(Clone, Copy)]
struct Inverse {
    sums: [f64; BUFFERS],
    total: f64,
    /// The same for a `y` of 1, 0, 0, ...: what each later total has of the first noise.
    impulse: [f64; BUFFERS],
    response: f64,
    variance: f64,
}

impl MatrixCounter {
    /// A counter for a block of `steps`, in one of which a person moves the number by at most `sensitivity`, for `rho`.
    ///
    /// Numbers beyond 2^39 in size are set to that, with either sign.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ steps ≤ 2^24` and `1 ≤ sensitivity ≤ 2^39`, and if the scale of the noise is out of range.
    pub fn new(steps: u64, sensitivity: u64, rho: Rho) -> Result<Self> {
        check_steps(steps)?;
        check_sensitivity(sensitivity)?;
        let buffers = buffers(steps);
        // As many places as keep σ below 2^59 units.
        let about = num::to_f64(sensitivity) * norm(&buffers, steps) / (2.0 * rho.to_f64()).sqrt();
        let places = (0..=PLACES_MAX)
            .rev()
            .find(|&places| about * power_of_two(places) < power_of_two(59))
            .unwrap_or(0);
        // Each y moves by c_k, and by what rounding adds to it.
        let rounding: f64 = buffers.iter().map(|b| unit(b.weight) / (1.0 - unit(b.decay)) + 1.0).sum();
        let moved = num::to_f64(sensitivity) * power_of_two(places) * norm(&buffers, steps)
            + num::to_f64(steps).sqrt() * rounding;
        let scale = scale_at_least(moved / (2.0 * round::down(rho.to_f64())).sqrt() * (1.0 + 1e-9))?;
        let sigma = num::to_f64(scale.numerator()) / num::to_f64(scale.denominator()) / power_of_two(places);
        Ok(MatrixCounter { steps, rho, buffers, places, noise: Noise::Gaussian(scale), sigma })
    }

    /// What opening it, with all its steps and restarts, is to an accountant.
    ///
    /// # Errors
    /// `Parameter` if ρ is below 1e-9.
    pub fn event(&self) -> Result<Event> {
        Event::zcdp(round::up(self.rho.to_f64()))
    }

    /// The standard deviation of the noise on the total after `step` steps. Works through the steps of one block.
    #[must_use]
    pub fn deviation(&self, step: u64) -> f64 {
        let (blocks, rest) = (step / self.steps, step % self.steps);
        let variance = |steps: u64| {
            let mut inverse = Inverse::new();
            (0..steps).for_each(|_| inverse.add(&self.buffers, 0.0));
            inverse.variance
        };
        let whole = if blocks > 0 { num::to_f64(blocks) * variance(self.steps) } else { 0.0 };
        (whole + variance(rest)).sqrt() * self.sigma
    }

    /// An empty counter. Call it once for each charge.
    #[must_use]
    pub fn open(&self) -> OpenMatrix {
        OpenMatrix {
            counter: self.clone(),
            exact: [0; BUFFERS],
            public: Inverse::new(),
            step: 0,
            before: 0.0,
            variance_before: 0.0,
        }
    }
}

impl OpenMatrix {
    /// Adds a number, and gives the total so far.
    ///
    /// # Errors
    /// `Io` if the backend has no entropy: then the number was not added, and the step may be tried again.
    pub fn add(&mut self, value: i64, backend: &mut (impl NoiseBackend + ?Sized)) -> Result<RunningTotal> {
        if self.step == self.counter.steps {
            self.before += self.public.total;
            self.variance_before += self.public.variance;
            self.exact = [0; BUFFERS];
            self.public = Inverse::new();
            self.step = 0;
        }
        let value = i128::from(value.clamp(-VALUE_MAX, VALUE_MAX)) << self.counter.places;
        // Kept only once there is noise for it: a number that is tried again must not be in the sums twice.
        let mut exact = self.exact;
        let mut y = [0i128];
        for (sum, buffer) in exact.iter_mut().zip(&self.counter.buffers) {
            *sum = times(*sum, buffer.decay) + value;
            y[0] += times(*sum, buffer.weight);
        }
        self.counter.noise.add_to(backend, &mut y)?;
        self.exact = exact;
        self.step += 1;
        self.public.add(&self.counter.buffers, to_f64(y[0]) / power_of_two(self.counter.places));
        let variance = self.variance_before + self.public.variance;
        Ok(RunningTotal {
            value: self.before + self.public.total,
            deviation: variance.sqrt() * self.counter.sigma,
        })
    }
}

impl Inverse {
    fn new() -> Self {
        Inverse { sums: [0.0; BUFFERS], total: 0.0, impulse: [0.0; BUFFERS], response: 0.0, variance: 0.0 }
    }

    fn add(&mut self, buffers: &[Buffer; BUFFERS], y: f64) {
        // The number behind the first y of an impulse is 1, the others 0.
        let first = f64::from(u8::from(self.variance <= 0.0));
        self.total += solve(&mut self.sums, buffers, y);
        self.response += solve(&mut self.impulse, buffers, first);
        self.variance += self.response * self.response;
    }
}

/// The number that makes `C` give `y` after the numbers before it.
fn solve(sums: &mut [f64; BUFFERS], buffers: &[Buffer; BUFFERS], y: f64) -> f64 {
    let mut first = 0.0;
    let mut rest = y;
    for (sum, buffer) in sums.iter_mut().zip(buffers) {
        *sum *= unit(buffer.decay);
        rest -= unit(buffer.weight) * *sum;
        first += unit(buffer.weight);
    }
    let number = rest / first;
    sums.iter_mut().for_each(|sum| *sum += number);
    number
}

/// Midpoints of intervals of φ: from 0 to `1.5 / sqrt(steps)`, and on to π/2 by equal factors.
fn buffers(steps: u64) -> [Buffer; BUFFERS] {
    let end = std::f64::consts::FRAC_PI_2;
    let start = (1.5 / num::to_f64(steps).sqrt()).min(end / 2.0);
    let factor = (end / start).powf(1.0 / 7.0);
    let mut edge = 0.0;
    std::array::from_fn(|i| {
        let next = if i == 0 {
            start
        } else if i == BUFFERS - 1 {
            end
        } else {
            edge * factor
        };
        let (middle, width) = (0.5 * (edge + next), next - edge);
        edge = next;
        Buffer { weight: fraction(width / end), decay: fraction(middle.cos() * middle.cos()) }
    })
}

/// `sqrt(sum over k < steps of c_k^2)`, rounded up: all terms are positive.
fn norm(buffers: &[Buffer; BUFFERS], steps: u64) -> f64 {
    let mut sum = 0.0;
    for a in buffers {
        for b in buffers {
            let ratio = unit(a.decay) * unit(b.decay);
            let series = -(num::to_f64(steps) * ratio.ln()).exp_m1() / (1.0 - ratio);
            sum += unit(a.weight) * unit(b.weight) * series;
        }
    }
    // Above 2^-24, differences to 1 are known to a part in 2^28.
    sum.sqrt() * (1.0 + 1e-7)
}

/// `floor(number factor / 2^64)`.
fn times(number: i128, factor: u64) -> i128 {
    let (high, low) = (number >> 64, number.rem_euclid(1 << 64));
    let low = u64::try_from(low).unwrap_or(u64::MAX);
    high * i128::from(factor) + i128::from(num::wide_product(low, factor).0)
}

/// A number below 1 in units of 2^-64, by its digits.
fn fraction(number: f64) -> u64 {
    // 32 digits are enough for a factor; what matters is that the same number is used everywhere.
    let units = num::whole((number * power_of_two(32)).round_ties_even());
    units.unwrap_or(0).min(u64::from(u32::MAX)) << 32
}

fn unit(fraction: u64) -> f64 {
    num::to_f64(fraction) / power_of_two(64)
}

/// Shows no sum, with noise or without.
impl fmt::Debug for OpenMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenMatrix").field("step", &self.step).finish_non_exhaustive()
    }
}

/// Eight exponentials, one in the first interval of φ and seven in the growing ones.
const BUFFERS: usize = 8;
const PLACES_MAX: i32 = 60;
/// With 60 places, and sums of at most 2^25 numbers, below 2^126.
const VALUE_MAX: i64 = 1 << 39;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dp::noise::Scale;

    /// Adds no noise, and remembers what it would have been added to.
    struct Watch(Vec<i128>);

    impl NoiseBackend for Watch {
        fn add_laplace(&mut self, _: Scale, _: &mut [i128]) -> Result<()> {
            unreachable!("the noise is Gaussian")
        }

        fn add_gaussian(&mut self, _: Scale, values: &mut [i128]) -> Result<()> {
            self.0.extend_from_slice(values);
            Ok(())
        }

        fn is_insecure(&self) -> bool {
            true
        }
    }

    /// What noise is added to.
    fn exact(counter: &MatrixCounter, stream: &[i64]) -> Vec<i128> {
        let (mut open, mut watch) = (counter.open(), Watch(Vec::new()));
        stream.iter().for_each(|&value| _ = open.add(value, &mut watch).unwrap());
        watch.0
    }

    /// Random streams that differ by the sensitivity in one step, at every step: what noise is added to moves by at
    /// most the bound that the noise was made for, and by nearly as much when it is the first step.
    #[test]
    fn matrix_counter() {
        let mut state = 1u64;
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Below 2^38 in size, so that no number is set to the end of the range.
            (state >> 26).cast_signed()
        };
        for (steps, sensitivity, rho) in
            [(1u64, 1u64, "1"), (2, 5, "0.1"), (50, 1, "64"), (300, 1 << 39, "0.000001"), (1000, 3, "0.5")]
        {
            let rho = Rho::parse(rho).unwrap();
            let counter = MatrixCounter::new(steps, sensitivity, rho).unwrap();
            let bound = counter.sigma * (2.0 * rho.to_f64()).sqrt();
            let stream: Vec<i64> = (0..steps).map(|i| if i % 3 == 0 { word() } else { word() % 5 }).collect();
            let before = exact(&counter, &stream);
            for moved in [0, steps / 3, steps / 2, steps - 1] {
                let mut other = stream.clone();
                let place = &mut other[usize::try_from(moved).unwrap()];
                *place += sensitivity.cast_signed() * if *place > 0 { -1 } else { 1 };
                let after = exact(&counter, &other);
                let squares: f64 = before
                    .iter()
                    .zip(&after)
                    .map(|(a, b)| to_f64(a - b) / power_of_two(counter.places))
                    .map(|x| x * x)
                    .sum();
                assert!(squares.sqrt() <= bound, "{steps} {moved}: {} of {bound}", squares.sqrt());
                assert!(
                    moved > 0 || squares.sqrt() > 0.999 * bound,
                    "{steps}: {} of {bound}",
                    squares.sqrt()
                );
            }
        }
    }

    /// (steps, sensitivity, ρ, places, σ, the deviation of the last total in units of σ): by a program of its own, sums of
    /// powers in 200 binary digits and the deviation in double precision (Python, mpmath). σ is the length of a column of
    /// the matrix and what rounding adds, over the root of 2ρ, with the reserves of 1e-7 and 1e-9.
    #[test]
    fn noise_is_made_for_the_length_of_a_column_and_what_rounding_adds() {
        let cases = [
            (1u64, 1u64, "1", 59, 0.707_106_852_604_333, Some(1.0)),
            (2, 5, "0.1", 55, 12.587_094_980_52, Some(1.110_455_385_997_923_4)),
            (50, 1, "64", 60, 0.134_947_998_751_884, Some(1.513_169_763_875_333_4)),
            (1000, 3, "0.5", 56, 5.377_354_844_152_37, Some(1.821_829_306_484_588_5)),
            (300, 1 << 39, "0.000001", 9, 658_333_219_269_526.0, Some(1.701_754_503_026_102)),
            (2000, 1, "0.000000000001", 38, 1_304_757.999_415_73, Some(1.889_427_536_416_94)),
            (1 << 24, 1, "0.000000000001", 38, 1_634_781.659_119_46, None),
        ];
        for (steps, sensitivity, rho, places, sigma, deviation) in cases {
            let counter = MatrixCounter::new(steps, sensitivity, Rho::parse(rho).unwrap()).unwrap();
            assert_eq!(counter.places, places, "{steps}");
            // A column of 2^24 is known to a part in 2^28.
            let near = if steps < 1 << 20 { 2e-11 } else { 4e-9 };
            assert!((counter.sigma / sigma - 1.0).abs() < near, "{steps}: {} {sigma}", counter.sigma);
            if let Some(deviation) = deviation {
                let found = counter.deviation(steps) / counter.sigma;
                assert!((found / deviation - 1.0).abs() < 1e-12, "{steps}: {found} {deviation}");
            }
        }
    }

    #[test]
    fn products_with_fractions_round_down() {
        for number in [
            0i128,
            1,
            -1,
            7,
            -7,
            (1 << 64) - 1,
            -(1 << 64),
            (1 << 100) + 12345,
            -(1 << 100) - 12345,
            1 << 124,
        ] {
            for factor in [0u64, 1, 1 << 63, u64::MAX, 0x1234_5678_9abc_def0] {
                let floor = |n: i128, d: i128| n.div_euclid(d);
                // In two parts, so that products fit: number = high 2^32 + low.
                let (high, low) = (floor(number, 1 << 32), number.rem_euclid(1 << 32));
                let wide = i128::from(factor);
                let exact = if number.abs() < 1 << 62 {
                    floor(number * wide, 1 << 64)
                } else {
                    floor(
                        high * (wide >> 32)
                            + floor(high * (wide & 0xffff_ffff) + floor(low * wide, 1 << 32), 1 << 32),
                        1,
                    )
                };
                assert_eq!(times(number, factor), exact, "{number} {factor}");
            }
        }
    }
}
