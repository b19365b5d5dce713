//! The characteristic function of one term under a tilt.
//!
//! Masses are gathered in blocks of the lattice, and `e^(-itx)` is a series around the middle of each:
//! `φ(t_j) = sum over q of (-i a_j)^q / q! * FFT of the q-th moments`, `a_j` half the angle of a block. Blocks of a single
//! step need one moment only: then it is the plain transform. The block around the mean holds most of the mass, and of
//! `φ(t_j) - 1` it contributes only what its higher moments say; so the error is in proportion to the deviation from 1.

use crate::{
    dp::accountant::pld::{
        ball::Deviations,
        cells::{f64_to_index, index_to_f64},
        measure::Measure,
        tilt::{Term, of_weights},
    },
    num::{
        Enclosure, count,
        exponential::exp,
        fft::{Complexes, Fft},
        round::UNIT,
        to_f64,
    },
};

/// How a transform is computed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Steps of the lattice in the window.
    pub(super) size: u64,
    /// Steps in a block, odd.
    pub(super) block: u64,
    /// Blocks in the window, a power of two.
    pub(super) blocks: usize,
    /// Frequencies, from 0.
    pub(super) frequencies: usize,
}

/// A term under the tilt.
#[derive(Debug)]
pub(super) struct Tilted {
    /// Steps of the lattice from the center, with the masses of both measures.
    pub(super) places: Vec<i64>,
    pub(super) upper: Vec<f64>,
    pub(super) lower: Vec<f64>,
    /// `m = w e^(scale - tilt x)` for a mass `m` at `x` from the center, and its weight `w`.
    pub(super) scale: f64,
    /// The loss of the center, without the offset.
    pub(super) center: f64,
    pub(super) count: u64,
}

/// The characteristic functions of both measures, over their values at 0.
#[derive(Debug)]
pub(super) struct Characteristic {
    pub(super) upper: Deviations,
    pub(super) lower: Deviations,
    pub(super) upper_total: Enclosure,
    pub(super) lower_total: Enclosure,
}

impl Tilted {
    pub(super) fn new(term: &Term, tilt: f64, shift: u32, step: f64) -> Self {
        let Measure { edges, upper, lower, .. } = &term.measure;
        let cumulants = of_weights(edges, upper, term.measure.unit, tilt);
        let center = f64_to_index((cumulants.slope / step).round());
        let scale = cumulants.value - tilt * step * index_to_f64(center);
        let mut tilted = Tilted {
            places: Vec::with_capacity(edges.len()),
            upper: Vec::with_capacity(edges.len()),
            lower: Vec::with_capacity(edges.len()),
            scale,
            center: step * index_to_f64(center),
            count: term.count,
        };
        for ((k, u), l) in edges.iter().zip(upper).zip(lower) {
            if *u > 0.0 || *l > 0.0 {
                let place = (k >> shift) - center;
                let factor = exp(tilt * step * index_to_f64(place) - scale);
                tilted.places.push(place);
                tilted.upper.push(u * factor);
                tilted.lower.push(l * factor);
            }
        }
        tilted
    }

    pub(super) fn characteristic(&self, layout: Layout, fft: &Fft) -> Characteristic {
        let orders = if layout.block == 1 { 1 } else { MOMENTS };
        let mut moments = vec![Complexes::zeros(layout.blocks); orders];
        let mut central = vec![[0.0; 2]; orders];
        let (mut totals, mut central_first) = ([Sum::default(); 2], [0.0; 2]);
        let mut outer = [0.0; 2];
        let half = layout.block / 2;
        let scale = 2.0 / to_f64(layout.block);
        // Sums of a few masses at a time, so that their rounding errors do not add up.
        let mut sums = vec![[0.0; 2]; orders];
        let (mut open, mut held) = (0, 0);
        let mut flush = |sums: &mut [[f64; 2]], block: usize| {
            for (order, sum) in sums.iter_mut().enumerate() {
                if block == 0 {
                    central[order][0] += sum[0];
                    central[order][1] += sum[1];
                } else {
                    moments[order].re[block] += sum[0];
                    moments[order].im[block] += sum[1];
                }
                *sum = [0.0; 2];
            }
        };
        for ((k, upper), lower) in self.places.iter().zip(&self.upper).zip(&self.lower) {
            let place = wrap(*k, half, layout.size);
            let (block, within) = (index(place / layout.block), place % layout.block);
            if block != open || held == HELD {
                flush(&mut sums, open);
                (open, held) = (block, 0);
            }
            held += 1;
            let offset = scale * (to_f64(within) - to_f64(half));
            let mut weight = [*upper, *lower];
            for i in 0..2 {
                totals[i].add(weight[i]);
                if block == 0 {
                    central_first[i] += weight[i] * offset.abs();
                } else {
                    outer[i] += weight[i];
                }
            }
            for sum in &mut sums {
                sum[0] += weight[0];
                sum[1] += weight[1];
                weight = [weight[0] * offset, weight[1] * offset];
            }
        }
        flush(&mut sums, open);

        let mut sum = Series::new(layout, orders);
        sum.add_central(&central);
        sum.add_outer(&mut moments, fft);
        let sizes = (central_first, outer);
        let summands = to_f64(u64::from(HELD)) + to_f64(count(self.places.len())) / to_f64(u64::from(HELD));
        let [upper_total, lower_total] = totals.map(|total| total.enclosure(self.places.len()));
        let [upper, lower] = sum.finish(sizes, [upper_total, lower_total], summands, fft.error());
        Characteristic { upper, lower, upper_total, lower_total }
    }
}

