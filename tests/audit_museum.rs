//! A museum of planted bugs: each is caught by `assert_dp!`, and its correct twin passes.
//!
//! Both are attacked in the same way: as transcripts, with the same inputs, runs and false alarm (1e-6). Ten per cent
//! less noise of every mechanism, and other wrong sparse vectors, are in `dp_audit`; this is a bug of each kind.
//!
//! How often correct twins are flagged is counted with seeds: 20 runs of each at a false alarm of 1 % here, 1,000 with
//!
//! ```text
//! INCOG_MUSEUM_RUNS=1000 cargo test --release --features audit --test integration twins_are_flagged -- --nocapture
//! ```

use incog::{
    Result, SecureRng, assert_dp,
    audit::{Audit, LowerBound, Transcript, is_reachable},
    dp::{
        Budget, ContributionBounds, Delta, Epsilon, Event, EventList, Neighbors, PrivacyUnit, Query, Records,
        Session,
        accountant::{Accountant, Pld},
        event::Sampling,
        ledger::MemoryLedger,
        mechanism::{AboveThreshold, Answer, ExponentialMechanism, LatticeNoise, Scores},
        noise::{DiscreteGaussian, DiscreteLaplace, Scale},
        partition::{KeySets, LaplaceThreshold},
    },
};

/// One run, on one of the two sides.
type Run = Box<dyn Fn(usize, &mut SecureRng) -> Result<Transcript>>;

#[derive(Clone, Copy, Debug)]
enum Claim {
    Epsilon(f64, f64),
    Mu(f64),
}

struct Piece {
    /// What the bug claims, and the twin.
    claims: [Claim; 2],
    bug: Run,
    twin: Run,
}

impl Piece {
    fn new(
        claim: Claim,
        bug: impl Fn(usize, &mut SecureRng) -> Result<Transcript> + 'static,
        twin: impl Fn(usize, &mut SecureRng) -> Result<Transcript> + 'static,
    ) -> Piece {
        Piece { claims: [claim; 2], bug: Box::new(bug), twin: Box::new(twin) }
    }
}

/// The museum: one test a piece.
macro_rules! museum {
    ($($piece:ident),* $(,)?) => {
        const PIECES: &[(&str, fn() -> Piece)] = &[$((stringify!($piece), pieces::$piece)),*];
        $(
            mod $piece {
                #[test]
                fn is_caught_and_its_twin_passes() {
                    super::check(super::pieces::$piece());
                }
            }
        )*
    };
}

museum!(
    scale_times_nine_tenths,
    sensitivity_halved,
    sensitivity_halved_gaussian,
    naive_float_laplace,
    float_laplace_in_one_binade,
    lattice_that_follows_the_answer,
    sparse_vector_without_noise_on_questions,
    sparse_vector_without_an_end,
    noisy_max_that_returns_the_value,
    missing_clamp,
    nan_that_passes,
    threshold_off_by_one,
    subsampling_formula_too_good,
    noise_reused_for_two_answers,
    noise_of_one_seed,
    error_that_depends_on_the_data,
);

fn asserted(claim: Claim, run: &Run) {
    let audit = Audit::new().samples(SAMPLES);
    let mut rngs = [SecureRng::from_os().unwrap(), SecureRng::from_os().unwrap()];
    let [left, right] = &mut rngs;
    match claim {
        Claim::Epsilon(epsilon, delta) => {
            assert_dp!(audit = audit, epsilon = epsilon, delta = delta, run(0, left), run(1, right));
        }
        Claim::Mu(mu) => assert_dp!(audit = audit, mu = mu, run(0, left), run(1, right)),
    }
}

fn check(piece: Piece) {
    let Piece { claims: [wrong, right], bug, twin } = piece;
    asserted(right, &twin);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| asserted(wrong, &bug)));
    let sentence = *caught.expect_err("not caught").downcast::<String>().unwrap();
    assert!(
        sentence.starts_with("not ") && sentence.contains("differentially private: at least"),
        "{sentence}"
    );
    println!("{sentence}");
}

