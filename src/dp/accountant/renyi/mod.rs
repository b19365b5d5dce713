//! Rényi divergences of mechanisms, as upper bounds at every order above 1.
//!
//! A [`Curve`] answers the logarithm of the moment: (α - 1) D_α, which is convex in α and adds up under composition.
//!
//! ```text
//!   mechanism            curve
//!   gaussian, zcdp       closed form                        closed
//!   discrete gaussian    closed form                        closed
//!   exponential          closed form                        closed
//!   laplace              closed form                        closed
//!   pure, discrete       losses and their masses            mixture (rate 1)
//!   laplace, randomized
//!   response
//!   poisson, fixed size  the same, mixed                    mixture
//!   select and release   from the candidate's curve         select
//! ```
//!
//! Orders are looked for with estimates (`estimate`); only what is found is computed with certain bounds.

mod base;
mod closed;
mod composition;
mod estimate;
mod leaf;
mod mixture;
mod select;

pub(in crate::dp) use composition::Composition;

/// A bound on the Rényi divergences of a mechanism.
///
/// \[Mir17\] Mironov, *Rényi Differential Privacy*, CSF 2017.
trait Curve: std::fmt::Debug + Send + Sync {
    /// Not below `(α - 1) D_α(P ‖ Q)` for α = 1 + `excess`, for all neighbors P and Q in both orders; infinite where no
    /// bound is known.
    fn log_moment(&self, excess: f64) -> f64;

    /// About that, without a guarantee and where possible faster: to look for an order with. Where two curves are known, it is
    /// that of the first or of the second one.
    fn estimate(&self, excess: f64, _first: bool) -> f64 {
        self.log_moment(excess)
    }

    /// Whether the first of two curves is the smaller one at this order, if two are known.
    fn is_first(&self, _excess: f64) -> bool {
        true
    }

    /// Not below the largest privacy loss: the limit of the divergences; infinite where there is none.
    fn max_divergence(&self) -> f64 {
        f64::INFINITY
    }
}
