//! Families of browsers and operating systems, and kinds of devices.
//!
//! # Invariants
//! Families are the values that reports group by: few, and the same on phones and desktops. They
//! come from data (`config/user_agents.toml`); the first that matches wins. A tablet that claims to
//! be a desktop, as iPads do by default, counts as a desktop: its agent does not differ.

mod first_match;
mod required_words;

use std::sync::LazyLock;

use serde::Deserialize;
use ua_parser::{os, user_agent};

use self::first_match::{FirstMatch, RuleSource};
use super::error::Error;

pub(super) const EMBEDDED_TOML: &str = include_str!("../../config/user_agents.toml");

/// Families that differ only by device or shell: the prefix of the data's name, and our name.
const BROWSERS: [(&str, &str); 11] = [
    ("Chrome Mobile WebView", "Android WebView"),
    ("Mobile Safari UI/WKWebView", "iOS WebView"),
    ("Chrome", "Chrome"),
    ("Chromium", "Chrome"),
    ("Mobile Safari", "Safari"),
    ("Safari", "Safari"),
    ("Firefox", "Firefox"),
    ("Edge", "Edge"),
    ("IE", "Internet Explorer"),
    ("Opera", "Opera"),
    ("Samsung Internet", "Samsung Internet"),
];

/// Kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceKind {
    /// A desktop or laptop computer.
    Desktop,
    /// A phone.
    Mobile,
    /// A tablet or an e-book reader.
    Tablet,
    /// No device: a program.
    Bot,
    /// A television, a car, a console, or an unknown device.
    Other,
}

impl DeviceKind {
    /// Every kind.
    pub const ALL: [DeviceKind; 5] = [
        DeviceKind::Desktop,
        DeviceKind::Mobile,
        DeviceKind::Tablet,
        DeviceKind::Bot,
        DeviceKind::Other,
    ];

    /// The word outside and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            DeviceKind::Desktop => "desktop",
            DeviceKind::Mobile => "mobile",
            DeviceKind::Tablet => "tablet",
            DeviceKind::Bot => "bot",
            DeviceKind::Other => "other",
        }
    }

    /// The kind of device that a browser runs on.
    pub fn of(agent: &str) -> DeviceKind {
        let has = |marks: &[&str]| marks.iter().any(|mark| agent.contains(mark));
        if no_desk_or_hand(agent) {
            DeviceKind::Other
        } else if has(&[
            "iPad",
            "Kindle",
            "Kobo",
            "PocketBook",
            "reMarkable",
            "PlayBook",
            "Silk/",
        ]) || agent.replace("Tablet PC", "").contains("Tablet")
        {
            DeviceKind::Tablet
        } else if has(&["iPhone", "iPod", "Mobile", "Mobi", "Phone"]) {
            DeviceKind::Mobile
        } else if has(&["Android"]) {
            // Browsers on Android say `Mobile` on phones only.
            DeviceKind::Tablet
        } else if has(&["Windows NT", "Macintosh", "X11", "CrOS", "Linux"]) {
            DeviceKind::Desktop
        } else {
            DeviceKind::Other
        }
    }
}

/// Whether a whole word names a television, a console, a car or the like. Part of a word does not
/// count, because model names have such letters: `HTV31`, `BTV-W09`, `Wiko TVM`.
fn no_desk_or_hand(agent: &str) -> bool {
    const WORDS: [&str; 17] = [
        "TV",
        "ATV",
        "SMARTTV",
        "NETTV",
        "OPTV",
        "InettvBrowser",
        "VSTVB",
        "OMI",
        "PlayStation",
        "Xbox",
        "Nintendo",
        "Roku",
        "CrKey",
        "Automotive",
        "Tesla",
        "QtCarBrowser",
        "OculusBrowser",
    ];
    let mut words = agent.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.any(|word| {
        // `SmartTV`, `GoogleTV`, `HbbTV`; `AppleTV11`, `MiTV4`.
        let name = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let before = name.strip_suffix("TV").unwrap_or_default();
        // Models of Fire TV: `AFTMM`, `AFTKA`, `AFTSO001`.
        let is_fire_tv = |rest: &str| {
            let is_model = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
            (1..=7).contains(&rest.len()) && rest.bytes().all(is_model)
        };
        WORDS.contains(&word)
            || WORDS.contains(&name)
            || before.ends_with(|letter: char| letter.is_ascii_lowercase())
            || word.strip_prefix("AFT").is_some_and(is_fire_tv)
    })
}

