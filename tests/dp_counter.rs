//! Counters: totals, their errors, restarts, parameters, awkward streams.

use incog::{
    ErrorKind, Result, SecureRng,
    dp::{
        Epsilon, Rho,
        counter::{MatrixCounter, RunningTotal, TreeCounter},
        noise::{NoiseBackend, Scale},
    },
};

fn epsilon(text: &str) -> Epsilon {
    Epsilon::parse(text).unwrap()
}

fn rho(text: &str) -> Rho {
    Rho::parse(text).unwrap()
}

type Add = Box<dyn FnMut(i64, &mut SecureRng) -> RunningTotal>;
/// Its name, the deviation that it states for a step, and how it is opened.
type Counter = (&'static str, Box<dyn Fn(u64) -> f64>, Box<dyn Fn() -> Add>);

/// A counter of each kind.
fn counters(steps: u64, sensitivity: u64) -> Vec<Counter> {
    let laplace = TreeCounter::laplace(steps, sensitivity, epsilon("1")).unwrap();
    let gaussian = TreeCounter::gaussian(steps, sensitivity, rho("0.5")).unwrap();
    let matrix = MatrixCounter::new(steps, sensitivity, rho("0.5")).unwrap();
    let again = matrix.clone();
    let tree = |counter: TreeCounter| -> Box<dyn Fn() -> Add> {
        Box::new(move || {
            let mut open = counter.open();
            Box::new(move |value, rng| open.add(value, rng).unwrap())
        })
    };
    vec![
        ("laplace", Box::new(move |step| laplace.deviation(step)), tree(laplace)),
        ("gaussian", Box::new(move |step| gaussian.deviation(step)), tree(gaussian)),
        (
            "matrix",
            Box::new(move |step| matrix.deviation(step)),
            Box::new(move || {
                let mut open = again.open();
                Box::new(move |value, rng| open.add(value, rng).unwrap())
            }),
        ),
    ]
}

#[test]
fn counters_with_parameters_out_of_range_are_refused_at_construction() {
    let (e, r) = (epsilon("1"), rho("1"));
    for (steps, sensitivity) in
        [(0, 1), ((1 << 24) + 1, 1), (u64::MAX, 1), (1, 0), (1, (1 << 39) + 1), (1, u64::MAX)]
    {
        let errors = [
            TreeCounter::laplace(steps, sensitivity, e).unwrap_err(),
            TreeCounter::gaussian(steps, sensitivity, r).unwrap_err(),
            MatrixCounter::new(steps, sensitivity, r).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Parameter, "{error}");
            let (got, limit) = if steps == 1 { (sensitivity, 1u64 << 39) } else { (steps, 1 << 24) };
            assert!(error.to_string().contains(&format!("must be in 1..={limit}, got {got}")), "{error}");
        }
    }
    // The widest noise that there is.
    assert!(TreeCounter::laplace(1 << 24, 1 << 39, epsilon("0.000000000001")).is_err());
    assert!(MatrixCounter::new(1 << 24, 1 << 39, rho("0.000000000001")).is_ok());
}

#[test]
fn no_number_of_a_stream_leads_to_an_error() {
    let mut rng = SecureRng::from_os().unwrap();
    let ends = [i64::MAX, i64::MIN, 0, -1, i64::MAX, i64::MAX, i64::MIN, i64::MIN, i64::MIN];
    for steps in [1, 2, 3, 8] {
        for sensitivity in [1, 1 << 39] {
            for (name, _, open) in counters(steps, sensitivity) {
                let mut add = open();
                for value in ends {
                    let total = add(value, &mut rng);
                    assert!(total.value.is_finite() && total.deviation > 0.0, "{name}");
                }
            }
        }
    }
}

/// Adds no noise, and remembers what it was to be added to; out of entropy when it is told so.
#[derive(Default)]
struct Watch {
    seen: Vec<i128>,
    empty: bool,
}

impl NoiseBackend for Watch {
    fn add_laplace(&mut self, _: Scale, values: &mut [i128]) -> Result<()> {
        if self.empty {
            // Any error; a backend may have drawn for some of the values by then.
            values.fill(i128::MAX);
            return Err(Epsilon::parse("0").unwrap_err());
        }
        self.seen.extend_from_slice(values);
        Ok(())
    }

    fn add_gaussian(&mut self, sigma: Scale, values: &mut [i128]) -> Result<()> {
        self.add_laplace(sigma, values)
    }

    fn is_insecure(&self) -> bool {
        true
    }
}

/// Each step of 20, in blocks of 7, is tried three times, and fails twice: noise is added to the same numbers, and the
/// totals are the same, as if nothing had failed. So a number counts once, however often it is tried.
#[test]
fn a_step_that_failed_leaves_no_trace() {
    let stream: Vec<i64> = (0..20).map(|i| i * i * 37 % 101 - 50).collect();
    let run = |failures: u32, add: &mut dyn FnMut(i64, &mut Watch) -> Result<RunningTotal>| {
        let (mut watch, mut totals) = (Watch::default(), Vec::new());
        for &value in &stream {
            watch.empty = true;
            (0..failures).for_each(|_| assert!(add(value, &mut watch).is_err()));
            watch.empty = false;
            totals.push(add(value, &mut watch).unwrap());
        }
        (watch.seen, totals)
    };
    let tree = TreeCounter::laplace(7, 3, epsilon("1")).unwrap();
    let (mut whole, mut failing) = (tree.open(), tree.open());
    assert_eq!(run(0, &mut |x, w| whole.add(x, w)), run(2, &mut |x, w| failing.add(x, w)));
    let matrix = MatrixCounter::new(7, 3, rho("0.5")).unwrap();
    let (mut whole, mut failing) = (matrix.open(), matrix.open());
    assert_eq!(run(0, &mut |x, w| whole.add(x, w)), run(2, &mut |x, w| failing.add(x, w)));
}

