//! The discrete Fourier transform of complex sequences, for sizes that are powers of two.
//!
//! Own code, because the round-off of a certified bound has to be bounded for the code that runs, and because
//! the sizes are small. Stockham's form with radix four (no bit reversal; C. Van Loan, *Computational
//! Frameworks for the Fast Fourier Transform*, SIAM 1992, section 1.7). Oracle in the tests: the definition.

use super::{
    circle::{TURNS_ERROR, Turns},
    round::UNIT,
};

/// A transform of one size.
pub(crate) struct Fft {
    size: usize,
    /// `e^(-2πi k / size)`.
    cosines: Vec<f64>,
    sines: Vec<f64>,
}

/// Complex numbers, real and imaginary parts apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Complexes {
    pub(crate) re: Vec<f64>,
    pub(crate) im: Vec<f64>,
}

impl Complexes {
    pub(crate) fn zeros(len: usize) -> Self {
        Complexes { re: vec![0.0; len], im: vec![0.0; len] }
    }
}

impl Fft {
    /// A transform of `size` numbers, a power of two.
    pub(crate) fn new(size: usize) -> Self {
        debug_assert!(size.is_power_of_two());
        let turns = Turns::new(1, super::count(size), size);
        let (cosines, sines) = (0..size).map(|k| turns.point(k)).map(|(c, s)| (c, -s)).unzip();
        Fft { size, cosines, sines }
    }

    /// `X_j = sum of x_k e^(-2πi jk / size)`, in place.
    ///
    /// Off by at most [`Self::error`] times the sum of all `|x_k|`, in each `X_j`.
    pub(crate) fn transform(&self, x: &mut Complexes, scratch: &mut Complexes) {
        let (mut length, mut stride) = (self.size, 1);
        while length >= 4 {
            self.quarter(length, stride, x, scratch);
            std::mem::swap(x, scratch);
            (length, stride) = (length / 4, stride * 4);
        }
        if length == 2 {
            for q in 0..stride {
                let (a, b) = ((x.re[q], x.im[q]), (x.re[q + stride], x.im[q + stride]));
                (scratch.re[q], scratch.im[q]) = (a.0 + b.0, a.1 + b.1);
                (scratch.re[q + stride], scratch.im[q + stride]) = (a.0 - b.0, a.1 - b.1);
            }
            std::mem::swap(x, scratch);
        }
    }

    /// The largest error of a coefficient, as a share of the sum of the absolute values of the input.
    ///
    /// Each `X_j` is the sum of products of an `x_k` with twiddle factors along one path. A step of radix four
    /// multiplies the relative error of a path's contribution by two additions (a unit each) and one product of
    /// complex numbers: `sqrt(5)` units (R. Brent, C. Percival, P. Zimmermann, *Error bounds on complex
    /// floating-point multiplication*, Mathematics of Computation 76, 2007) and the error of the factor.
    pub(crate) fn error(&self) -> f64 {
        let steps = f64::from(self.size.ilog2().div_ceil(2));
        // The factor covers products of errors: steps < 32 and each step's error below 1e-14.
        1.001 * steps * (2.0 * UNIT + 2.24 * UNIT + TURNS_ERROR)
    }

    /// One step of radix four: `length` numbers at `stride` each become four sequences of a quarter.
    fn quarter(&self, length: usize, stride: usize, x: &Complexes, y: &mut Complexes) {
        let (quarter, turn) = (length / 4, self.size / length);
        let offset = stride * quarter;
        for p in 0..quarter {
            let (w1r, w1i) = (self.cosines[p * turn], self.sines[p * turn]);
            let (w2r, w2i) = (self.cosines[2 * p * turn], self.sines[2 * p * turn]);
            let (w3r, w3i) = (self.cosines[3 * p * turn], self.sines[3 * p * turn]);
            let from = stride * p;
            let (ar, ai) = (&x.re[from..from + stride], &x.im[from..from + stride]);
            let (br, bi) = (&x.re[from + offset..][..stride], &x.im[from + offset..][..stride]);
            let (cr, ci) = (&x.re[from + 2 * offset..][..stride], &x.im[from + 2 * offset..][..stride]);
            let (dr, di) = (&x.re[from + 3 * offset..][..stride], &x.im[from + 3 * offset..][..stride]);
            let (y0r, rest) = y.re[4 * from..4 * (from + stride)].split_at_mut(stride);
            let (y1r, rest) = rest.split_at_mut(stride);
            let (y2r, y3r) = rest.split_at_mut(stride);
            let (y0i, rest) = y.im[4 * from..4 * (from + stride)].split_at_mut(stride);
            let (y1i, rest) = rest.split_at_mut(stride);
            let (y2i, y3i) = rest.split_at_mut(stride);
            for q in 0..stride {
                let (sum_r, sum_i) = (ar[q] + cr[q], ai[q] + ci[q]);
                let (difference_r, difference_i) = (ar[q] - cr[q], ai[q] - ci[q]);
                let (other_r, other_i) = (br[q] + dr[q], bi[q] + di[q]);
                // -i (b - d)
                let (turned_r, turned_i) = (bi[q] - di[q], dr[q] - br[q]);
                (y0r[q], y0i[q]) = (sum_r + other_r, sum_i + other_i);
                let (r, i) = (difference_r + turned_r, difference_i + turned_i);
                (y1r[q], y1i[q]) = (w1r * r - w1i * i, w1r * i + w1i * r);
                let (r, i) = (sum_r - other_r, sum_i - other_i);
                (y2r[q], y2i[q]) = (w2r * r - w2i * i, w2r * i + w2i * r);
                let (r, i) = (difference_r - turned_r, difference_i - turned_i);
                (y3r[q], y3i[q]) = (w3r * r - w3i * i, w3r * i + w3i * r);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{double::Double, sample::uniform};

    #[test]
    fn the_transform_equals_its_definition_within_its_error_bound() {
        for size in [1, 2, 4, 8, 16, 32, 128, 1_024] {
            let fft = Fft::new(size);
            let re: Vec<f64> = uniform(0.0, 1.0, size, 1).collect();
            let im: Vec<f64> = uniform(-1.0, 1.0, size, 2).collect();
            let mut x = Complexes { re: re.clone(), im: im.clone() };
            fft.transform(&mut x, &mut Complexes::zeros(size));
            let total: f64 = re.iter().zip(&im).map(|(r, i)| r.hypot(*i)).sum();
            let turns: Vec<(f64, f64)> = (0..size)
                .map(|k| super::super::circle::turn(super::super::count(k), super::super::count(size)))
                .collect();
            for j in (0..size).step_by(size.div_ceil(37)) {
                let (mut sum_r, mut sum_i) = (Double::from(0.0), Double::from(0.0));
                for k in 0..size {
                    let (c, s) = turns[j * k % size];
                    sum_r = sum_r + Double::product(re[k], c) + Double::product(im[k], s);
                    sum_i = sum_i + Double::product(im[k], c) - Double::product(re[k], s);
                }
                let off =
                    (Double::from(x.re[j]) - sum_r).to_f64().hypot((Double::from(x.im[j]) - sum_i).to_f64());
                assert!(off <= (fft.error() + 3.0 * UNIT) * total, "{size} {j}: {off:e}");
            }
        }
    }
}
