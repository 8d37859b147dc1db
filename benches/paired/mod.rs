//! Two servers under the same load in turns, so that what neighbours on the machine do hits both.

pub(crate) mod load;
pub(crate) mod process;

use load::{Slice, Target, slice};

/// Most of the machine's time that others may take during a pair that counts.
const MOST_STOLEN: f64 = 0.05;

/// Slices of the baseline and of what is measured against it.
pub(crate) struct Pairs(Vec<(Slice, Slice)>);

/// Puts both under load by turns; pairs in which the machine's time was stolen are dropped.
pub(crate) fn take(base: &dyn Target, ours: &dyn Target, pairs: usize) -> Pairs {
    let mut kept = Vec::new();
    for pair in 1..=pairs {
        let (base, ours) = (slice(base), slice(ours));
        let stolen = base.stolen.max(ours.stolen);
        println!(
            "  {pair:2}: {:6.0} and {:6.0} req/s, ratio {:.2}; {:.1} and {:.1} us CPU; \
             median {:.2} and {:.2} ms; stolen {:.0} %",
            base.rate,
            ours.rate,
            ours.rate / base.rate,
            base.cpu_us,
            ours.cpu_us,
            base.p50_ms,
            ours.p50_ms,
            stolen * 100.0
        );
        if stolen <= MOST_STOLEN {
            kept.push((base, ours));
        }
    }
    println!("  {} of {pairs} pairs kept", kept.len());
    Pairs(kept)
}

impl Pairs {
    /// The median of what `of` finds in each pair.
    pub(crate) fn median(&self, of: impl Fn(&Slice, &Slice) -> f64) -> f64 {
        let mut all: Vec<f64> = self.0.iter().map(|(base, ours)| of(base, ours)).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
    }
}
