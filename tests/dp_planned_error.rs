//! How far an answer may be off, said before the question is asked: against the exact noise and the worst tables.

use incog::{
    ErrorKind,
    dp::{
        Amount, ContributionBounds, Epsilon, PrivacyUnit, Query, QueryBuilder, Session, ledger::MemoryLedger,
    },
};

const LOWER: f64 = 2.0;
const UPPER: f64 = 12.0;
/// Half of their distance.
const HALF: f64 = 5.0;

fn session() -> Session {
    Session::builder(PrivacyUnit::person("p").unwrap(), ContributionBounds::new(1, 1).unwrap())
        .ledger(MemoryLedger::new(Amount::parse("pure epsilon=1").unwrap()))
        .data_version("v1")
        .build()
        .unwrap()
}

fn asked(query: QueryBuilder) -> Query {
    query.clamp(LOWER, UPPER).epsilon(Epsilon::parse("1").unwrap()).build().unwrap()
}

fn planned(query: QueryBuilder, confidence: f64) -> Result<f64, ErrorKind> {
    session().error(&asked(query), confidence).map_err(|error| error.kind())
}

fn mean(rows: u64) -> QueryBuilder {
    Query::mean("x").at_least(rows)
}

fn variance(rows: u64) -> QueryBuilder {
    Query::variance("x").at_least(rows)
}

/// The least `h` that discrete Laplace noise of this scale exceeds with probability `tail` at most, by adding up.
fn of_count(scale: f64, tail: f64) -> f64 {
    let p = (-1.0 / scale).exp();
    let mut within = (1.0 - p) / (1.0 + p);
    (1u32..)
        .find(|&h| {
            let before = within;
            within += 2.0 * (1.0 - p) / (1.0 + p) * p.powf(f64::from(h));
            1.0 - before <= tail
        })
        .map(|h| f64::from(h - 1))
        .unwrap()
}

/// The same for a sum, whose steps are far smaller than its noise.
fn of_sum(scale: f64, tail: f64) -> f64 {
    scale * (1.0 / tail).ln()
}

/// The parts share ε and the chance to be wrong evenly. A row moves the sum of distances from the middle by `HALF` at most,
/// that of their squares by `HALF²`, the count by 1.
struct Parts {
    sum: f64,
    square: f64,
    count: f64,
}

fn parts(parts: f64, tail: f64) -> Parts {
    let tail = tail / parts;
    Parts {
        sum: of_sum(HALF * parts, tail),
        square: of_sum(HALF * HALF * parts, tail),
        count: of_count(parts, tail),
    }
}

fn near(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
}

#[test]
fn the_noise_of_the_parts_is_what_a_table_says() {
    let of_mean = parts(2.0, 0.05);
    // 10 ln 40; 2 e^-4 / (1 + e^-1/2) = 0.0228 is at most 0.025, and 2 e^-7/2 / (1 + e^-1/2) = 0.0376 is not.
    near(of_mean.sum, 36.888_794_541_1);
    assert_eq!(of_mean.count, 7.0);
    let of_variance = parts(3.0, 0.05);
    near(of_variance.sum, 61.415_168_433_4);
    near(of_variance.square, 307.075_842_167);
    assert_eq!(of_variance.count, 12.0);
}

#[test]
fn a_mean_and_a_variance_over_so_many_rows_have_the_error_of_the_formula() {
    for (confidence, tail) in [(0.95, 0.05), (0.5, 0.5), (0.999, 0.001)] {
        for rows in [60, 1007, 1_000_000] {
            let Parts { sum, count, .. } = parts(2.0, tail);
            let least = rows as f64 - count;
            near(planned(mean(rows), confidence).unwrap(), ((sum + HALF * count) / least).min(2.0 * HALF));
            let Parts { sum, square, count } = parts(3.0, tail);
            let least = rows as f64 - count;
            let (mean, squares) = ((sum + HALF * count) / least, (square + HALF * HALF * count) / least);
            let expected = (squares + mean * (2.0 * HALF + mean)).min(HALF * HALF);
            near(planned(variance(rows), confidence).unwrap(), expected);
        }
    }
    // By hand: (36.889 + 5 * 7) / 1000, and 0.60708 + 0.12142 * 10.12142.
    near(planned(mean(1007), 0.95).unwrap(), 0.071_888_794_541_1);
    near(planned(variance(1012), 0.95).unwrap(), 1.835_969_169_4);
}

/// All tables of at least so many rows, by their mean and mean of squares, and all noise within the parts' errors: no
/// answer is farther off than was said, and that of a mean is.
#[test]
fn no_table_and_no_noise_within_its_errors_moves_an_answer_farther_than_was_said() {
    let shares = [-1.0, -0.6, -0.2, 0.0, 0.3, 0.7, 1.0];
    let rows = 200.0;
    let (mut of_mean, mut of_variance) = (0.0f64, 0.0f64);
    for (a, c) in shares.iter().flat_map(|a| shares.map(|c| (*a, c))) {
        for more in [1.0, 1.5, 10.0] {
            let n = rows * more;
            for centre in shares.map(|share| share * HALF) {
                let Parts { sum, count, .. } = parts(2.0, 0.05);
                let noisy = (centre * n + a * sum) / (n + c * count);
                of_mean = of_mean.max((noisy - centre).abs());
                let Parts { sum, square, count } = parts(3.0, 0.05);
                for b in shares {
                    // Between the least mean of squares, of one value, and the largest, of the two ends.
                    for share in [0.0, 0.5, 1.0] {
                        let squares = centre * centre + share * (HALF * HALF - centre * centre);
                        let mean = (centre * n + a * sum) / (n + c * count);
                        let noisy = (squares * n + b * square) / (n + c * count) - mean * mean;
                        let exact = squares - centre * centre;
                        of_variance = of_variance.max((noisy.clamp(0.0, HALF * HALF) - exact).abs());
                    }
                }
            }
        }
    }
    near(planned(mean(200), 0.95).unwrap(), of_mean);
    let said = planned(variance(200), 0.95).unwrap();
    assert!(of_variance <= said && of_variance > said / 2.0, "{of_variance} {said}");
}

/// Count errors of 7 and 12: of so many rows and fewer none may be left, of one more one is, and then all that the
/// clamp bounds allow is possible.
#[test]
fn no_error_is_said_where_the_count_may_be_zero_and_none_beyond_the_clamp_bounds() {
    assert_eq!(planned(mean(7), 0.95), Err(ErrorKind::Unsupported));
    assert_eq!(planned(mean(8), 0.95), Ok(UPPER - LOWER));
    assert_eq!(planned(variance(12), 0.95), Err(ErrorKind::Unsupported));
    assert_eq!(planned(variance(13), 0.95), Ok(HALF * HALF));
    assert_eq!(planned(Query::mean("x"), 0.95), Err(ErrorKind::Unsupported));
    assert_eq!(planned(Query::variance("x"), 0.95), Err(ErrorKind::Unsupported));
    // A sum has one part, and needs no number of rows: its farther end is 12.
    near(planned(Query::sum("x"), 0.95).unwrap(), of_sum(12.0, 0.05));
}
