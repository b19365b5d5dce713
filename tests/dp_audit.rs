//! Attacks on every mechanism: what an experiment shows of ε (or μ) stays below the claim, and a copy with 10 % less noise is caught.
//!
//! A million runs a side; ten million with `INCOG_AUDIT_SAMPLES=10000000`. The false alarm of each bound is 1e-6. Pairs of inputs
//! are those where the claim is nearly reached; where no such pair is found often enough, a worse copy is caught instead,
//! and the test says which.

use incog::{
    Result, SecureRng,
    audit::{Audit, LowerBound},
    dp::{
        Epsilon,
        local::{HadamardResponse, LocalHashing, RandomizedResponse, UnaryEncoding},
        mechanism::{AboveThreshold, Answer, ExponentialMechanism, NoisyTopK, PermuteAndFlip, Scores},
        noise::{DiscreteGaussian, DiscreteLaplace, Scale},
    },
};

fn audit() -> Audit {
    let samples = std::env::var("INCOG_AUDIT_SAMPLES").ok().and_then(|text| text.parse().ok());
    Audit::new().samples(samples.unwrap_or(1_000_000))
}

fn epsilon(value: f64) -> Epsilon {
    Epsilon::new(value).unwrap()
}

/// Bounds ε for a mechanism that gives what `draw` returns for input 0 and for input 1.
fn bound<T: Ord + Clone>(mut draw: impl FnMut(usize, &mut SecureRng) -> Result<T>) -> LowerBound {
    let mut rngs = [SecureRng::from_os().unwrap(), SecureRng::from_os().unwrap()];
    let [left, right] = &mut rngs;
    let draw = std::cell::RefCell::new(&mut draw);
    audit().epsilon(0.0, || draw.borrow_mut()(0, left), || draw.borrow_mut()(1, right)).unwrap()
}

/// The claim holds with the noise that is due, and is refuted with a tenth less of it.
fn holds_and_catches<T: Ord + Clone>(
    name: &str,
    claim: f64,
    mut draw: impl FnMut(f64, usize, &mut SecureRng) -> Result<T>,
) {
    let right = bound(|side, rng| draw(1.0, side, rng));
    println!("{name}: claim {claim}, {right}");
    assert!(!right.refutes(claim), "{name}: {right}");
    let wrong = bound(|side, rng| draw(0.9, side, rng));
    println!("{name} with 10 % less noise: {wrong}");
    assert!(wrong.refutes(claim), "{name}: {wrong}");
}

#[test]
fn laplace_noise_gives_away_no_more_than_claimed() {
    for claim in [0.5, 1.0, 3.0] {
        holds_and_catches("discrete Laplace", claim, |noise, side, rng| {
            let thousandths = (noise * 1000.0) as u64;
            let scale = Scale::new(thousandths, (claim * 1000.0) as u64)?;
            Ok(side as i64 + DiscreteLaplace::new(scale).sample(rng)?)
        });
    }
}

/// As μ = Δ/σ: with a million runs no bound on ε at δ = 1e-5 would see a tenth.
#[test]
fn gaussian_noise_gives_away_no_more_than_claimed() {
    for (shift, sigma) in [(10i64, 10u64), (30, 10), (1, 2)] {
        let claim = shift as f64 / sigma as f64;
        let mut run = |percent: u64| {
            let noise = DiscreteGaussian::new(Scale::new(sigma * percent, 100).unwrap());
            let mut rngs = [SecureRng::from_os().unwrap(), SecureRng::from_os().unwrap()];
            let [left, right] = &mut rngs;
            audit().mu(|| noise.sample(left), || Ok(shift + noise.sample(right)?)).unwrap()
        };
        let right = run(100);
        println!("discrete Gaussian: mu {claim}, {right}");
        assert!(!right.refutes(claim), "{right}");
        let wrong = run(90);
        println!("discrete Gaussian with 10 % less noise: {wrong}");
        assert!(wrong.refutes(claim), "{wrong}");
    }
}

/// One of 200 candidates goes up and all others go down: its chance rises by nearly e^ε.
#[test]
fn exponential_mechanism_gives_away_no_more_than_claimed() {
    let mut scores = [vec![0i64; 200], vec![-1; 200]];
    scores[1][0] = 1;
    holds_and_catches("exponential mechanism", 3.0, |noise, side, rng| {
        let choice = ExponentialMechanism::new(Scores::new(200, 1)?, epsilon(3.0 / noise));
        Ok(choice.select(&scores[side], rng)? == 0)
    });
}

/// Of two candidates the better one becomes the worse: its chance falls by e^ε.
#[test]
fn permute_and_flip_gives_away_no_more_than_claimed() {
    let scores = [[0i64, 0], [-1, 1]];
    holds_and_catches("permute-and-flip", 1.0, |noise, side, rng| {
        PermuteAndFlip::new(Scores::new(2, 1)?, epsilon(1.0 / noise)).select(&scores[side], rng)
    });
}

