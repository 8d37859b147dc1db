//! Robots, recognised by their user agent.
//!
//! # Invariants
//! The lists are data under `config/robots`, compiled once. Names are searched first, all in one
//! pass. The name nearest to the top of the lists wins: our own list precedes the lists of others.
//! Forms come last: patterns that only agents of programs have. Names of devices and of people's
//! apps are removed before the search.
//!
//! # Out of scope
//! In-app browsers.

pub(super) mod name_filter;

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::bytes::{RegexSet, RegexSetBuilder};

use self::name_filter::NameFilter;
use super::error::Error;
use crate::click::ClickClass;

pub(super) const OWN: &str = include_str!("../../config/robots/own.txt");
pub(super) const NAMES: &str = include_str!("../../config/robots/names.txt");
pub(super) const FORMS: &str = include_str!("../../config/robots/forms.txt");

/// Code of a rule, such as `preview:twitterbot`.
pub type RuleCode = &'static str;

/// Finds robots in user agents.
#[derive(Debug)]
pub struct RobotMatcher {
    name_filter: NameFilter,
    finder: AhoCorasick,
    names: Vec<Name>,
    forms: RegexSet,
    form_codes: Vec<RuleCode>,
}

#[derive(Debug)]
struct Name {
    code: RuleCode,
    text: &'static str,
    begins: bool,
    ends: bool,
}

impl Name {
    /// Whether the text found in the agent is this name. In another case it must be a whole word:
    /// `ning` does not match in `Lightning`.
    fn fits(&self, agent: &str, found: Range<usize>) -> bool {
        let bytes = agent.as_bytes();
        let is_letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        let begins_word =
            found.start == 0 || !(is_letter(found.start - 1) && is_letter(found.start));
        let ends_word = !(is_letter(found.end - 1) && is_letter(found.end));
        (!self.begins || found.start == 0)
            && (!self.ends || found.end == agent.len())
            && (agent[found] == *self.text || (begins_word && ends_word))
    }
}

impl RobotMatcher {
    /// The robots built into the program, compiled at the first use.
    ///
    /// # Errors
    /// Never in a released program: a test reads the lists.
    pub fn embedded() -> Result<&'static RobotMatcher, Error> {
        static EMBEDDED: LazyLock<Result<RobotMatcher, Error>> =
            LazyLock::new(RobotMatcher::compile);
        EMBEDDED.as_ref().map_err(Error::clone)
    }

    fn compile() -> Result<RobotMatcher, Error> {
        let mut names = Vec::new();
        let mut texts = Vec::new();
        for (code, pattern) in lines(OWN)?.into_iter().chain(lines(NAMES)?) {
            let text = pattern.strip_prefix('^').unwrap_or(pattern);
            let whole = text.strip_suffix('$').unwrap_or(text);
            texts.push(whole);
            names.push(Name {
                code,
                text: whole,
                begins: text.len() < pattern.len(),
                ends: whole.len() < text.len(),
            });
        }
        let (form_codes, forms): (Vec<_>, Vec<_>) = lines(FORMS)?.into_iter().unzip();
        Ok(RobotMatcher {
            name_filter: NameFilter::embedded()?,
            finder: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(texts)?,
            names,
            forms: RegexSetBuilder::new(forms)
                .case_insensitive(true)
                .unicode(false)
                .build()?,
            form_codes,
        })
    }

    /// The rule that recognises this agent as a robot.
    pub fn code(&self, agent: &str) -> Option<RuleCode> {
        self.by_name(agent).or_else(|| self.by_form(agent))
    }

    /// The rule of a robot that the agent names.
    pub fn by_name(&self, agent: &str) -> Option<RuleCode> {
        let agent = &*self.name_filter.text(agent);
        let found = self.finder.find_overlapping_iter(agent);
        let first = found
            .filter(|found| self.names[found.pattern()].fits(agent, found.range()))
            .map(|found| found.pattern())
            .min()?;
        Some(self.names[first].code)
    }

    /// The rule of a form or word that only agents of programs have.
    pub fn by_form(&self, agent: &str) -> Option<RuleCode> {
        if self.name_filter.is_device(agent) {
            return None;
        }
        let agent = self.name_filter.text(agent);
        let first = self.forms.matches(agent.as_bytes()).iter().next()?;
        Some(self.form_codes[first])
    }
}

/// The class for a robot's rule.
pub fn class(code: &str) -> ClickClass {
    match code.split(':').next() {
        Some("preview") => ClickClass::Preview,
        Some("scanner") => ClickClass::Scanner,
        _ => ClickClass::Crawler,
    }
}

