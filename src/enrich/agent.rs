//! User agents: everything that one says, computed once for each text.
//!
//! # Invariants
//! The same text gives the same agent. So agents are kept in a bounded cache, and a known agent
//! costs one lookup. The cache evicts the least used agents.

use std::sync::Arc;

use quick_cache::sync::Cache;

use super::error::Error;
use super::in_app::{AppMatcher, KnownApp};
use super::robot::{RobotMatcher, RuleCode};
use super::user_agent::{self, DeviceKind};
use crate::click::AgentFamilies;
use crate::network::NetworkRegistry;

/// Most agents in the cache. With 512 bytes of text each, the cache takes at most about 8 MB.
const KEPT: usize = 10_000;

/// What the agent says about who made the click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentKind {
    /// There is no user agent.
    Empty,
    /// An in-app browser, which a person uses.
    InApp(KnownApp),
    /// An app itself, not its browser: it may fetch a preview, or open the link for a person.
    App(KnownApp),
    /// A program; this rule recognised it.
    Program(RuleCode),
    /// A browser, or something that looks like one.
    Browser,
}

/// A user agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Who made the click, by the agent alone.
    pub kind: AgentKind,
    /// The families of browser, system and device.
    pub families: Arc<AgentFamilies>,
}

impl Agent {
    /// The network that the app belongs to.
    pub fn network(&self) -> Option<&str> {
        match &self.kind {
            AgentKind::InApp(app) | AgentKind::App(app) if app.is_network => Some(&app.name),
            _ => None,
        }
    }
}

/// Classifies user agents and caches the results.
pub struct AgentClassifier {
    apps: AppMatcher,
    robots: &'static RobotMatcher,
    families: &'static user_agent::FamilyRules,
    kept: Cache<String, Arc<Agent>>,
}

impl AgentClassifier {
    /// Knows the embedded robots and families, and the apps of the networks in the registry.
    ///
    /// # Errors
    /// When one of the lists cannot be used, which never happens in a released program.
    pub fn new(registry: &NetworkRegistry) -> Result<AgentClassifier, Error> {
        Ok(AgentClassifier {
            apps: AppMatcher::new(registry)?,
            robots: RobotMatcher::embedded()?,
            families: user_agent::FamilyRules::embedded()?,
            kept: Cache::new(KEPT),
        })
    }

    /// Looks up an agent. An empty text means that there is no agent.
    pub fn look_up(&self, text: &str) -> Arc<Agent> {
        let text = text.trim();
        if let Some(known) = self.kept.get(text) {
            return known;
        }
        let agent = Arc::new(self.find_out(text));
        self.kept.insert(text.to_owned(), Arc::clone(&agent));
        agent
    }

    fn find_out(&self, text: &str) -> Agent {
        if text.is_empty() {
            return without_family(AgentKind::Empty, DeviceKind::Other);
        }
        let kind = self.kind(text);
        let browser = match &kind {
            AgentKind::Program(_) => return without_family(kind, DeviceKind::Bot),
            AgentKind::InApp(app) | AgentKind::App(app) => Some(app.title.clone()),
            AgentKind::Browser | AgentKind::Empty => self.families.browser(text),
        };
        let families = self.families_of(text, browser);
        Agent { kind, families }
    }

    /// A robot that names itself always counts as a robot. Forms are words that an app's agent may
    /// also have, so known apps are checked before forms.
    fn kind(&self, text: &str) -> AgentKind {
        if let Some(code) = self.robots.by_name(text) {
            return AgentKind::Program(code);
        }
        if let Some(app) = self.apps.find(text) {
            return AgentKind::InApp(app.clone());
        }
        if !text.starts_with("Mozilla/")
            && let Some(app) = self.apps.alone(text)
        {
            return AgentKind::App(app.clone());
        }
        if let Some(code) = self.robots.by_form(text) {
            return AgentKind::Program(code);
        }
        let app = self.apps.by_kit(text);
        app.map_or(AgentKind::Browser, |app| AgentKind::App(app.clone()))
    }

    fn families_of(&self, text: &str, browser: Option<String>) -> Arc<AgentFamilies> {
        Arc::new(AgentFamilies {
            browser,
            os: self.families.os(text),
            device: DeviceKind::of(text).as_str().into(),
        })
    }
}

