//! Noise and choices beside OpenDP and `rand_distr`, in one run.
//!
//! ```text
//! cargo bench -p incog-benches --bench noise_peers --features opendp
//! ```
//!
//! OpenDP is exact as well; it is built without OpenSSL, which makes it several times faster than its default. `rand_distr` computes in
//! binary fractions: fast, and not safe for privacy. Every row is the median of nine runs, the tools taken in turn; one thread. Prints a table
//! in Markdown.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::items_after_statements,
    reason = "a measurement that fails may panic, and its numbers are small"
)]

use std::{error::Error, hint::black_box, time::Instant};

use incog::{
    SecureRng,
    dp::{
        Epsilon, Rho,
        local::RandomizedResponse,
        mechanism::{ExponentialMechanism, LatticeNoise, PermuteAndFlip, Scores},
        noise::{DiscreteGaussian, DiscreteLaplace, NoiseBackend, Scale},
    },
};
use incog_opendp::OpenDp;
use opendp::{
    domains::{AtomDomain, VectorDomain},
    measurements::{make_gaussian, make_laplace, make_noisy_max, make_randomized_response_bool},
    measures::{MaxDivergence, ZeroConcentratedDivergence},
    metrics::{L1Distance, L2Distance, LInfDistance},
};
use rand::{SeedableRng, rngs::StdRng};
use rand_distr::{Distribution, Exp1, StandardNormal};

type Run<'r> = Box<dyn FnMut(usize) + 'r>;

