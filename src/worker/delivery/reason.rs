//! Reasons that the inbox stores.
//!
//! # Invariants
//! A reason contains no e-mail address, whatever it quotes, and its length is bounded.

/// Longest stored reason, in characters.
const MAX_CHARS: usize = 500;

/// The reason with a placeholder for every e-mail address in it.
pub fn without_addresses(reason: &str) -> String {
    let words = reason.split(' ');
    let words = words.map(|word| if word.contains('@') { "…" } else { word });
    let text = words.collect::<Vec<_>>().join(" ");
    text.chars().take(MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_name_nobody() {
        let reason = "`email`: invalid type: string \"ann@shop.example\", expected a number";
        let kept = without_addresses(reason);
        assert_eq!(kept, "`email`: invalid type: string … expected a number");
        assert_eq!(without_addresses(&"x".repeat(900)).len(), MAX_CHARS);
    }
}