/// `φ(t_j) - φ(0)` of both measures.
struct Series {
    /// Of the upper measure, then of the lower.
    re: [Vec<f64>; 2],
    im: [Vec<f64>; 2],
    /// Half the angle of a block at the first frequency.
    angle: f64,
    orders: usize,
}

impl Series {
    fn new(layout: Layout, orders: usize) -> Self {
        let zeros = || [vec![0.0; layout.frequencies], vec![0.0; layout.frequencies]];
        let angle = std::f64::consts::PI / to_f64(count(layout.blocks));
        Series { re: zeros(), im: zeros(), angle, orders }
    }

    /// The higher moments of the central block.
    fn add_central(&mut self, central: &[[f64; 2]]) {
        for i in 0..2 {
            for (j, (re, im)) in self.re[i].iter_mut().zip(&mut self.im[i]).enumerate() {
                let angle = self.angle * to_f64(count(j));
                let mut factor = 1.0;
                for (order, moment) in central.iter().enumerate().skip(1) {
                    factor *= angle / to_f64(count(order));
                    // times (-i)^order
                    match order % 4 {
                        0 => *re += factor * moment[i],
                        1 => *im -= factor * moment[i],
                        2 => *re -= factor * moment[i],
                        _ => *im += factor * moment[i],
                    }
                }
            }
        }
    }

    /// All moments of the other blocks, less their mass. Both measures travel as one complex sequence.
    fn add_outer(&mut self, moments: &mut [Complexes], fft: &Fft) {
        let blocks = moments[0].re.len();
        let mut scratch = Complexes::zeros(blocks);
        let mut factor: Vec<f64> = vec![1.0; self.re[0].len()];
        for (order, moment) in moments.iter_mut().enumerate() {
            fft.transform(moment, &mut scratch);
            let (re, im) = (&moment.re, &moment.im);
            let (mass, other) = if order == 0 { (re[0], im[0]) } else { (0.0, 0.0) };
            for (j, f) in factor.iter_mut().enumerate() {
                let back = (blocks - j) % blocks;
                // The transforms of the real and of the imaginary part.
                let upper = (0.5 * (re[j] + re[back]) - mass, 0.5 * (im[j] - im[back]));
                let lower = (0.5 * (im[j] + im[back]) - other, 0.5 * (re[back] - re[j]));
                for (i, (x, y)) in [upper, lower].into_iter().enumerate() {
                    let (x, y) = match order % 4 {
                        0 => (x, y),
                        1 => (y, -x),
                        2 => (-x, -y),
                        _ => (-y, x),
                    };
                    self.re[i][j] += *f * x;
                    self.im[i][j] += *f * y;
                }
                *f *= self.angle * to_f64(count(j)) / to_f64(count(order + 1));
            }
        }
    }

    /// Divides by the totals and states the error.
    ///
    /// Of the central block: rounding in proportion to the first absolute moment, as the offsets are at most 1. Of the
    /// others: their sums, the transform (of both measures, twice), the series, whose terms add up to the exponential
    /// of the angle. And of all, what the series leaves out.
    fn finish(
        self,
        (central_first, outer): ([f64; 2], [f64; 2]),
        totals: [Enclosure; 2],
        summands: f64,
        transform_error: f64,
    ) -> [Deviations; 2] {
        let Series { re, im, angle, orders } = self;
        let roundings = (summands + 8.0 * to_f64(count(orders)) + 16.0) * UNIT;
        let mut of = [Deviations::default(), Deviations::default()];
        for (i, (re, im)) in re.into_iter().zip(im).enumerate() {
            let inverse = 1.0 / totals[i].lower().max(f64::MIN_POSITIVE);
            let both = outer[0] + outer[1];
            let error = (0..re.len()).map(|j| {
                let angle = angle * to_f64(count(j));
                let growth = if orders == 1 { 1.0 } else { exp(angle) };
                let (rest, central) = if orders == 1 {
                    (0.0, 0.0)
                } else {
                    (series_rest(angle, orders), central_first[i] * (growth - 1.0).max(angle) * roundings)
                };
                let outer = both * growth * (roundings + 2.0 * transform_error);
                1.01 * inverse * (central + outer + rest * (central_first[i] + both))
            });
            of[i].error = error.collect();
            of[i].re = re.into_iter().map(|x| x * inverse).collect();
            of[i].im = im.into_iter().map(|y| y * inverse).collect();
        }
        of
    }
}

/// A sum with the errors of its additions (A. Neumaier, *Rundungsfehleranalyse einiger Verfahren zur Summation
/// endlicher Summen*, ZAMM 54, 1974).
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, x: f64) {
        let sum = self.sum + x;
        self.lost += if self.sum > x { (self.sum - sum) + x } else { (x - sum) + self.sum };
        self.sum = sum;
    }

    /// Of positive numbers.
    fn enclosure(self, summands: usize) -> Enclosure {
        let n = to_f64(count(summands));
        Enclosure::around(self.sum + self.lost, 2.0 * UNIT + n * n * UNIT * UNIT)
    }
}

/// The rest of the exponential series of an angle below 1 after `terms` terms.
fn series_rest(angle: f64, terms: usize) -> f64 {
    (1..=terms).fold(2.0, |term, n| term * angle / to_f64(count(n)))
}

/// The place of step `k` in a window of `size` steps that starts `half` steps before step 0.
fn wrap(k: i64, half: u64, size: u64) -> u64 {
    let place = i128::from(k) + i128::from(half);
    u64::try_from(place.rem_euclid(i128::from(size))).unwrap_or(0)
}

/// A length that fits: sizes are limited before.
pub(super) fn index(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Of angles up to π/4 the series leaves less than 1e-16.
const MOMENTS: usize = 17;
/// As many masses are summed before they are added to a block.
const HELD: u32 = 32;