/// All families.
pub struct FamilyRules {
    browsers: FirstMatch<Browser>,
    systems: FirstMatch<System>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    browser: Vec<Browser>,
    os: Vec<System>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Browser {
    regex: String,
    family_replacement: Option<String>,
}

impl RuleSource for Browser {
    type Rule = user_agent::Extractor<'static>;

    fn regex(&self) -> &str {
        &self.regex
    }

    fn compile(&self) -> Option<Self::Rule> {
        let Browser {
            regex,
            family_replacement,
        } = self.clone();
        let parser = user_agent::Parser {
            regex: regex.into(),
            family_replacement: family_replacement.map(Into::into),
            ..user_agent::Parser::default()
        };
        user_agent::Builder::new().push(parser).ok()?.build().ok()
    }
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct System {
    regex: String,
    os_replacement: Option<String>,
}

impl RuleSource for System {
    type Rule = os::Extractor<'static>;

    fn regex(&self) -> &str {
        &self.regex
    }

    fn compile(&self) -> Option<Self::Rule> {
        let System {
            regex,
            os_replacement,
        } = self.clone();
        let parser = os::Parser {
            regex: regex.into(),
            os_replacement: os_replacement.map(Into::into),
            ..os::Parser::default()
        };
        os::Builder::new().push(parser).ok()?.build().ok()
    }
}

impl FamilyRules {
    /// The families built into the program, read at the first use.
    ///
    /// # Errors
    /// Never in a released program: a test reads them.
    pub fn embedded() -> Result<&'static FamilyRules, Error> {
        static EMBEDDED: LazyLock<Result<FamilyRules, Error>> = LazyLock::new(|| {
            let Document { browser, os } = toml::from_str(EMBEDDED_TOML)?;
            Ok(FamilyRules {
                browsers: FirstMatch::new(browser)?,
                systems: FirstMatch::new(os)?,
            })
        });
        EMBEDDED.as_ref().map_err(Error::clone)
    }

    /// The family of a browser.
    pub fn browser(&self, agent: &str) -> Option<String> {
        let family = self
            .browsers
            .find(agent, |rule| Some(rule.extract(agent)?.family.into_owned()))?;
        let ours = BROWSERS
            .iter()
            .find(|(theirs, _)| family.starts_with(theirs));
        Some(ours.map_or(family, |(_, ours)| (*ours).to_owned()))
    }

