//! Attacks on every mechanism: what an experiment shows of ε (or μ) stays below the claim, and a copy with 10 % less
//! noise is caught.
//!
//! A million runs a side; ten million with `INCOG_AUDIT_SAMPLES=10000000`. The false alarm of each bound is 1e-6.
//! Pairs of inputs are those where the claim is nearly reached. One claim is reached too seldom for a tenth: the ε of
//! several choices together (top-k; each of its choices is caught at a tenth, as the range that it claims). Its test says
//! what is caught, and why no less can be. The selection of keys has a file of its own, `dp_audit_partition`.

use incog::{
    Result, SecureRng,
    audit::{Audit, LowerBound},
    dp::{
        Epsilon, Rho,
        counter::{MatrixCounter, TreeCounter},
        local::{HadamardResponse, LocalHashing, RandomizedResponse, UnaryEncoding},
        mechanism::{
            AboveThreshold, Answer, ExponentialMechanism, LatticeNoise, NoisyTopK, PermuteAndFlip, Scores,
        },
        noise::{DiscreteGaussian, DiscreteLaplace, Scale},
    },
};

/// As many runs a side as are asked for.
pub(crate) fn audit() -> Audit {
    let samples = std::env::var("INCOG_AUDIT_SAMPLES").ok().and_then(|text| text.parse().ok());
    Audit::new().samples(samples.unwrap_or(1_000_000))
}