/// A pair that reaches the claim has a chance of one in 10^5 with two choices; so half of the noise is what is caught.
#[test]
fn top_k_gives_away_no_more_than_claimed() {
    let mut scores = [vec![0i64; 50], vec![-1; 50]];
    scores[1][0] = 1;
    scores[1][1] = 1;
    let mut draw = |claim: f64, side: usize, rng: &mut SecureRng| {
        let chosen = NoisyTopK::new(Scores::new(50, 1)?, 2, epsilon(claim))?.select(&scores[side], rng)?;
        Ok((chosen[0] < 2, chosen[1] < 2))
    };
    let right = bound(|side, rng| draw(4.0, side, rng));
    let wrong = bound(|side, rng| draw(8.0, side, rng));
    println!("top-k: claim 4, {right}\ntop-k with half of the noise: {wrong}");
    assert!(!right.refutes(4.0) && wrong.refutes(4.0), "{right} {wrong}");
}

/// Questions that go down while the last one goes up. Two variants that are in print are caught: the noise of the questions not
/// multiplied by the number of positives, and none on the threshold.
#[test]
fn sparse_vector_gives_away_no_more_than_claimed() {
    let positives = 4u32;
    let questions = [[0i64, 0, 0, 0, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0, 0, 0]];
    let watch = AboveThreshold::new(0, 1, positives, epsilon(4.0)).unwrap();
    let right = bound(|side, rng| {
        let mut open = watch.open(rng)?;
        questions[side].iter().map(|&q| open.ask(q, rng)).map(|a| Ok(a? == Answer::Above)).collect::<Result<Vec<bool>>>()
    });
    println!("sparse vector: claim 4, {right}");
    assert!(!right.refutes(4.0), "{right}");

    let variant = |threshold: Option<DiscreteLaplace>, question: DiscreteLaplace| {
        bound(|side, rng| {
            let threshold = threshold.map_or(Ok(0), |noise| noise.sample(rng))?;
            let mut answers = Vec::new();
            for q in questions[side] {
                answers.push(q + question.sample(rng)? >= threshold);
                if answers.iter().filter(|above| **above).count() == positives as usize {
                    break;
                }
            }
            Ok(answers)
        })
    };
    let (threshold, question) = watch.scales();
    let less = Scale::new(question.numerator(), question.denominator() * 2 * u64::from(positives)).unwrap();
    let wrong = variant(Some(DiscreteLaplace::new(threshold)), DiscreteLaplace::new(less));
    println!("sparse vector without the number of positives: {wrong}");
    assert!(wrong.refutes(4.0), "{wrong}");
    let wrong = variant(None, DiscreteLaplace::new(Scale::new(1, 1).unwrap()));
    println!("sparse vector without noise on the threshold: {wrong}");
    assert!(wrong.refutes(4.0), "{wrong}");
}

#[test]
fn local_reports_give_away_no_more_than_claimed() {
    // Less noise: an ε of which the chance of a wrong answer is a tenth smaller is about 0.1 above; these claim 1 for 1/0.9.
    holds_and_catches("randomized response, binary", 1.0, |noise, side, rng| {
        RandomizedResponse::binary(epsilon(1.0 / noise))?.report(side as u32, rng)
    });
    holds_and_catches("randomized response, bits", 1.0, |noise, side, rng| {
        let mut bits = [side as u64];
        RandomizedResponse::binary(epsilon(1.0 / noise))?.report_bits(&mut bits, rng)?;
        Ok(bits[0] & 1)
    });
    holds_and_catches("randomized response, 10 categories", 1.0, |noise, side, rng| {
        let mut column = [side as u32];
        RandomizedResponse::new(10, epsilon(1.0 / noise))?.report_all(&mut column, rng)?;
        Ok(column[0])
    });
    holds_and_catches("unary encoding", 1.0, |noise, side, rng| {
        Ok(UnaryEncoding::new(70, epsilon(1.0 / noise))?.report(side as u32, rng)?[0] & 3)
    });
    holds_and_catches("local hashing", 1.0, |noise, side, rng| {
        let oracle = LocalHashing::new(100, epsilon(1.0 / noise))?;
        let report = oracle.report(side as u32, rng)?;
        // Which of both answers the report supports.
        let supported = |x: u64| {
            let place = (u128::from(report.factor) * u128::from(x) + u128::from(report.summand)) % ((1 << 61) - 1);
            (place * 8 * u128::from(oracle.values())) >> 64 == u128::from(report.value)
        };
        Ok((supported(0), supported(1)))
    });
    holds_and_catches("Hadamard response", 1.0, |noise, side, rng| {
        let report = HadamardResponse::new(6, epsilon(1.0 / noise))?.report(side as u32, rng)?;
        Ok(((report & 1).count_ones() % 2, (report & 2).count_ones() % 2))
    });
}
