//! A long list of regular expressions, of which the first match decides.
//!
//! # Invariants
//! - A rule is compiled when the first text arrives that it might match. Most of the six hundred
//!   rules are for rare browsers, and all of them compiled take ten megabytes.
//! - One pass over the text finds the rules that might match, by the words that they require.

use std::collections::HashMap;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use super::required_words::required_words;
use crate::enrich::error::Error;

/// A rule in the form of the data.
pub(super) trait RuleSource {
    /// The compiled rule.
    type Rule;

    /// Its regular expression.
    fn regex(&self) -> &str;

    /// Compiles it; `None` when it cannot be used.
    fn compile(&self) -> Option<Self::Rule>;
}

/// Rules in their order.
pub(super) struct FirstMatch<S: RuleSource> {
    rules: Vec<LazyRule<S>>,
    /// Every word that some rule requires; its position is its number.
    words: AhoCorasick,
}

struct LazyRule<S: RuleSource> {
    source: S,
    compiled: OnceLock<Option<S::Rule>>,
    /// Numbers of words; a text that matches contains one word of each group.
    needs: Box<[Box<[u32]>]>,
}

impl<S: RuleSource> FirstMatch<S> {
    /// # Errors
    /// When a rule is not a regular expression.
    pub(super) fn new(sources: Vec<S>) -> Result<FirstMatch<S>, Error> {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut rules = Vec::with_capacity(sources.len());
        for source in sources {
            let regex = regex_syntax::parse(source.regex());
            let regex = regex.map_err(|error| Error::Family(error.to_string()))?;
            let mut number = |word: String| {
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                *numbers.entry(word).or_insert(next)
            };
            let groups = required_words(&regex).into_iter();
            let needs = groups.map(|words| words.into_iter().map(&mut number).collect());
            rules.push(LazyRule {
                needs: needs.collect(),
                source,
                compiled: OnceLock::new(),
            });
        }
        let mut words: Vec<(String, u32)> = numbers.into_iter().collect();
        words.sort_unstable_by_key(|(_, number)| *number);
        Ok(FirstMatch {
            rules,
            words: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(words.into_iter().map(|(word, _)| word))?,
        })
    }

    /// What `try_rule` returns for the first rule for which it returns anything.
    pub(super) fn find<'a, T>(
        &'a self,
        text: &str,
        try_rule: impl Fn(&'a S::Rule) -> Option<T>,
    ) -> Option<T> {
        let mut found = vec![false; self.words.patterns_len()];
        for word in self.words.find_overlapping_iter(text) {
            found[word.pattern()] = true;
        }
        let is_found = |word: &u32| found[*word as usize];
        let might_match = |rule: &&LazyRule<S>| {
            let mut groups = rule.needs.iter();
            groups.all(|words| words.iter().any(is_found))
        };
        let mut possible = self.rules.iter().filter(might_match);
        possible.find_map(|rule| try_rule(rule.compiled()?))
    }
}

impl<S: RuleSource> LazyRule<S> {
    fn compiled(&self) -> Option<&S::Rule> {
        let compiled = self.compiled.get_or_init(|| self.source.compile());
        compiled.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl<S: RuleSource> FirstMatch<S> {
        /// Regular expressions that cannot be used.
        pub(in super::super) fn unusable(&self) -> Vec<&str> {
            let sources = self.rules.iter().map(|rule| &rule.source);
            let unusable = sources.filter(|source| source.compile().is_none());
            unusable.map(RuleSource::regex).collect()
        }
    }

    impl RuleSource for &'static str {
        type Rule = regex::Regex;
        fn regex(&self) -> &str {
            self
        }
        fn compile(&self) -> Option<regex::Regex> {
            regex::Regex::new(self).ok()
        }
    }

    #[test]
    fn the_first_rule_that_matches_counts_and_others_are_not_compiled() {
        let list = FirstMatch::new(vec![
            "Opera[0-9]",
            "[a-z]{2}",
            "Opera Mini",
            "Opera",
            "Lynx",
        ]);
        let list = list.unwrap();
        let first = |text: &str| list.find(text, |rule| rule.is_match(text).then(|| rule.as_str()));
        assert_eq!(first("Opera Mini"), Some("[a-z]{2}"));
        assert_eq!(first("Opera1"), Some("Opera[0-9]"));
        assert_eq!(first("1"), None);
        let compiled = list.rules.iter().map(|rule| rule.compiled.get().is_some());
        assert!(compiled.eq([true, true, false, false, false]));
    }
}