pub(crate) fn epsilon(value: f64) -> Epsilon {
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
fn holds_and_catches<T: Ord + Clone, D: FnMut(usize, &mut SecureRng) -> Result<T>>(
    name: &str,
    claim: f64,
    with_noise: impl Fn(f64) -> Result<D>,
) {
    let right = bound(with_noise(1.0).unwrap());
    println!("{name}: claim {claim}, {right}");
    assert!(!right.refutes(claim), "{name}: {right}");
    let wrong = bound(with_noise(0.9).unwrap());
    println!("{name} with 10 % less noise: {wrong}");
    assert!(wrong.refutes(claim), "{name}: {wrong}");
}

#[test]
fn laplace_noise_gives_away_no_more_than_claimed() {
    for claim in [0.5, 1.0, 3.0] {
        holds_and_catches("discrete Laplace", claim, |noise| {
            let thousandths = (noise * 1000.0) as u64;
            let noise = DiscreteLaplace::new(Scale::new(thousandths, (claim * 1000.0) as u64)?);
            Ok(move |side: usize, rng: &mut SecureRng| Ok(side as i64 + noise.sample(rng)?))
        });
    }
}

/// As μ = Δ/σ: with a million runs no bound on ε at δ = 1e-5 would see a tenth. σ is 10 and more: below that discrete
/// noise keeps its ρ, but not this μ (`dp_audit_queries`).
#[test]
fn gaussian_noise_gives_away_no_more_than_claimed() {
    for (shift, sigma) in [(10i64, 10u64), (30, 10), (50, 100)] {
        let claim = shift as f64 / sigma as f64;
        let run = |percent: u64| {
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

/// One of 200 candidates goes up and all others go down, or stay where all move one way: its chance rises by nearly e^ε.
#[test]
fn exponential_mechanism_gives_away_no_more_than_claimed() {
    for (name, others) in [("exponential mechanism", -1), ("exponential mechanism, monotonic", 0)] {
        let mut scores = [vec![0i64; 200], vec![others; 200]];
        scores[1][0] = 1;
        holds_and_catches(name, 3.0, |noise| {
            let declared = Scores::new(200, 1)?;
            let declared = if others == 0 { declared.monotonic() } else { declared };
            let choice = ExponentialMechanism::new(declared, epsilon(3.0 / noise));
            let scores = &scores;
            Ok(move |side: usize, rng: &mut SecureRng| Ok(choice.select(&scores[side], rng)? == 0))
        });
    }
}

/// Of two candidates the better one becomes the worse, or the other one rises: its chance falls by e^ε.
#[test]
fn permute_and_flip_gives_away_no_more_than_claimed() {
    for (name, moved) in [("permute-and-flip", [-1, 1]), ("permute-and-flip, monotonic", [0, 1])] {
        let scores = [[0i64, 0], moved];
        holds_and_catches(name, 1.0, |noise| {
            let declared = Scores::new(2, 1)?;
            let declared = if moved[0] == 0 { declared.monotonic() } else { declared };
            let choice = PermuteAndFlip::new(declared, epsilon(1.0 / noise));
            Ok(move |side: usize, rng: &mut SecureRng| choice.select(&scores[side], rng))
        });
    }
}

/// Two choices. What an accountant composes is the range of each: half of the candidates go up and half go down, and a
/// tenth less noise is caught in the first choice, and in the second one after a first that went up, whichever it was:
/// what is left is alike.
///
/// As ε of both together: a set of candidates goes up, into which one choice falls with a share of s, and all others go
/// down. With x for each choice, its ratio falls short of the claim by 2 ln(1 + s (e^x - 1)), and what n runs leave open
/// of its share s² is 4.9 / (s sqrt(n)). For the best s they are sqrt(2 * 4.9 / sqrt(n) (e^x - 1)) / x of 2x, which is
/// least at x = 1.6: of a million runs, half of which are counted, no less than 15 % of the noise. A fifth is caught.
#[test]
fn top_k_gives_away_no_more_than_claimed() {
    let choice = |claim: f64| NoisyTopK::new(Scores::new(50, 1).unwrap(), 2, epsilon(claim)).unwrap();
    let halves = [[0i64; 50], std::array::from_fn(|i| if i < 25 { 1 } else { -1 })];
    let range = |claim: f64, place: usize| {
        let choice = choice(claim);
        let mut rngs = [SecureRng::from_os().unwrap(), SecureRng::from_os().unwrap()];
        let [left, right] = &mut rngs;
        let draw = |scores: &[i64], rng: &mut SecureRng| loop {
            let chosen = choice.select(scores, rng)?;
            if place == 0 || chosen[0] < 25 {
                return Ok(chosen[place] < 25);
            }
        };
        audit().bounded_range(|| draw(&halves[0], left), || draw(&halves[1], right)).unwrap()
    };
    for place in [0, 1] {
        let (right, wrong) = (range(2.0, place), range(2.0 / 0.9, place));
        println!("top-k, range of choice {place}: claim 1, {right}; with 10 % less noise {wrong}");
        assert!(!right.refutes(1.0) && wrong.refutes(1.0), "{right} {wrong}");
    }

    let few = [[0i64; 50], std::array::from_fn(|i| if i < 2 { 1 } else { -1 })];
    let run = |claim: f64| {
        let choice = choice(claim);
        bound(|side, rng| {
            let chosen = choice.select(&few[side], rng)?;
            Ok((chosen[0] < 2, chosen[1] < 2))
        })
    };
    let (right, wrong) = (run(3.2), run(4.0));
    println!("top-k: claim 3.2, {right}\ntop-k with a fifth less noise: {wrong}");
    assert!(!right.refutes(3.2) && wrong.refutes(3.2), "{right} {wrong}");
}

/// Questions that go up while the last one goes down, or stays where all move one way. Six or four of them below, at the
/// height of the threshold, give away all of its share, and are not rare.
#[test]
fn sparse_vector_gives_away_no_more_than_claimed() {
    // Where the first answer above comes, if one does.
    type Opened = Result<AboveThreshold>;
    let first = |watch: Opened, sides: [&'static [i64]; 2]| -> Result<_> {
        let watch = watch?;
        Ok(move |side: usize, rng: &mut SecureRng| {
            let mut open = watch.open(rng)?;
            for (place, &question) in sides[side].iter().enumerate() {
                if open.ask(question, rng)? == Answer::Above {
                    return Ok(place);
                }
            }
            Ok(usize::MAX)
        })
    };
    holds_and_catches("sparse vector", 4.0, |noise| {
        let watch = AboveThreshold::new(0, 1, 1, epsilon(4.0 / noise));
        first(watch, [&[-1, -1, -1, -1, -1, -1, 0], &[0, 0, 0, 0, 0, 0, -1]])
    });
    holds_and_catches("sparse vector, all in one direction", 4.0, |noise| {
        let watch = AboveThreshold::monotonic(0, 1, 1, epsilon(4.0 / noise));
        first(watch, [&[-1, -1, -1, -1, 0], &[0, 0, 0, 0, 0]])
    });
}

/// Two variants that are in print are caught: the noise of the questions not multiplied by the number of positives, and
/// none on the threshold.
#[test]
fn wrong_sparse_vectors_are_caught() {
    let positives = 4u32;
    let questions = [[0i64, 0, 0, 0, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0, 0, 0]];
    let watch = AboveThreshold::new(0, 1, positives, epsilon(4.0)).unwrap();
    let right = bound(|side, rng| {
        let mut open = watch.open(rng)?;
        questions[side]
            .iter()
            .map(|&q| open.ask(q, rng))
            .map(|a| Ok(a? == Answer::Above))
            .collect::<Result<Vec<bool>>>()
    });
    println!("sparse vector: claim 4, {right}");
    assert!(!right.refutes(4.0), "{right}");

    let variant = |threshold: Option<DiscreteLaplace>, question: DiscreteLaplace, questions: [&[i64]; 2]| {
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
    let [left, right] = &questions;
    let wrong = variant(Some(DiscreteLaplace::new(threshold)), DiscreteLaplace::new(less), [left, right]);
    println!("sparse vector without the number of positives: {wrong}");
    assert!(wrong.refutes(4.0), "{wrong}");
    // Each of thirty answers below gives something away; only the noise of the threshold would hide them together.
    let wrong = variant(None, DiscreteLaplace::new(Scale::new(1, 1).unwrap()), [&[-2; 30], &[-1; 30]]);
    println!("sparse vector without noise on the threshold: {wrong}");
    assert!(wrong.refutes(4.0), "{wrong}");
}

#[test]
fn local_reports_give_away_no_more_than_claimed() {
    // Less noise: an ε of which the chance of a wrong answer is a tenth smaller is about 0.1 above; these claim 1 for
    // 1/0.9.
    holds_and_catches("randomized response, binary", 1.0, |noise| {
        let oracle = RandomizedResponse::binary(epsilon(1.0 / noise))?;
        Ok(move |side: usize, rng: &mut SecureRng| oracle.report(side as u32, rng))
    });
    holds_and_catches("randomized response, bits", 1.0, |noise| {
        let oracle = RandomizedResponse::binary(epsilon(1.0 / noise))?;
        Ok(move |side: usize, rng: &mut SecureRng| {
            let mut bits = [side as u64];
            oracle.report_bits(&mut bits, rng)?;
            Ok(bits[0] & 1)
        })
    });
    holds_and_catches("randomized response, 10 categories", 1.0, |noise| {
        let oracle = RandomizedResponse::new(10, epsilon(1.0 / noise))?;
        Ok(move |side: usize, rng: &mut SecureRng| {
            let mut column = [side as u32];
            oracle.report_all(&mut column, rng)?;
            Ok(column[0])
        })
    });
    holds_and_catches("unary encoding", 1.0, |noise| {
        let oracle = UnaryEncoding::new(70, epsilon(1.0 / noise))?;
        Ok(move |side: usize, rng: &mut SecureRng| Ok(oracle.report(side as u32, rng)?[0] & 3))
    });
    holds_and_catches("local hashing", 1.0, |noise| {
        let oracle = LocalHashing::new(100, epsilon(1.0 / noise))?;
        Ok(move |side: usize, rng: &mut SecureRng| {
            let report = oracle.report(side as u32, rng)?;
            // Which of both answers the report supports.
            let supported = |x: u64| {
                let place = (u128::from(report.factor) * u128::from(x) + u128::from(report.summand))
                    % ((1 << 61) - 1);
                (place * 8 * u128::from(oracle.values())) >> 64 == u128::from(report.value)
            };
            Ok((supported(0), supported(1)))
        })
    });
    holds_and_catches("Hadamard response", 1.0, |noise| {
        let oracle = HadamardResponse::new(6, epsilon(1.0 / noise))?;
        Ok(move |side: usize, rng: &mut SecureRng| {
            let report = oracle.report(side as u32, rng)?;
            Ok(((report & 1).count_ones() % 2, (report & 2).count_ones() % 2))
        })
    });
}

/// The value of a step of one person, at the last of 8 steps: all totals of a counter are looked at by their
/// difference to the one before.
#[test]
fn counters_give_away_no_more_than_claimed() {
    // A tree: the first of 7 steps is in three blocks, which the totals after 1, 2 and 4 steps show alone.
    holds_and_catches("tree counter", 3.0, |noise| {
        let counter = TreeCounter::laplace(7, 1, epsilon(3.0 / noise))?;
        Ok(move |side: usize, rng: &mut SecureRng| {
            let mut open = counter.open();
            let mut totals = [0.0; 7];
            for (step, total) in totals.iter_mut().enumerate() {
                *total = open.add(if step == 0 { side as i64 } else { 0 }, rng)?.value;
            }
            // The noise of three blocks, each moved by one: how far they are above one half, in signs.
            let above = |x: f64| i32::from(x > 0.5);
            Ok(above(totals[0]) + above(totals[1]) + above(totals[3]))
        })
    });

    // The same tree with Gaussian noise: the three blocks, each moved by ten, are a number that moves by 30, with a
    // deviation of 30.
    let run = |noise: f64| {
        let counter = TreeCounter::gaussian(7, 10, Rho::new(0.5 / (noise * noise)).unwrap()).unwrap();
        let mut rngs = [SecureRng::from_os().unwrap(), SecureRng::from_os().unwrap()];
        let [left, right] = &mut rngs;
        let draw = |value: i64, rng: &mut SecureRng| {
            let mut open = counter.open();
            let mut blocks = 0.0;
            for step in [1, 2, 3, 4] {
                let total = open.add(if step == 1 { value } else { 0 }, rng)?.value;
                blocks += if step == 3 { 0.0 } else { total };
            }
            Ok(blocks as i64)
        };
        audit().mu(|| draw(0, left), || draw(10, right)).unwrap()
    };
    let (right, wrong) = (run(1.0), run(0.9));
    println!("tree counter, Gaussian: mu 1, {right}; with 10 % less noise {wrong}");
    assert!(!right.refutes(1.0) && wrong.refutes(1.0), "{right} {wrong}");

    // A matrix: the best linear test of all y is the first column of C; the audit sees it through totals, which hold
    // the same.
    let steps = 16;
    let rho = |noise: f64| Rho::new(0.5 / (noise * noise)).unwrap();
    // What a single 1 at the first step does to the totals, and the variances, in units of its noise: by the public
    // inverse alone.
    let run = |noise: f64| {
        let counter = MatrixCounter::new(steps, 1, rho(noise)).unwrap();
        let mut rngs = [SecureRng::from_os().unwrap(), SecureRng::from_os().unwrap()];
        let [left, right] = &mut rngs;
        let weights = first_column(steps as usize);
        let draw = |value: i64, rng: &mut SecureRng| {
            let mut open = counter.open();
            let (mut before, mut numbers) = (0.0, Vec::new());
            for step in 0..steps {
                let total = open.add(if step == 0 { value } else { 0 }, rng)?.value;
                numbers.push(total - before);
                before = total;
            }
            // y again, from the numbers behind the totals; then its part along the first column.
            let along: f64 = (0..steps as usize)
                .map(|k| weights[k] * (0..=k).map(|j| weights[k - j] * numbers[j]).sum::<f64>())
                .sum();
            Ok((along * 1e6) as i64)
        };
        audit().mu(|| draw(0, left), || draw(1, right)).unwrap()
    };
    // rho = mu^2 / 2.
    let right = run(1.0);
    println!("matrix counter: mu 1, {right}");
    assert!(!right.refutes(1.0), "{right}");
    let wrong = run(0.9);
    println!("matrix counter with 10 % less noise: {wrong}");
    assert!(wrong.refutes(1.0), "{wrong}");
}

/// `binomial(2k, k) / 4^k`: the column that the counter's own is close to.
fn first_column(steps: usize) -> Vec<f64> {
    let mut c = vec![1.0; steps];
    for k in 1..steps {
        c[k] = c[k - 1] * (2 * k - 1) as f64 / (2 * k) as f64;
    }
    c
}

#[test]
fn noise_on_a_lattice_gives_away_no_more_than_claimed() {
    holds_and_catches("Laplace on a lattice", 1.0, |noise| {
        let noise = LatticeNoise::laplace(1, 0.7, epsilon(1.0 / noise))?;
        Ok(move |side: usize, rng: &mut SecureRng| {
            let mut values = [0.3 + 0.7 * side as f64];
            noise.release(&mut values, rng)?;
            Ok((values[0] / noise.lattice().step()) as i64)
        })
    });
    let run = |noise: f64| {
        let rho = Rho::new(0.5 / (noise * noise)).unwrap();
        let noise = LatticeNoise::gaussian(1, 0.7, rho).unwrap();
        let draw = |value: f64, rng: &mut SecureRng| {
            let mut values = [value];
            noise.release(&mut values, rng)?;
            Ok((values[0] / noise.lattice().step()) as i64)
        };
        let mut rngs = [SecureRng::from_os().unwrap(), SecureRng::from_os().unwrap()];
        let [left, right] = &mut rngs;
        audit().mu(|| draw(0.3, left), || draw(1.0, right)).unwrap()
    };
    let (right, wrong) = (run(1.0), run(0.9));
    println!("Gaussian on a lattice: mu 1, {right}; with 10 % less noise {wrong}");
    assert!(!right.refutes(1.0) && wrong.refutes(1.0), "{right} {wrong}");
}
