//! The slide negative binomial model, fitted to the classes of one and two rows.

use super::Sample;

/// The expected number of members alone in the population: K beta^alpha. \[CM98\]
///
/// A population class has 1 + X members, X negative binomial with parameters alpha and beta; each member is in the sample
/// with chance pi. With d = (1 - pi)(1 - beta), the expected numbers of sample classes of size 1 and 2 follow from the
/// generating function z (beta / (1 - (1 - beta) z))^alpha at 1 - pi:
///
/// ```text
///   f_1 = K pi (beta / (1 - d))^alpha (1 + alpha d / (1 - d))
///   f_2 = K pi^2 / 2 alpha (1 - beta) beta^alpha (2 - (1 - alpha) d) / (1 - d)^(alpha + 2)
/// ```
pub(super) fn uniques(sample: &Sample) -> Option<f64> {
    let pi = sample.fraction();
    let k = classes_of_population(sample);
    let (f1, f2) = (sample.of_size(1.0) / (k * pi), 2.0 * sample.of_size(2.0) / (k * pi * pi));
    if !(k.is_finite() && f1 > 0.0 && f2 > 0.0) {
        return None;
    }
    // The solutions of the first equation are a curve: from beta = 1 down to where its two alphas meet, and up again.
    let meet = meeting_point(pi, f1);
    let beta_of = |s: f64| meet + s * s * (1.0 - meet);
    let lacks = |s: f64| {
        let alpha = alpha(beta_of(s), pi, f1, s < 0.0)?;
        Some((twos(alpha, beta_of(s), pi) - f2, alpha))
    };
    let mut best: Option<(f64, f64)> = None;
    for i in -GRID..GRID {
        let (mut low, mut high) = (f64::from(i) / f64::from(GRID), f64::from(i + 1) / f64::from(GRID));
        // Not the ends, where one of the parameters is infinite.
        if i == -GRID || i + 1 == GRID {
            continue;
        }
        let (Some((at_low, _)), Some((at_high, _))) = (lacks(low), lacks(high)) else { continue };
        if (at_low < 0.0) == (at_high < 0.0) {
            continue;
        }
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            match lacks(middle) {
                Some((gap, _)) if (gap < 0.0) == (at_low < 0.0) => low = middle,
                _ => high = middle,
            }
        }
        let Some((_, alpha)) = lacks(low) else { continue };
        let beta = beta_of(low);
        // Of several solutions, the one that expects the number of classes seen.
        let unseen = (1.0 - pi) * (beta / (1.0 - (1.0 - pi) * (1.0 - beta))).powf(alpha);
        let off = (k * (1.0 - unseen) - sample.classes).abs();
        if best.is_none_or(|(before, _)| off < before) {
            best = Some((off, k * beta.powf(alpha)));
        }
    }
    best.map(|(_, uniques)| uniques)
}

/// f_2 over K pi^2 / 2.
fn twos(alpha: f64, beta: f64, pi: f64) -> f64 {
    let d = (1.0 - pi) * (1.0 - beta);
    alpha * (1.0 - beta) * beta.powf(alpha) * (2.0 - (1.0 - alpha) * d) / (1.0 - d).powf(alpha + 2.0)
}

/// f_1 over K pi as a function of alpha, and where it is greatest.
fn ones(beta: f64, pi: f64) -> (impl Fn(f64) -> f64, f64) {
    let d = (1.0 - pi) * (1.0 - beta);
    let (base, slope) = ((beta / (1.0 - d)).ln(), d / (1.0 - d));
    let top = (-1.0 / base - 1.0 / slope).max(0.0);
    (move |alpha: f64| (alpha * base).exp() * (1.0 + alpha * slope), top)
}

/// The least beta at which some alpha gives `f1`: its greatest value grows with beta.
fn meeting_point(pi: f64, f1: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        let (ones, top) = ones(middle, pi);
        if ones(top) < f1 { low = middle } else { high = middle }
    }
    high
}

/// The alpha at which the first equation holds, below or above where its left side is greatest.
fn alpha(beta: f64, pi: f64, f1: f64, below: bool) -> Option<f64> {
    let (ones, top) = ones(beta, pi);
    let mut high = if below { 0.0 } else { top.max(1.0) };
    while !below && ones(high) > f1 && high < 1e12 {
        high *= 2.0;
    }
    if ones(high).is_nan() || ones(high) > f1 {
        return None;
    }
    // At the meeting point itself `top` may miss f1 by its last digit.
    let mut low = top;
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if ones(middle) > f1 { low = middle } else { high = middle }
    }
    Some(high)
}

/// Shlosser's estimate of the number of classes, in the form of Haas, Stokes, *Estimating the number of classes in a finite
/// population*, JASA 93, 1998, equation 27.
fn classes_of_population(sample: &Sample) -> f64 {
    let pi = sample.fraction();
    let (mut a, mut b, mut c, mut d) = (0.0, 0.0, 0.0, 0.0);
    for &(size, classes) in &sample.sizes {
        let missed = (1.0 - pi).powf(size);
        a += classes * size * pi * pi * (1.0 - pi * pi).powf(size - 1.0);
        b += classes * missed * ((1.0 + pi).powf(size) - 1.0);
        c += classes * missed;
        d += classes * size * pi * (1.0 - pi).powf(size - 1.0);
    }
    sample.classes + sample.of_size(1.0) * (a / b) * (c / d).powi(2)
}

/// Steps in which a change of sign is looked for.
const GRID: i32 = 64;
