//! Whole numbers split by weights.

/// Splits `amount` by `weights` so that the parts sum to it exactly.
///
/// Each part is rounded towards zero. The remaining units go to the largest remainders; of equal
/// ones, to the earlier.
pub fn split(amount: i64, weights: &[i64]) -> Vec<i64> {
    let whole: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if whole == 0 {
        return vec![0; weights.len()];
    }
    let sign = if amount < 0 { -1 } else { 1 };
    let absolute = i128::from(amount).abs();
    let mut parts: Vec<i128> = weights
        .iter()
        .map(|weight| absolute * i128::from(*weight) / whole)
        .collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|place| {
        (
            std::cmp::Reverse(absolute * i128::from(weights[*place]) % whole),
            *place,
        )
    });
    let left = absolute - parts.iter().sum::<i128>();
    for place in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[place] += 1;
    }
    parts
        .into_iter()
        .map(|part| i64::try_from(sign * part).unwrap_or(amount))
        .collect()
}