fn without_family(kind: AgentKind, device: DeviceKind) -> Agent {
    Agent {
        kind,
        families: Arc::new(AgentFamilies {
            browser: None,
            os: None,
            device: device.as_str().into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agents() -> AgentClassifier {
        AgentClassifier::new(&NetworkRegistry::embedded().unwrap()).unwrap()
    }

    #[test]
    fn an_agent_is_found_out_once() {
        let agents = agents();
        let first = agents.look_up("curl/8.5.0");
        assert!(Arc::ptr_eq(&first, &agents.look_up(" curl/8.5.0 ")));
        assert_eq!(first.kind, AgentKind::Program("library:curl"));
        assert_eq!(first.families.device, "bot");
        assert_eq!(first.families.browser, None);
    }

    #[test]
    fn an_in_app_browser_has_the_name_of_its_app() {
        let agent = agents().look_up("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22A Instagram 350.0.0");
        assert_eq!(agent.network(), Some("instagram"));
        assert_eq!(agent.families.browser.as_deref(), Some("Instagram"));
        assert_eq!(agent.families.os.as_deref(), Some("iOS"));
        assert_eq!(agent.families.device, "mobile");
        let google = agents().look_up("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 GSA/300.0 Mobile/15E148 Safari/604.1");
        assert_eq!(google.network(), None);
    }

    #[test]
    fn an_app_alone_is_no_browser_and_no_robot() {
        let agents = agents();
        for (agent, network) in [
            (
                "[FBAN/FB4A;FBAV/167.0.0.33.94;FBBV/101783969;FBLC/en_GB;FBMF/OPPO;FBDV/A37f;FBSV/5.1.1;]",
                "facebook",
            ),
            (
                "FBAN/FBIOS;FBAV/182.0.0.42.80;FBBV/118457561;FBDV/iPhone10,3;FBMD/iPhone;FBSN/iOS",
                "facebook",
            ),
            (
                "LightSpeed [FBAN/MessengerLiteForiOS;FBAV/255.0.0.30.124;FBSN/iOS]",
                "messenger",
            ),
            (
                "Instagram 5.0.2 (iPhone5,1; iPhone OS 7_0_4; en_US; en) AppleWebKit/420+",
                "instagram",
            ),
            ("Pinterest for Android/9.0.4 (K83CA; 9)", "pinterest"),
            (
                "TikTok 17.8.1 rv:178102 (iPhone; iOS 14.1; ja_JP) Cronet",
                "tiktok",
            ),
            ("Reddit/Version 2022.28.0/Build 533235/Android 12", "reddit"),
            ("XING-iPhone/23.10.2", "xing"),
            (
                "com.vk.vkclient/2316 CFNetwork/1240.0.4 Darwin/20.6.0",
                "vk",
            ),
            (
                "com.zhiliaoapp.musically/2023105030 (Linux; U; Android 11; de_DE; CUBOT_NOTE_20; Build/RP1A; Cronet/1)",
                "tiktok",
            ),
            (
                "KakaoTalk/2023.4.17.1 CFNetwork/1406.0.4 Darwin/22.4.0",
                "kakaotalk",
            ),
        ] {
            let known = agents.look_up(agent);
            assert!(
                matches!(known.kind, AgentKind::App(_)),
                "{agent}: {known:?}"
            );
            assert_eq!(known.network(), Some(network), "{agent}");
        }
        let other = agents.look_up("Example/7 CFNetwork/1406.0.4 Darwin/22.4.0");
        assert!(matches!(other.kind, AgentKind::App(_)));
        assert_eq!(other.network(), None);
    }

    #[test]
    fn a_robot_that_names_itself_is_one_in_an_app_too() {
        let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 7_0 like Mac OS X) AppleWebKit/537.51.1 (KHTML, like Gecko) Mobile/11A465 Twitter for iPhone BrandVerity/1.0";
        assert_eq!(
            agents().look_up(agent).kind,
            AgentKind::Program("crawler:brandverity")
        );
    }

    #[test]
    fn no_agent_is_empty() {
        assert_eq!(agents().look_up("  ").kind, AgentKind::Empty);
    }
}
