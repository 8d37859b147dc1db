//! What is known of a rate after some trials, as a curve over all the values it may have.
//!
//! Beta stands for rates between 0 and 1 (leads for each visitor), Gamma for rates without an upper
//! end (leads for each post). Both are conjugate curves of an exponential family. So they have one
//! form along the family's natural scale `t`: `exp(log_scale + rise · t - weight · bend(t))`,
//! where `value` is the slope of `bend`. Source: P. Diaconis, D. Ylvisaker, "Conjugate priors for
//! exponential families", Annals of Statistics 7 (1979).
//!
//! # Invariants
//! Every curve can be drawn, has one hump, and encloses an area of one.

use std::f64::consts::SQRT_2;

use statrs::function::beta::{checked_beta_reg, ln_beta};
use statrs::function::erf::erfc_inv;
use statrs::function::gamma::{checked_gamma_lr, ln_gamma};

use super::estimate::Estimate;

/// How far below its height, as a logarithm, a curve counts as nothing: 1e-16 of it.
const NOTHING: f64 = 36.0;

/// A curve of how likely each value is, along the natural scale of its family.
pub trait Posterior: Copy {
    /// Known successes, including those of the prior; more than 0.
    fn rise(&self) -> f64;

    /// Known trials, including those of the prior; more than 0.
    fn weight(&self) -> f64;

    /// Logarithm of the factor that makes the area one.
    fn log_scale(&self) -> f64;

    /// Probability that the true value is at most `value`.
    fn below(&self, value: f64) -> f64;

    /// The value at a place on the natural scale.
    fn value(place: f64) -> f64;

    /// The function whose slope is [`Posterior::value`].
    fn bend(place: f64) -> f64;

    /// The slope of [`Posterior::value`].
    fn slope(place: f64) -> f64;

    /// Where on the natural scale the hump is; its value is the mean.
    fn hump(&self) -> f64;

    /// The expected value.
    fn mean(&self) -> f64 {
        self.rise() / self.weight()
    }

    /// Where, left and right of the hump, the curve has come down to nothing.
    fn ends(&self) -> (f64, f64) {
        let (rise, weight, hump) = (self.rise(), self.weight(), self.hump());
        let bend = Self::bend(hump);
        let end = |side: f64| {
            // The logarithm of the curve is concave, so after its first step Newton's method
            // comes from outside and never crosses the end.
            let mut far = side * (2.0 * NOTHING / (weight * Self::slope(hump))).sqrt();
            for _ in 0..60 {
                let fall = rise * far - weight * (Self::bend(hump + far) - bend) + NOTHING;
                let step = fall / (rise - weight * Self::value(hump + far));
                far -= step;
                if step.abs() <= 1e-3 * far.abs() {
                    break;
                }
            }
            hump + far
        };
        (end(-1.0), end(1.0))
    }

    /// The value that the truth lies below with the probability `share`, between 0 and 1.
    fn quantile(&self, share: f64) -> f64 {
        let (mut low, mut high) = self.ends();
        let scale = self.log_scale();
        // Near the hump the curve is close to a normal one.
        let width = (self.weight() * Self::slope(self.hump())).sqrt().recip();
        let mut at = (self.hump() - SQRT_2 * erfc_inv(2.0 * share) * width).clamp(low, high);
        for _ in 0..200 {
            let miss = self.below(Self::value(at)) - share;
            if miss > 0.0 {
                high = at;
            } else {
                low = at;
            }
            let height = (scale + self.rise() * at - self.weight() * Self::bend(at)).exp();
            let next = at - miss / height;
            let last = at;
            // Newton's step, or half of what is left where that leads out of it.
            at = if (low..=high).contains(&next) {
                next
            } else {
                f64::midpoint(low, high)
            };
            // Each step has twice the digits of the one before.
            if (at - last).abs() <= 1e-7 * width.min(1.0) {
                break;
            }
        }
        Self::value(at)
    }

    /// The mean with its 95 % credible bounds: as much chance is left below as above.
    fn estimate(&self) -> Estimate {
        // A curve that leans hard against an end may have its mean outside of its bounds.
        let mean = self.mean();
        Estimate {
            mean,
            low: self.quantile(0.025).min(mean),
            high: self.quantile(0.975).max(mean),
        }
    }
}

/// What is known of a rate between 0 and 1: `alpha` successes and `beta` failures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beta {
    alpha: f64,
    beta: f64,
}

impl Beta {
    /// `None` unless both are finite and more than 0.
    pub fn new(alpha: f64, beta: f64) -> Option<Beta> {
        let fits = |part: f64| part.is_finite() && part > 0.0;
        (fits(alpha) && fits(beta)).then_some(Beta { alpha, beta })
    }

    /// Successes, those of the prior included.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Failures, those of the prior included.
    pub fn beta(&self) -> f64 {
        self.beta
    }
}

impl Posterior for Beta {
    fn rise(&self) -> f64 {
        self.alpha
    }

    fn weight(&self) -> f64 {
        self.alpha + self.beta
    }

    fn log_scale(&self) -> f64 {
        -ln_beta(self.alpha, self.beta)
    }

    fn below(&self, value: f64) -> f64 {
        // Fails only for parameters that `new` refuses.
        checked_beta_reg(self.alpha, self.beta, value.clamp(0.0, 1.0)).unwrap_or(f64::NAN)
    }

    fn value(place: f64) -> f64 {
        1.0 / (1.0 + (-place).exp())
    }

    fn bend(place: f64) -> f64 {
        place.max(0.0) + (-place.abs()).exp().ln_1p()
    }

    fn slope(place: f64) -> f64 {
        let odds = (-place.abs()).exp();
        odds / ((1.0 + odds) * (1.0 + odds))
    }

    fn hump(&self) -> f64 {
        (self.alpha / self.beta).ln()
    }
}

/// What is known of a rate without an upper end: `shape` events in `rate` trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gamma {
    shape: f64,
    rate: f64,
}

impl Gamma {
    /// `None` unless both are finite and more than 0.
    pub fn new(shape: f64, rate: f64) -> Option<Gamma> {
        let fits = |part: f64| part.is_finite() && part > 0.0;
        (fits(shape) && fits(rate)).then_some(Gamma { shape, rate })
    }
}

impl Posterior for Gamma {
    fn rise(&self) -> f64 {
        self.shape
    }

    fn weight(&self) -> f64 {
        self.rate
    }

    fn log_scale(&self) -> f64 {
        self.shape * self.rate.ln() - ln_gamma(self.shape)
    }

    fn below(&self, value: f64) -> f64 {
        checked_gamma_lr(self.shape, (self.rate * value).max(0.0)).unwrap_or(f64::NAN)
    }

    fn value(place: f64) -> f64 {
        place.exp()
    }

    fn bend(place: f64) -> f64 {
        place.exp()
    }

    fn slope(place: f64) -> f64 {
        place.exp()
    }

    fn hump(&self) -> f64 {
        (self.shape / self.rate).ln()
    }
}