/// The bound of one seeded experiment.
fn seeded(piece: &Piece, audit: Audit, seed: u64) -> LowerBound {
    let mut rngs = [SecureRng::insecure_seeded(2 * seed), SecureRng::insecure_seeded(2 * seed + 1)];
    let [left, right] = &mut rngs;
    let (left, right) = (|| (piece.twin)(0, left), || (piece.twin)(1, right));
    match piece.claims[1] {
        Claim::Epsilon(_, delta) => audit.epsilon(delta, left, right).unwrap(),
        Claim::Mu(_) => audit.mu(left, right).unwrap(),
    }
}

/// At a stated false alarm of 1 %, as many or fewer runs of each twin are flagged than a binomial count of that share
/// exceeds once in a million.
#[test]
fn twins_are_flagged_as_seldom_as_stated() {
    let runs: u64 = std::env::var("INCOG_MUSEUM_RUNS").map_or(20, |runs| runs.parse().unwrap());
    let level = 0.01;
    let audit = Audit::new().samples(2000).false_alarm(level).unwrap();
    let limit = binomial_limit(runs, level, 1e-6);
    for (name, piece) in PIECES {
        let piece = piece();
        let (Claim::Epsilon(claim, _) | Claim::Mu(claim)) = piece.claims[1];
        let flagged = (0..runs).filter(|seed| seeded(&piece, audit, *seed).refutes(claim)).count();
        println!("{name}: {flagged} of {runs} correct twins flagged at {level}; at most {limit}");
        assert!(flagged as u64 <= limit, "{name}: {flagged} of {runs}");
    }
}

/// The smallest count that as many trials of `share` exceed with at most this probability.
fn binomial_limit(trials: u64, share: f64, probability: f64) -> u64 {
    let mut term = (1.0 - share).powi(i32::try_from(trials).unwrap());
    let mut above = 1.0 - term;
    let mut count = 0;
    while above > probability {
        term *= (trials - count) as f64 / (count + 1) as f64 * share / (1.0 - share);
        count += 1;
        above -= term;
    }
    count
}

#[test]
fn limits_of_binomial_counts_are_known_ones() {
    // Ten trials of one half: 1,023 of 1,024 ways have less than 10, 1,013 less than 9.
    assert_eq!(binomial_limit(10, 0.5, 1.0 / 1024.0), 9);
    assert_eq!(binomial_limit(10, 0.5, 11.0 / 1024.0), 8);
    assert_eq!(binomial_limit(1000, 0.01, 1e-6), 28);
}

/// Enough for ten per cent of ε = 1.
const SAMPLES: usize = 400_000;

/// Each bug, what it is and where it comes from, and beside it the twin.
mod pieces {
    use super::*;

    fn laplace(numerator: u64, denominator: u64) -> DiscreteLaplace {
        DiscreteLaplace::new(Scale::new(numerator, denominator).unwrap())
    }

    fn epsilon(value: f64) -> Epsilon {
        Epsilon::new(value).unwrap()
    }

    fn integer(value: i64) -> Transcript {
        Transcript::from(value as f64)
    }

    /// A count of 40 or 41.
    pub(super) fn scale_times_nine_tenths() -> Piece {
        let count = |noise: DiscreteLaplace| {
            move |side: usize, rng: &mut SecureRng| Ok(integer(40 + side as i64 + noise.sample(rng)?))
        };
        Piece::new(Claim::Epsilon(1.0, 0.0), count(laplace(9, 10)), count(laplace(1, 1)))
    }

    /// A person has two rows, and the noise is for one.
    pub(super) fn sensitivity_halved() -> Piece {
        let count = |noise: DiscreteLaplace| {
            move |side: usize, rng: &mut SecureRng| Ok(integer(40 + 2 * side as i64 + noise.sample(rng)?))
        };
        Piece::new(Claim::Epsilon(1.0, 0.0), count(laplace(1, 1)), count(laplace(2, 1)))
    }