#[test]
fn events_charge_the_whole_stream() {
    let event = |counter: TreeCounter| counter.event().unwrap().to_string();
    assert_eq!(
        event(TreeCounter::laplace(1000, 2, epsilon("0.5")).unwrap()),
        "discrete_laplace scale=40/1 sensitivity=2 count=10"
    );
    let text = event(TreeCounter::gaussian(1000, 1, rho("0.5")).unwrap());
    // sigma = sqrt(10) for ten levels, rounded up; the event rounds down.
    assert!(
        text.starts_with("discrete_gaussian sigma=3.1622776601") && text.ends_with("sensitivity=1 count=10"),
        "{text}"
    );
    let text = MatrixCounter::new(1000, 1, rho("0.25")).unwrap().event().unwrap().to_string();
    assert!(text.starts_with("zcdp rho=0.25"), "{text}");
}

/// The best that a matrix with constant diagonals does, for so many steps: that of the square root of the matrix of
/// prefix sums, computed here from its own definition.
fn square_root_error(steps: u64) -> f64 {
    let (mut c, mut squares) = (1.0, 1.0);
    for k in 1..steps {
        c *= (2 * k - 1) as f64 / (2 * k) as f64;
        squares += c * c;
    }
    // Prefix sums of its inverse are the square root again.
    squares
}

#[test]
fn the_error_is_near_that_of_the_square_root() {
    for steps in [1u64, 2, 10, 100, 1000, 30_000, 1 << 20, 1 << 24] {
        let counter = MatrixCounter::new(steps, 1, rho("0.5")).unwrap();
        let ratio = counter.deviation(steps) / square_root_error(steps);
        println!("{steps} steps: deviation {:.4}, {ratio:.5} of the square root's", counter.deviation(steps));
        let most = if steps <= 1 << 20 { 1.002 } else { 1.0035 };
        assert!(ratio < most && ratio > 1.0 - 1e-9, "{steps}: {ratio}");
    }
    // Beside the tree of the same price.
    let tree = TreeCounter::gaussian(10_000, 1, rho("0.5")).unwrap();
    let matrix = MatrixCounter::new(10_000, 1, rho("0.5")).unwrap();
    let worst = (1..10_000).map(|step| tree.deviation(step)).fold(0.0, f64::max);
    assert!(worst / matrix.deviation(10_000) > 3.0, "{worst}");
}

#[cfg(feature = "insecure-seeded")]
mod distributions {
    use super::*;

    /// 400 runs of 20 steps in blocks of 7, so with two restarts: the mean error of each total is within 6 standard
    /// deviations of zero, and its variance is what was stated, within 6 standard deviations of a chi-square of 400
    /// (of the kurtosis of Laplace noise: factor 2). The seed is 41.
    #[test]
    fn totals_are_unbiased_and_as_precise_as_they_say() {
        let mut rng = SecureRng::insecure_seeded(41);
        let stream = [3i64, 0, -5, 1000, 7, 0, 0, 0, 12, -1, 2, 2, 2, 0, 500, -500, 1, 1, 1, 1];
        for (name, stated, open) in counters(7, 3) {
            let mut errors = vec![Vec::new(); stream.len()];
            for _ in 0..400 {
                let (mut add, mut exact) = (open(), 0);
                for (step, value) in stream.into_iter().enumerate() {
                    exact += value;
                    let total = add(value, &mut rng);
                    errors[step].push(total.value - exact as f64);
                    assert!((total.deviation / stated(step as u64 + 1) - 1.0).abs() < 1e-9, "{name} {step}");
                }
            }
            for (step, errors) in (1u64..).zip(errors) {
                let deviation = stated(step);
                let mean = errors.iter().sum::<f64>() / 400.0;
                assert!(mean.abs() < 6.0 * deviation / 20.0, "{name} {step}: {mean} {deviation}");
                let variance = errors.iter().map(|error| error * error).sum::<f64>() / 400.0;
                let ratio = variance / (deviation * deviation);
                assert!((0.4..1.85).contains(&ratio), "{name} {step}: {ratio}");
            }
        }
    }

    /// Without noise to speak of the totals are the sums: at the largest ρ, of numbers so large that noise is nothing
    /// beside them.
    #[test]
    fn totals_follow_a_long_stream() {
        let mut rng = SecureRng::insecure_seeded(42);
        let counter = MatrixCounter::new(4096, 1, rho("64")).unwrap();
        let mut open = counter.open();
        let mut exact = 0i64;
        for step in 0..10_000i64 {
            let value = (step * 7919) % 1_000_003 * 1000 - 300_000_000;
            exact += value;
            let total = open.add(value, &mut rng).unwrap();
            assert!(
                (total.value - exact as f64).abs() < 8.0 * total.deviation + 1e-6 * exact.abs() as f64,
                "{step}"
            );
        }
    }
}
