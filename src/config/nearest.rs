//! The known key that an unknown one probably means.

/// The word of `known` with the fewest edits from `word`, if these are few enough for a typo.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (word.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .map(|candidate| (edits(word, candidate), candidate))
        .filter(|(edits, _)| *edits <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many characters must be added, removed or replaced to turn one word into the other.
pub(super) fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut costs: Vec<usize> = (0..=to.len()).collect();
    for (done, character) in from.chars().enumerate() {
        let mut diagonal = costs[0];
        costs[0] = done + 1;
        for (at, other) in to.iter().enumerate() {
            let replace = diagonal + usize::from(character != *other);
            diagonal = costs[at + 1];
            costs[at + 1] = replace.min(diagonal + 1).min(costs[at] + 1);
        }
    }
    costs[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_is_near_and_another_word_is_not() {
        let known = ["server.listen", "server.public_url", "log.sync"];
        assert_eq!(nearest("server.lisen", known), Some("server.listen"));
        assert_eq!(
            nearest("server.publicurl", known),
            Some("server.public_url")
        );
        assert_eq!(nearest("store.pool_size", known), None);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}