    /// Replacing a row moves a sum by twice the bound of its size.
    pub(super) fn sensitivity_halved_gaussian() -> Piece {
        let sum = |sigma: u64| {
            let noise = DiscreteGaussian::new(Scale::new(sigma, 1).unwrap());
            move |side: usize, rng: &mut SecureRng| Ok(integer([-50, 50][side] + noise.sample(rng)?))
        };
        Piece::new(Claim::Mu(0.5), sum(100), sum(200))
    }

    /// A uniform number as textbooks make it, from 2^-53 to 1, and noise by its logarithm.
    fn textbook(scale: f64, rng: &mut SecureRng) -> Result<f64> {
        let bits = rng.next_u64()?;
        let noise = scale * (((bits >> 11) + 1) as f64 / 2f64.powi(53)).ln();
        Ok(if bits & 1 == 0 { noise } else { -noise })
    }

    fn on_lattice(
        sensitivity: f64,
        claim: f64,
        answers: [f64; 2],
    ) -> impl Fn(usize, &mut SecureRng) -> Result<f64> {
        let noise = LatticeNoise::laplace(1, sensitivity, epsilon(claim)).unwrap();
        move |side, rng| {
            let mut values = [answers[side]];
            noise.release(&mut values, rng)?;
            Ok(values[0])
        }
    }

    /// The low bits of the sum tell the answer ([Mir12] Mironov, CCS 2012).
    pub(super) fn naive_float_laplace() -> Piece {
        let twin = on_lattice(1.0, 1.0, [0.0, 1.0]);
        Piece::new(
            Claim::Epsilon(1.0, 0.0),
            |side, rng| Ok(Transcript::from(side as f64 + textbook(1.0, rng)?)),
            move |side, rng| twin(side, rng).map(Transcript::from),
        )
    }

    /// Two answers between the same powers of two: which numbers can be reached from each tells them apart.
    pub(super) fn float_laplace_in_one_binade() -> Piece {
        let (answers, scale) = ([1.25, 1.75], 3.7);
        let claim = 0.5 / scale;
        let labelled = move |output: f64| {
            let reachable = answers.map(|answer| is_reachable(output, answer, scale));
            Transcript::new().label(reachable[0]).label(reachable[1])
        };
        let twin = on_lattice(0.5, claim, answers);
        Piece::new(
            Claim::Epsilon(claim, 0.0),
            move |side, rng| Ok(labelled(answers[side] + textbook(scale, rng)?)),
            move |side, rng| Ok(labelled(twin(side, rng)?)),
        )
    }

    /// Noise in whole steps, added to an answer that was not rounded to them: its rest shows through, and so do the holes.
    pub(super) fn lattice_that_follows_the_answer() -> Piece {
        let (noise, answers) = (laplace(1, 1), [10.25, 10.75]);
        let twin = on_lattice(0.5, 0.5, answers);
        Piece::new(
            Claim::Epsilon(0.5, 0.0),
            move |side, rng| Ok(Transcript::from(answers[side] + noise.sample(rng)? as f64)),
            move |side, rng| twin(side, rng).map(Transcript::from),
        )
    }

    fn above_and_below(answers: impl IntoIterator<Item = bool>) -> Transcript {
        answers.into_iter().fold(Transcript::new(), Transcript::label)
    }