/// Nanoseconds for one of `items` done by each tool, median of nine, in turn.
fn row(name: &str, tools: Vec<(usize, Option<Run<'_>>)>) {
    let mut tools = tools;
    let mut times = vec![Vec::new(); tools.len()];
    for _ in 0..9 {
        for ((items, run), times) in tools.iter_mut().zip(&mut times) {
            if let Some(run) = run {
                let start = Instant::now();
                run(*items);
                times.push(start.elapsed().as_nanos() as f64 / *items as f64);
            }
        }
    }
    let cells: Vec<String> = times
        .into_iter()
        .map(|mut times| {
            times.sort_by(f64::total_cmp);
            times.get(4).map_or("-".to_owned(), |ns| format!("{ns:.1} ns, {:.2} M/s", 1e3 / ns))
        })
        .collect();
    println!("| {name} | {} |", cells.join(" | "));
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut rng, mut own) = (SecureRng::from_os()?, SecureRng::from_os()?);
    let mut float = StdRng::seed_from_u64(1);
    println!("| | incog | OpenDP 0.16 | rand_distr (unsafe) |\n|---|---|---|---|");
    const MANY: usize = 200_000;
    const FEW: usize = 10_000;
    for scale in [1u64, 10, 1000, 1_000_000] {
        let exact = Scale::new(scale, 1)?;
        let mut draws = vec![0i64; MANY];
        row(
            &format!("discrete Laplace, i64, scale {scale}"),
            vec![
                (
                    MANY,
                    Some(Box::new(|_| {
                        DiscreteLaplace::new(exact).sample_into(&mut rng, black_box(&mut draws)).unwrap()
                    })),
                ),
                (
                    FEW,
                    Some(Box::new(|n| OpenDp::new().add_laplace(exact, black_box(&mut vec![0; n])).unwrap())),
                ),
                (
                    MANY,
                    Some(Box::new(|n| {
                        for _ in 0..n {
                            let (a, b): (f64, f64) = (Exp1.sample(&mut float), Exp1.sample(&mut float));
                            black_box(a - b);
                        }
                    })),
                ),
            ],
        );
        let mut draws = vec![0i64; MANY];
        row(
            &format!("discrete Gaussian, i64, sigma {scale}"),
            vec![
                (
                    MANY,
                    Some(Box::new(|_| {
                        DiscreteGaussian::new(exact).sample_into(&mut own, black_box(&mut draws)).unwrap()
                    })),
                ),
                (
                    FEW,
                    Some(Box::new(|n| {
                        OpenDp::new().add_gaussian(exact, black_box(&mut vec![0; n])).unwrap()
                    })),
                ),
                (
                    MANY,
                    Some(Box::new(|n| {
                        for _ in 0..n {
                            let x: f64 = StandardNormal.sample(&mut float);
                            black_box(x);
                        }
                    })),
                ),
            ],
        );
    }
    let noise = DiscreteLaplace::new(Scale::new(10, 1)?);
    row(
        "discrete Laplace, one a call, scale 10",
        vec![
            (
                MANY,
                Some(Box::new(|n| {
                    (0..n).for_each(|_| {
                        black_box(noise.sample(&mut rng).unwrap());
                    })
                })),
            ),
            (
                FEW,
                Some(Box::new(|n| {
                    (0..n)
                        .for_each(|_| OpenDp::new().add_laplace(noise.scale(), black_box(&mut [0])).unwrap())
                })),
            ),
            (0, None),
        ],
    );
    let noise = DiscreteGaussian::new(Scale::new(10, 1)?);
    row(
        "discrete Gaussian, one a call, sigma 10",
        vec![
            (
                MANY,
                Some(Box::new(|n| {
                    (0..n).for_each(|_| {
                        black_box(noise.sample(&mut rng).unwrap());
                    })
                })),
            ),
            (
                FEW,
                Some(Box::new(|n| {
                    (0..n)
                        .for_each(|_| OpenDp::new().add_gaussian(noise.sigma(), black_box(&mut [0])).unwrap())
                })),
            ),
            (0, None),
        ],
    );

    let domain = || VectorDomain::new(AtomDomain::<f64>::new_non_nan()).with_size(1000);
    for k in [None, Some(-40)] {
        let what = k.map_or("OpenDP's finest lattice".to_owned(), |k| format!("OpenDP's lattice 2^{k}"));
        let own = LatticeNoise::laplace(MANY, 1.0, Epsilon::parse("1")?)?;
        let theirs = make_laplace::<_, _, MaxDivergence>(domain(), L1Distance::<f64>::default(), 1.0, k)?;
        let (mut values, input) = (vec![0.5; MANY], vec![0.5; 1000]);
        row(
            &format!("Laplace, f64 on a lattice ({what})"),
            vec![
                (MANY, Some(Box::new(|_| own.release(black_box(&mut values), &mut rng).unwrap()))),
                (
                    1000,
                    Some(Box::new(|_| {
                        black_box(theirs.invoke(&input).unwrap());
                    })),
                ),
                (0, None),
            ],
        );
        let own = LatticeNoise::gaussian(MANY, 1.0, Rho::parse("0.5")?)?;
        let theirs = make_gaussian::<_, _, ZeroConcentratedDivergence>(
            domain(),
            L2Distance::<f64>::default(),
            1.0,
            k,
        )?;
        let mut values = vec![0.5; MANY];
        row(
            &format!("Gaussian, f64 on a lattice ({what})"),
            vec![
                (MANY, Some(Box::new(|_| own.release(black_box(&mut values), &mut rng).unwrap()))),
                (
                    1000,
                    Some(Box::new(|_| {
                        black_box(theirs.invoke(&input).unwrap());
                    })),
                ),
                (0, None),
            ],
        );
    }

    for n in [100usize, 10_000] {
        let scores: Vec<i64> = (0..n as i64).map(|i| i * 7919 % 1000).collect();
        let theirs: Vec<i32> = scores.iter().map(|&score| score as i32).collect();
        let epsilon = Epsilon::parse("0.1")?;
        let rounds = 200_000 / n;
        let choice = ExponentialMechanism::new(Scores::new(n, 1)?, epsilon);
        let space = || (VectorDomain::new(AtomDomain::<i32>::default()), LInfDistance::<i32>::default());
        let (domain, metric) = space();
        let gumbel = make_noisy_max(domain, metric, ZeroConcentratedDivergence, 20.0, false)?;
        row(
            &format!("exponential mechanism, a candidate of {n}"),
            vec![
                (
                    rounds * n,
                    Some(Box::new(|items| {
                        (0..items / n).for_each(|_| {
                            black_box(choice.select(&scores, &mut rng).unwrap());
                        })
                    })),
                ),
                (
                    5 * n,
                    Some(Box::new(|items| {
                        (0..items / n).for_each(|_| {
                            black_box(gumbel.invoke(&theirs).unwrap());
                        })
                    })),
                ),
                (0, None),
            ],
        );
        let choice = PermuteAndFlip::new(Scores::new(n, 1)?, epsilon);
        let (domain, metric) = space();
        let flip = make_noisy_max(domain, metric, MaxDivergence, 20.0, false)?;
        row(
            &format!("permute-and-flip, a candidate of {n}"),
            vec![
                (
                    rounds * n,
                    Some(Box::new(|items| {
                        (0..items / n).for_each(|_| {
                            black_box(choice.select(&scores, &mut rng).unwrap());
                        })
                    })),
                ),
                (
                    5 * n,
                    Some(Box::new(|items| {
                        (0..items / n).for_each(|_| {
                            black_box(flip.invoke(&theirs).unwrap());
                        })
                    })),
                ),
                (0, None),
            ],
        );
    }

    let oracle = RandomizedResponse::binary(Epsilon::parse("1")?)?;
    let theirs = make_randomized_response_bool(0.731, false)?;
    let mut bits = vec![0u64; 1 << 14];
    row(
        "randomized response, a bit",
        vec![
            (64 << 14, Some(Box::new(|_| oracle.report_bits(black_box(&mut bits), &mut rng).unwrap()))),
            (
                FEW,
                Some(Box::new(|n| {
                    (0..n).for_each(|_| {
                        black_box(theirs.invoke(&true).unwrap());
                    })
                })),
            ),
            (0, None),
        ],
    );
    let oracle = RandomizedResponse::new(10, Epsilon::parse("1")?)?;
    let mut column = vec![3u32; MANY];
    row(
        "randomized response, 10 categories",
        vec![
            (MANY, Some(Box::new(|_| oracle.report_all(black_box(&mut column), &mut rng).unwrap()))),
            (0, None),
            (0, None),
        ],
    );
    Ok(())
}