fn lines(list: &'static str) -> Result<Vec<(RuleCode, &'static str)>, Error> {
    list.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once('\t').ok_or(Error::Line(line)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_are_called_by_the_first_name_that_fits() {
        let robots = RobotMatcher::embedded().unwrap();
        for (agent, code) in [
            ("Twitterbot/1.0", "preview:twitterbot"),
            ("TelegramBot (like TwitterBot)", "preview:telegram"),
            ("WhatsApp/2.23.20.0", "preview:whatsapp"),
            (
                "facebookexternalhit/1.1 Facebot Twitterbot/1.0",
                "preview:facebook",
            ),
            (
                "http.rb/5.1.1 (Mastodon/4.3.0; +https://mastodon.example/)",
                "preview:mastodon",
            ),
            ("curl/8.5.0", "library:curl"),
            (
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                "crawler:googlebot",
            ),
            (
                "Mozilla/5.0 (X11) HeadlessChrome/131.0 Safari/537.36",
                "automation:headless_chrome",
            ),
        ] {
            assert_eq!(robots.by_name(agent), Some(code), "{agent}");
        }
    }

    #[test]
    fn a_name_that_begins_an_agent_counts_nowhere_else() {
        let robots = RobotMatcher::embedded().unwrap();
        let viber = "Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/99.0 Safari/537.36 Viber";
        assert_eq!(robots.by_name("Viber/20"), Some("preview:viber"));
        assert_eq!(robots.code(viber), None);
    }

    #[test]
    fn models_and_apps_may_be_called_as_robots_are() {
        let robots = RobotMatcher::embedded().unwrap();
        let browser = |model: &str, end: &str| {
            format!(
                "Mozilla/5.0 (Linux; {model}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36{end}"
            )
        };
        for model in [
            "Discovery SE",
            "XBot_Senior",
            "M bot 54",
            "VR BOT 552 PLUS",
            "CUBOT Build/CUBOT",
            "Spider 8",
            "Capture+",
            "AURII Virtuoso Build/MRA58K; wv",
            "HTC Butterfly",
            "Fever_Plus_J",
            "Expanse",
            "M40SE(bot)",
        ] {
            for agent in [
                browser(&format!("Android 13; {model}"), ""),
                browser(&format!("U; Android 4.3; en-us; {model}"), ""),
            ] {
                assert_eq!(robots.code(&agent), None, "{agent}");
            }
        }
        for agent in [
            "Mozilla/5.0 (Mobile; Spider X; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
            "Mozilla/5.0 (Phone; OpenHarmony 5.0; Spider X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile",
            "Mozilla/5.0 (Linux; Android 12; HarmonyOS; Spider X; HMSCore 6.9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0 HuaweiBrowser/13.0 Mobile Safari/537.36",
            "Mozilla/5.0 (compatible; MSIE 10.0; Windows Phone 8.0; Trident/6.0; IEMobile/10.0; ARM; Touch; NOKIA; Capture)",
            "Mozilla/5.0 (Linux; Tizen 2.3; Spider X) AppleWebKit/537.3 (KHTML, like Gecko) SamsungBrowser/1.0 Mobile Safari/537.3",
            "NetSurf/3.11 (NetBSD; amd64)",
            "Dillo/3.1.1",
            "edbrowse/3.8.10",
        ] {
            assert_eq!(robots.code(agent), None, "{agent}");
        }
        for app in [
            "AppleNews/607",
            "BBCNews/6.0",
            "SohuNews/6",
            "SmartNews/1",
            "SogouMSE,SogouMobileBrowser/5.28",
            "Freespoke/1",
        ] {
            let agent = browser("Android 13; Pixel 8", &format!(" {app}"));
            assert_eq!(robots.code(&agent), None, "{agent}");
        }
        // A name elsewhere, or in a comment with an address, belongs to the robot itself.
        for agent in [
            browser("Android 13; Pixel 8", " ExampleBot/1.0"),
            browser("Android 13; ExampleBot/1.0; +http://example.com", ""),
            browser("Android 13; Discovery SE", " (compatible; ExampleBot/1.0)"),
        ] {
            assert_eq!(robots.code(&agent), Some("crawler:bot"), "{agent}");
        }
    }

    #[test]
    fn names_count_in_small_letters_as_whole_words() {
        let robots = RobotMatcher::embedded().unwrap();
        assert!(
            robots
                .by_name("Mozilla/5.0 (compatible; googlebot/2.1)")
                .is_some()
        );
        assert!(robots.by_name("facebookexternalhit/1.1").is_some());
        assert!(
            robots
                .by_name("Mozilla/5.0 (X11) Chrome/131.0.0.0 Safari/537.36 gptbot/1.2")
                .is_some()
        );
        let thunderbird = "Mozilla/5.0 (X11; Linux x86_64; rv:60.0) Gecko/20100101 Thunderbird/60.6.1 Lightning/6.2";
        assert_eq!(robots.code(thunderbird), None);
    }

    #[test]
    fn robots_that_no_list_names_are_known_by_their_form() {
        let robots = RobotMatcher::embedded().unwrap();
        for (agent, code) in [
            (
                "Mozilla/5.0 (compatible; ExampleBot; +https://example.com)",
                "crawler:bot",
            ),
            ("Unheard-Of/3.2", "crawler:form_name_only"),
        ] {
            assert_eq!(robots.by_name(agent), None, "{agent}");
            assert_eq!(robots.by_form(agent), Some(code), "{agent}");
        }
        let cubot = "Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0 Mobile Safari/537.36";
        assert_eq!(robots.code(cubot), None);
    }

    #[test]
    fn codes_say_the_class() {
        assert_eq!(class("preview:slack"), ClickClass::Preview);
        assert_eq!(class("scanner:nmap"), ClickClass::Scanner);
        assert_eq!(class("library:curl"), ClickClass::Crawler);
    }
}
