//! In-app browsers: used by people who tapped a link inside an app.
//!
//! # Invariants
//! The registry has the marks of networks' apps; this file lists the apps that belong to no
//! network. The agent of an in-app browser begins like that of any browser. An agent that names an
//! app but no browser is the app itself: it may fetch a preview, or open the link for a person.

use aho_corasick::{AhoCorasick, MatchKind};

use super::error::Error;
use crate::network::NetworkRegistry;

/// Apps with a built-in browser that belong to no network: mark, name and title.
const OTHER_APPS: [(&str, &str, &str); 8] = [
    (" GSA/", "google", "Google app"),
    (" GoogleApp/", "google", "Google app"),
    ("baiduboxapp/", "baidu", "Baidu app"),
    ("YaApp_Android/", "yandex", "Yandex app"),
    ("YaSearchBrowser/", "yandex", "Yandex app"),
    ("BingSapphire/", "bing", "Bing app"),
    ("NAVER(inapp", "naver", "Naver app"),
    ("DuckDuckGo/", "duckduckgo", "DuckDuckGo"),
];

/// The library that apps on Apple's systems fetch with: mark, name and title.
const APPLE: (&str, &str, &str) = ("CFNetwork/", "apple", "App on an Apple system");

/// Marks of programs inside apps, which load a page before a person asks for it.
const PROGRAMS: [&str; 3] = [
    "thirdLandingPageFeInfra",
    "facebookexternalhit",
    "Twitterbot",
];

/// An app with a built-in browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownApp {
    /// Its name; if it belongs to a network, the network's name.
    pub name: String,
    /// The name for display.
    pub title: String,
    /// Whether the name is that of a network.
    pub is_network: bool,
}

/// Finds apps in user agents.
#[derive(Clone, Debug)]
pub struct AppMatcher {
    finder: AhoCorasick,
    known: Vec<KnownApp>,
    alone: AhoCorasick,
    apple: KnownApp,
}

impl AppMatcher {
    /// The apps of the networks in the registry, and the others.
    ///
    /// # Errors
    /// When the matcher cannot be built.
    pub fn new(registry: &NetworkRegistry) -> Result<AppMatcher, Error> {
        let app = |name: &str, title: &str, is_network| KnownApp {
            name: name.to_owned(),
            title: title.to_owned(),
            is_network,
        };
        let networks = registry.iter().flat_map(|network| {
            let marks = network.in_app.iter().map(String::as_str);
            marks.map(|mark| (mark, app(&network.name, &network.title, true)))
        });
        let others = OTHER_APPS.map(|(mark, name, title)| (mark, app(name, title, false)));
        let (marks, apps): (Vec<_>, Vec<_>) = networks.chain(others).unzip();
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostFirst);
        let finder = builder.build(&marks)?;
        // An app's own agent may begin with the mark, which a space precedes in a browser's agent.
        let marks = marks.iter().map(|mark| mark.trim_start());
        let alone = builder.ascii_case_insensitive(true).build(marks)?;
        Ok(AppMatcher {
            finder,
            known: apps,
            alone,
            apple: app(APPLE.1, APPLE.2, false),
        })
    }

    /// The app of an in-app browser's agent. The first of several marks wins, because an app's own
    /// name precedes that of its library.
    pub fn find(&self, agent: &str) -> Option<&KnownApp> {
        if !agent.starts_with("Mozilla/") {
            return None;
        }
        let found = self.finder.find(agent)?;
        let program = PROGRAMS.iter().any(|mark| agent.contains(mark));
        (!program).then(|| &self.known[found.pattern()])
    }

    /// The app itself, if the agent does not name a browser.
    pub fn alone(&self, agent: &str) -> Option<&KnownApp> {
        let found = self.alone.find(agent).filter(|found| {
            let before = found.start().checked_sub(1).map(|at| agent.as_bytes()[at]);
            !before.is_some_and(|byte| byte.is_ascii_alphanumeric())
        })?;
        Some(&self.known[found.pattern()]).filter(|app| app.is_network)
    }

    /// The app itself, if only its library shows that it is one.
    pub fn by_kit(&self, agent: &str) -> Option<&KnownApp> {
        let mark = APPLE.0.as_bytes();
        let mut windows = agent.as_bytes().windows(mark.len());
        let found = windows.any(|window| window.eq_ignore_ascii_case(mark));
        found.then_some(&self.apple)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_are_found_inside_browsers_only() {
        let apps = AppMatcher::new(&NetworkRegistry::embedded().unwrap()).unwrap();
        let name = |agent: &str| apps.find(agent).map(|app| app.name.clone());
        for (mark, app) in [
            ("[FBAN/FBIOS;FBAV/470.0]", "facebook"),
            ("[FB_IAB/FB4A;FBAV/490.0.0.50.82;]", "facebook"),
            ("MetaIAB Facebook", "facebook"),
            ("[FBAN/MessengerForiOS;FBAV/470.0]", "messenger"),
            ("[FB_IAB/Orca-Android;FBAV/470.0]", "messenger"),
            (
                "Instagram 406.0.0.58.159 Android (35/15; OPPO; IABMV/1)",
                "instagram",
            ),
            ("Barcelona 350.0.0.22.109 Android", "threads"),
            ("Twitter for iPhone/10.65", "x"),
            ("[LinkedInApp]/9.30", "linkedin"),
            (
                "trill_360403 BytedanceWebview/d8a21c6 Channel/googleplay",
                "tiktok",
            ),
            ("Snapchat/12.87", "snapchat"),
            ("Safari/537.36Snapchat11.83.0.31 (Pixel 6)", "snapchat"),
            ("KAKAOTALK/10.7.1 (INAPP)", "kakaotalk"),
            ("Safari/537.36 Reddit/Version 2022.28.0/Build 5", "reddit"),
            ("Mobile/15E216; iPhone 6s/11.3 XING/7.17.0", "xing"),
            ("Safari/604.1 XING-iPhone/23.10.2", "xing"),
            ("AppName/ultralite ByteLocale/en", "tiktok"),
            ("[Pinterest/iOS]", "pinterest"),
            ("MicroMessenger/8.0.50", "wechat"),
            ("VKAndroidApp/8.50-17633 (Android 13)", "vk"),
            ("musically_go_2023 JsSdk/1.0", "tiktok"),
            ("Safari/537.36 GoogleApp/14.42", "google"),
            ("Safari Line/14.1.0", "line"),
            ("Chrome/66.0 Safari/537.36 Viber", "viber"),
            ("GSA/300.0 Mobile", "google"),
        ] {
            let agent = format!("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 {mark}");
            assert_eq!(name(&agent).as_deref(), Some(app), "{agent}");
            assert_eq!(name(mark), None, "{mark}");
        }
    }

    #[test]
    fn programs_inside_apps_are_not_their_browsers() {
        let apps = AppMatcher::new(&NetworkRegistry::embedded().unwrap()).unwrap();
        for agent in [
            "Mozilla/5.0 (Linux) BytedanceWebview/d8a21c6 thirdLandingPageFeInfra",
            "Mozilla/5.0 (Macintosh) Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
            "Mozilla/5.0 (compatible; LinkedInBot/1.0)",
            "Mozilla/5.0 (compatible; Pinterest/0.2; +https://www.pinterest.com/bot.html)",
        ] {
            assert_eq!(apps.find(agent), None, "{agent}");
        }
    }
}
