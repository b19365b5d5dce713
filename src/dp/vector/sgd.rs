//! One step of private training: clip each gradient, add them up, add noise.

use ndarray::{Array1, ArrayView2};

use crate::{
    dp::{
        Event, EventList, Neighbors,
        aggregate::to_f64,
        noise::{DiscreteGaussian, Scale},
        price,
        vector::{
            PoissonBatch, PoissonSampler,
            clip::{ClipNorm, STEPS},
        },
    },
    error::{Error, Result},
    num,
    rng::SecureRng,
};

/// Private stochastic gradient descent: the steps, and what they add up to for an accountant.
///
/// \[ACG+16\] Abadi, Chu, Goodfellow, McMahan, Mironov, Talwar, Zhang, *Deep Learning with Differential Privacy*, CCS
/// 2016, arXiv 1607.00133. One record is one example, and neighbors differ by one record more or less. Every batch that is
/// drawn counts, whether it is used or not.
///
/// # Guarantee
/// For all gradients, a step releases the sum of the clipped gradients with discrete Gaussian noise of parameter
/// `noise_multiplier * clip_norm` on each coordinate, on a lattice of 2^30 steps for the clip norm; so adding or removing
/// one record moves the sum by at most `clip_norm` in L2 exactly. [`events`](Self::events) says Gaussian noise of this
/// multiplier, on batches with the sampler's rate. That discrete noise of 2^30 steps and more costs what Gaussian noise
/// does is taken for granted there, as everywhere; of zCDP it is proven (\[CKS20\] arXiv 2004.00010, theorem 14).
///
/// # Examples
/// ```
/// use incog::dp::vector::{PoissonSampler, PrivateSgd};
/// use ndarray::Array2;
/// let mut training = PrivateSgd::new(PoissonSampler::new(1000, 0.05)?, 1.0, 1.1)?;
/// for _ in 0..10 {
///     let batch = training.next_batch()?;
///     // The gradient of each record of batch.records(), a row each.
///     let gradients = Array2::from_elem((batch.len(), 3), 0.5);
///     let step = training.step(batch, gradients.view())?;
///     assert_eq!(step.mean().len(), 3);
/// }
/// assert_eq!(
///     training.events()?.events()[0].to_string(),
///     "gaussian noise_multiplier=1.1 sampling=poisson:0.05 count=10",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
pub struct PrivateSgd {
    sampler: PoissonSampler,
    norm: ClipNorm,
    noise_multiplier: f64,
    noise: DiscreteGaussian,
    rng: SecureRng,
    drawn: u64,
}

/// A noisy sum of clipped gradients.
///
/// # Examples
/// ```
/// use incog::dp::vector::{PoissonSampler, PrivateSgd};
/// use ndarray::{Array1, Array2};
/// let mut training = PrivateSgd::new(PoissonSampler::new(1000, 0.1)?, 1.0, 1.1)?;
/// let mut weights = Array1::<f64>::zeros(3);
/// let batch = training.next_batch()?;
/// let gradients = Array2::from_elem((batch.len(), 3), 0.5);
/// let step = training.step(batch, gradients.view())?;
/// weights.scaled_add(-0.1, &step.mean());
/// // The mean is over 100, the size that is public, whoever was in the batch.
/// assert!(step.mean().iter().zip(step.sum()).all(|(mean, sum)| (100.0 * mean - sum).abs() < 1e-9));
/// assert!(!step.is_insecure());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PrivateStep {
    sum: Array1<f64>,
    expected_batch: f64,
    insecure: bool,
}

impl PrivateSgd {
    /// Training on batches of `sampler`, where gradients longer than `clip_norm` are shortened to it.
    ///
    /// # Errors
    /// `Parameter` unless `1e-60 ≤ clip_norm ≤ 1e60` and `1e-6 ≤ noise_multiplier ≤ 1e6`; `Io` if the system has no
    /// entropy.
    pub fn new(sampler: PoissonSampler, clip_norm: f64, noise_multiplier: f64) -> Result<Self> {
        PrivateSgd::with(sampler, clip_norm, noise_multiplier, SecureRng::from_os()?)
    }

    /// The same with noise from a seed, for tests. Every step says that it protects nobody.
    ///
    /// # Errors
    /// `Parameter` as [`new`](Self::new).
    #[cfg(feature = "insecure-seeded")]
    pub fn insecure_seeded(
        sampler: PoissonSampler,
        clip_norm: f64,
        noise_multiplier: f64,
        seed: u64,
    ) -> Result<Self> {
        PrivateSgd::with(sampler, clip_norm, noise_multiplier, SecureRng::insecure_seeded(seed))
    }

    fn with(sampler: PoissonSampler, clip_norm: f64, noise_multiplier: f64, rng: SecureRng) -> Result<Self> {
        let norm = ClipNorm::new(clip_norm)?;
        if !(1e-6..=1e6).contains(&noise_multiplier) {
            return Err(Error::noise_multiplier_range(noise_multiplier));
        }
        // A power of two, so the product is exact.
        let sigma: Scale = price::scale_at_least(noise_multiplier * num::to_f64(STEPS))?;
        Ok(PrivateSgd { sampler, norm, noise_multiplier, noise: DiscreteGaussian::new(sigma), rng, drawn: 0 })
    }

    /// The next batch.
    ///
    /// # Errors
    /// `Io` if the system has no entropy.
    pub fn next_batch(&mut self) -> Result<PoissonBatch> {
        self.drawn += 1;
        self.sampler.draw(self.drawn)
    }

    /// The noisy sum of `gradients`, a row for each record of the last batch, in its order.
    ///
    /// # Errors
    /// `Parameter` if there are more or fewer rows than records; `Refused` if the batch is not the last one that was
    /// drawn here; `Io` if the system has no entropy.
    #[allow(clippy::needless_pass_by_value, reason = "a batch is good for one step")]
    pub fn step(&mut self, batch: PoissonBatch, gradients: ArrayView2<'_, f64>) -> Result<PrivateStep> {
        if batch.number != self.drawn || !self.sampler.drew(&batch) {
            return Err(Error::old_batch());
        }
        if gradients.nrows() != batch.len() {
            return Err(Error::gradient_count(gradients.nrows(), batch.len()));
        }
        let mut sum = vec![0i128; gradients.ncols()];
        for row in gradients.rows() {
            self.norm.add(row.iter().copied(), &mut sum);
        }
        self.noise.add_to_wide(&mut self.rng, &mut sum)?;
        let step = self.norm.step();
        Ok(PrivateStep {
            sum: sum.into_iter().map(|points| to_f64(points) * step).collect(),
            expected_batch: self.sampler.expected_batch(),
            insecure: self.rng.is_insecure(),
        })
    }

    /// What was done to the records so far.
    ///
    /// # Errors
    /// `Parameter` if no batch was drawn.
    pub fn events(&self) -> Result<EventList> {
        let step = Event::gaussian(self.noise_multiplier)?.sampled(self.sampler.sampling()?)?;
        EventList::new(Neighbors::AddOrRemoveOne, vec![step.times(self.drawn)?])
    }
}

impl PrivateStep {
    /// The noisy sum.
    #[must_use]
    pub fn sum(&self) -> &Array1<f64> {
        &self.sum
    }

    /// The noisy sum divided by the *expected* size of a batch: the actual size is not public.
    #[must_use]
    pub fn mean(&self) -> Array1<f64> {
        &self.sum / self.expected_batch
    }

    /// Whether the noise came from a seed: such a step protects nobody.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.insecure
    }
}