    /// The published algorithm, corrected.
    fn sparse_vector(
        positives: u32,
        claim: f64,
        questions: [&'static [i64]; 2],
    ) -> impl Fn(usize, &mut SecureRng) -> Result<Transcript> {
        let watch = AboveThreshold::new(0, 1, positives, epsilon(claim)).unwrap();
        move |side, rng| {
            let mut open = watch.open(rng)?;
            let mut answers = Vec::new();
            for &question in questions[side] {
                answers.push(open.ask(question, rng)? == Answer::Above);
            }
            Ok(above_and_below(answers))
        }
    }

    /// Only the threshold has noise ([LSL17] Lyu, Su, Li, *Understanding the Sparse Vector Technique*, VLDB 2017,
    /// algorithm 5).
    pub(super) fn sparse_vector_without_noise_on_questions() -> Piece {
        let questions: [&[i64]; 2] = [&[0, 1], &[1, 0]];
        let noise = laplace(2, 1);
        Piece::new(
            Claim::Epsilon(1.0, 0.0),
            move |side, rng| {
                let threshold = noise.sample(rng)?;
                Ok(above_and_below(questions[side].iter().map(|&q| q >= threshold)))
            },
            sparse_vector(1, 1.0, questions),
        )
    }

    /// Any number of questions above is answered, with the noise for one ([LSL17], algorithm 6).
    pub(super) fn sparse_vector_without_an_end() -> Piece {
        let questions: [&[i64]; 2] =
            [&[0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1], &[1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]];
        let (first, noise) = (laplace(2, 3), laplace(4, 3));
        Piece::new(
            Claim::Epsilon(3.0, 0.0),
            move |side, rng| {
                let threshold = first.sample(rng)?;
                let mut answers = Vec::new();
                for question in questions[side] {
                    answers.push(question + noise.sample(rng)? >= threshold);
                }
                Ok(above_and_below(answers))
            },
            sparse_vector(1, 3.0, questions),
        )
    }

    /// The largest of two noisy counts: which one it is may be told for this noise, its value may not.
    pub(super) fn noisy_max_that_returns_the_value() -> Piece {
        let noise = laplace(1, 1);
        let scores = [[0i64, 0], [1, 1]];
        let choice = ExponentialMechanism::new(Scores::new(2, 1).unwrap().monotonic(), epsilon(1.0));
        Piece::new(
            Claim::Epsilon(1.0, 0.0),
            move |side, rng| {
                let noisy = [scores[side][0] + noise.sample(rng)?, scores[side][1] + noise.sample(rng)?];
                Ok(integer(noisy[0].max(noisy[1])).label(noisy[0] > noisy[1]))
            },
            // Counts that move apart, or the choice would not tell the sides apart at all.
            move |side, rng| Ok(Transcript::new().label(choice.select(&[[0i64, 0], [1, 0]][side], rng)?)),
        )
    }

    /// The released values of a sum of numbers from 0 to 10, with and without the last row.
    fn clamped_sum(claim: f64, rows: &'static [f64]) -> impl Fn(usize, &mut SecureRng) -> Result<Transcript> {
        // A trial borrows all of it, and these live as long as the test.
        let session =
            Session::builder(PrivacyUnit::person("p").unwrap(), ContributionBounds::new(1, 1).unwrap());
        let session = session.ledger(MemoryLedger::new(Budget::ZERO)).data_version("").build().unwrap();
        let session: &'static Session = Box::leak(Box::new(session));
        let query = Query::sum("x").clamp(0.0, 10.0).epsilon(epsilon(claim)).build().unwrap();
        let query: &'static Query = Box::leak(Box::new(query));
        let persons: &'static [u32] = Vec::leak((0..rows.len() as u32).collect());
        let trials = [rows.len() - 1, rows.len()].map(|count| {
            let records = Records::new().codes("p", &persons[..count], rows.len()).unwrap();
            session.trial(query, records.numbers("x", &rows[..count]).unwrap()).unwrap()
        });
        move |side, rng| Ok(trials[side].run(rng)?.values.into_iter().collect())
    }

    fn plain_sum(
        rows: &'static [f64],
        rule: fn(f64) -> f64,
    ) -> impl Fn(usize, &mut SecureRng) -> Result<Transcript> {
        let noise = laplace(10, 1);
        move |side, rng| {
            let sum: f64 = rows[..rows.len() - 1 + side].iter().map(|&x| rule(x)).sum();
            Ok(Transcript::from((sum + noise.sample(rng)? as f64).round()))
        }
    }

    /// Numbers were said to be at most 10, and nobody saw to it.
    pub(super) fn missing_clamp() -> Piece {
        let rows = &[3.0, 7.0, 1000.0];
        Piece::new(Claim::Epsilon(1.0, 0.0), plain_sum(rows, |x| x), clamped_sum(1.0, rows))
    }

    /// A clamp by comparisons lets through what compares with nothing.
    pub(super) fn nan_that_passes() -> Piece {
        let rows = &[3.0, 7.0, f64::NAN];
        #[allow(clippy::manual_clamp, reason = "the bug")]
        let comparing = |x: f64| {
            if x > 10.0 {
                10.0
            } else if x < 0.0 {
                0.0
            } else {
                x
            }
        };
        Piece::new(Claim::Epsilon(1.0, 0.0), plain_sum(rows, comparing), clamped_sum(1.0, rows))
    }

    /// A key of one person alone is kept by `>=` where it should be `>`: e^ε times the δ.
    pub(super) fn threshold_off_by_one() -> Piece {
        let delta = 0.01;
        let rule =
            LaplaceThreshold::new(Neighbors::AddOrRemoveOne, 1, epsilon(1.0), Delta::new(delta).unwrap())
                .unwrap();
        let sets = [0u32, 1].map(|persons| {
            let pairs = (0..persons).map(|person| (person, "key"));
            KeySets::bounded(pairs, 1, &mut SecureRng::from_os().unwrap()).unwrap()
        });
        let (threshold, noise) = (rule.threshold(), rule.noise());
        Piece::new(
            Claim::Epsilon(1.0, delta),
            move |side, rng| {
                let kept = side > 0 && 1 + noise.sample(rng)? >= threshold - 1;
                Ok(Transcript::new().label(kept))
            },
            move |side, rng| Ok(Transcript::new().label(!rule.select(&sets[side], rng)?.is_empty())),
        )
    }

    /// A sample of one half does not halve ε: of ε = 2 it makes `ln(1 + (e^2 - 1) / 2)`, 1.43.
    pub(super) fn subsampling_formula_too_good() -> Piece {
        let delta = 1e-9;
        let event = Event::discrete_laplace(Scale::new(1, 2).unwrap(), 1);
        let event = event.sampled(Sampling::poisson(0.5).unwrap()).unwrap();
        let events = EventList::new(Neighbors::AddOrRemoveOne, [event]).unwrap();
        let accounted = Pld.compose(&events).unwrap().epsilon(Delta::new(delta).unwrap()).unwrap().upper();
        let noise = laplace(1, 2);
        let run = move |side: usize, rng: &mut SecureRng| {
            let sampled = side > 0 && rng.next_u64()? & 1 == 1;
            Ok(integer(i64::from(sampled) + noise.sample(rng)?))
        };
        let claims = [Claim::Epsilon(1.0, delta), Claim::Epsilon(accounted, delta)];
        Piece { claims, bug: Box::new(run), twin: Box::new(run) }
    }

    /// Two counts, of which a person is in the first: their difference is exact.
    pub(super) fn noise_reused_for_two_answers() -> Piece {
        let noise = laplace(1, 1);
        let answers = move |side: usize, draws: [i64; 2]| {
            Transcript::from_iter([(40 + side as i64 + draws[0]) as f64, (30 + draws[1]) as f64])
        };
        Piece::new(
            Claim::Epsilon(2.0, 0.0),
            move |side, rng| noise.sample(rng).map(|draw| answers(side, [draw; 2])),
            move |side, rng| Ok(answers(side, [noise.sample(rng)?, noise.sample(rng)?])),
        )
    }

    /// Every release starts from the same seed.
    pub(super) fn noise_of_one_seed() -> Piece {
        let noise = laplace(1, 1);
        Piece::new(
            Claim::Epsilon(1.0, 0.0),
            move |side, _| Ok(integer(side as i64 + noise.sample(&mut SecureRng::insecure_seeded(7))?)),
            move |side, rng| Ok(integer(side as i64 + noise.sample(rng)?)),
        )
    }

    /// Where nobody is there, an error says so.
    pub(super) fn error_that_depends_on_the_data() -> Piece {
        let noise = laplace(1, 1);
        Piece::new(
            Claim::Epsilon(1.0, 0.0),
            move |side, rng| match side {
                0 => Ok(Transcript::new().label("error: no rows")),
                _ => Ok(integer(side as i64 + noise.sample(rng)?)),
            },
            move |side, rng| Ok(integer(side as i64 + noise.sample(rng)?)),
        )
    }
}