    /// The family of an operating system.
    pub fn os(&self, agent: &str) -> Option<String> {
        let family = self
            .systems
            .find(agent, |rule| Some(rule.extract(agent)?.os.into_owned()))?;
        Some(match family.as_str() {
            "Mac OS X" => "macOS".to_owned(),
            _ => family,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_can_be_used() {
        let families = FamilyRules::embedded().unwrap();
        assert_eq!(families.browsers.unusable(), [""; 0]);
        assert_eq!(families.systems.unusable(), [""; 0]);
    }

    #[test]
    fn families_are_the_same_on_phones_and_desks() {
        let families = FamilyRules::embedded().unwrap();
        for (agent, browser, os, device) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome",
                "Windows",
                DeviceKind::Desktop,
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
                "Chrome",
                "Android",
                DeviceKind::Mobile,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari",
                "iOS",
                DeviceKind::Mobile,
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                "Safari",
                "macOS",
                DeviceKind::Desktop,
            ),
            (
                "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
                "Firefox",
                "Ubuntu",
                DeviceKind::Desktop,
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Safari/537.36",
                "Samsung Internet",
                "Android",
                DeviceKind::Tablet,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
                "Edge",
                "Windows",
                DeviceKind::Desktop,
            ),
        ] {
            assert_eq!(families.browser(agent).as_deref(), Some(browser), "{agent}");
            assert_eq!(families.os(agent).as_deref(), Some(os), "{agent}");
            assert_eq!(DeviceKind::of(agent), device, "{agent}");
        }
    }

    #[test]
    fn letters_in_a_model_make_no_television() {
        for (model, device) in [
            ("HTV31", DeviceKind::Mobile),
            ("BLU STV100-3 Build/MMB29M", DeviceKind::Mobile),
            ("Wiko TVM", DeviceKind::Mobile),
            ("FLY_E141TV_PLUS", DeviceKind::Mobile),
            ("BTV-W09", DeviceKind::Mobile),
            ("AppleTV11,1", DeviceKind::Other),
            ("SMART-TV", DeviceKind::Other),
            ("MiTV4 Build/1", DeviceKind::Other),
            ("BRAVIA 4K GB ATV3", DeviceKind::Other),
            ("MagentaTV Box", DeviceKind::Other),
            ("AFTMM Build/PS7633; wv", DeviceKind::Other),
            ("AFTSO001", DeviceKind::Other),
            ("AFT", DeviceKind::Mobile),
            ("Automotive; Polestar 2", DeviceKind::Other),
            ("Kobo Libra", DeviceKind::Tablet),
        ] {
            let agent = format!(
                "Mozilla/5.0 (Linux; Android 11; {model}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/98.0.4758.87 Mobile Safari/537.36"
            );
            assert_eq!(DeviceKind::of(&agent), device, "{agent}");
        }
        let reader = "Mozilla/5.0 (Linux; Android 5.1; BNTV400) AppleWebKit/537.36 Chrome/98.0 Safari/537.36";
        assert_eq!(DeviceKind::of(reader), DeviceKind::Tablet);
        let windows =
            "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; Tablet PC 2.0)";
        assert_eq!(DeviceKind::of(windows), DeviceKind::Desktop);
    }

    #[test]
    fn a_browser_has_its_own_name_and_not_that_of_one_with_the_same_letters() {
        let families = FamilyRules::embedded().unwrap();
        for (product, name) in [
            ("ABB/3.2.1", "Adblock Browser"),
            ("AlohaBrowser/3.2.1", "Aloha Browser"),
        ] {
            let agent = format!(
                "Mozilla/5.0 (Linux; Android 12; SM-A536B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/93.0.4577.75 Mobile Safari/537.36 {product}"
            );
            assert_eq!(families.browser(&agent).as_deref(), Some(name));
        }
    }

    #[test]
    fn who_names_no_browser_is_apple_mail_on_a_mac_only() {
        let families = FamilyRules::embedded().unwrap();
        let webkit = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
        for (device, name) in [
            ("Macintosh; Intel Mac OS X 10_15_7", Some("Apple Mail")),
            ("PlayStation; PlayStation 5/6.50", None),
        ] {
            let agent = format!("Mozilla/5.0 ({device}) {webkit}");
            assert_eq!(families.browser(&agent).as_deref(), name, "{agent}");
        }
    }

    #[test]
    fn other_devices_are_other() {
        let tv = "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 Chrome/76.0 TV Safari/537.36";
        assert_eq!(DeviceKind::of(tv), DeviceKind::Other);
        assert_eq!(DeviceKind::of("Opera/9.80 (J2ME/MIDP)").as_str(), "other");
        for agent in [
            "Mozilla/5.0 (X11; GNU/Linux) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0 Safari/537.36 Tesla/2021.44.25",
            "Mozilla/5.0 (Linux; Android 12; Quest 3) AppleWebKit/537.36 (KHTML, like Gecko) OculusBrowser/31.3 Chrome/120.0 VR Safari/537.36",
        ] {
            assert_eq!(DeviceKind::of(agent), DeviceKind::Other, "{agent}");
        }
    }
}
