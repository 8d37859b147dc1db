//! A long list of regular expressions, of which the first that matches counts.
//!
//! Holds: a rule is compiled when the first text comes that it might match. Most of some six
//! hundred rules are for browsers that nobody meets, and compiled they take ten megabytes. Which
//! rules might match is found in one pass over the text, by the words that must stand in it for
//! each.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use regex_filtered::mapper::{Builder, Mapper};
use regex_filtered::model::Model;

use crate::enrich::error::Error;

/// Shortest word that is looked for, in bytes.
const SHORTEST_WORD: usize = 3;

/// A rule as it stands in the data.
pub(super) trait RuleSource {
    /// What it becomes when it is first tried.
    type Rule;

    /// Its regular expression.
    fn regex(&self) -> &str;

    /// Makes it ready; `None` where it cannot be used.
    fn compile(&self) -> Option<Self::Rule>;
}

/// Rules in their order.
pub(super) struct FirstMatch<S: RuleSource> {
    rules: Vec<(S, OnceLock<Option<S::Rule>>)>,
    words: AhoCorasick,
    /// From words that were found to rules.
    possible: Mapper,
}

impl<S: RuleSource> FirstMatch<S> {
    /// # Errors
    /// When one of the rules is no regular expression.
    pub(super) fn new(sources: Vec<S>) -> Result<FirstMatch<S>, Error> {
        let mut models = Builder::new(SHORTEST_WORD);
        for source in &sources {
            let parsed = regex_syntax::parse(source.regex());
            let parsed = parsed.map_err(|error| Error::Family(error.to_string()))?;
            let model = Model::new(&parsed);
            models.push(model.map_err(|error| Error::Family(error.to_string()))?);
        }
        let (possible, words) = models.build();
        Ok(FirstMatch {
            rules: sources
                .into_iter()
                .map(|it| (it, OnceLock::new()))
                .collect(),
            words: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(words)?,
            possible,
        })
    }

    /// What `try_rule` makes of the first rule of which it makes something.
    pub(super) fn find<'a, T>(
        &'a self,
        text: &str,
        try_rule: impl Fn(&'a S::Rule) -> Option<T>,
    ) -> Option<T> {
        let found = self.words.find_overlapping_iter(text);
        let found = found.map(|word| word.pattern().as_usize());
        let mut possible = self.possible.atom_to_re(found).into_iter();
        possible.find_map(|number| {
            let (source, rule) = &self.rules[number];
            try_rule(rule.get_or_init(|| source.compile()).as_ref()?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl<S: RuleSource> FirstMatch<S> {
        /// Regular expressions that cannot be used.
        pub(in super::super) fn unusable(&self) -> Vec<&str> {
            let unusable = self.rules.iter().filter(|(it, _)| it.compile().is_none());
            unusable.map(|(it, _)| it.regex()).collect()
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
        let first = |text: &str| list.find(text, |it| it.is_match(text).then(|| it.as_str()));
        assert_eq!(first("Opera Mini"), Some("[a-z]{2}"));
        assert_eq!(first("Opera1"), Some("Opera[0-9]"));
        assert_eq!(first("1"), None);
        let compiled = list.rules.iter().map(|(_, rule)| rule.get().is_some());
        assert!(compiled.eq([true, true, false, false, false]));
    }
}
