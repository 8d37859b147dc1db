//! Tests that each layer of rules decides a case that no other layer decides.

use super::*;
use crate::enrich::agent::AgentClassifier;
use crate::network::NetworkRegistry;

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
const FACEBOOK: &str = "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/490.0.0.50.82;]";

fn person(agent: &Agent) -> ClickTraits<'_> {
    ClickTraits {
        request: RequestKind::Get,
        self_traffic: None,
        agent,
        referrer: None,
        has_accept_language: true,
        link_age_ms: Some(60_000),
        hosting: Some(false),
        recent_links: 1,
    }
}

fn agents() -> AgentClassifier {
    AgentClassifier::new(&NetworkRegistry::embedded().unwrap()).unwrap()
}

fn shown(traits: &ClickTraits<'_>) -> String {
    let ClickVerdict { class, rule } = classify(traits);
    format!("{class} {rule}")
}

/// Asserts the verdict on a browser's click with one change that only one layer can notice.
#[track_caller]
fn decides(change: impl Fn(&mut ClickTraits<'_>), expected: &str) {
    let chrome = agents().look_up(CHROME);
    let mut traits = person(&chrome);
    assert_eq!(shown(&traits), "human default");
    change(&mut traits);
    assert_eq!(shown(&traits), expected);
}

#[test]
fn own_traffic_is_set_apart() {
    for (self_traffic, expected) in [
        (SelfTraffic::Address, "self self:address"),
        (SelfTraffic::Cookie, "self self:cookie"),
        (SelfTraffic::Parameter, "self self:parameter"),
    ] {
        decides(|traits| traits.self_traffic = Some(self_traffic), expected);
    }
}

#[test]
fn the_request_decides() {
    decides(|traits| traits.request = RequestKind::Head, "head head");
    decides(
        |traits| traits.request = RequestKind::Prefetch,
        "prefetch prefetch",
    );
}

#[test]
fn in_app_browsers_are_people_whatever_else_speaks_against_them() {
    let facebook = agents().look_up(FACEBOOK);
    let mut traits = person(&facebook);
    assert_eq!(shown(&traits), "human in_app:facebook");
    traits.hosting = Some(true);
    assert_eq!(shown(&traits), "likely_human in_app:facebook");
    traits.recent_links = MANY_LINKS;
    traits.link_age_ms = Some(1);
    assert_eq!(shown(&traits), "likely_human in_app:facebook");
}

#[test]
fn an_app_alone_is_unknown_unless_something_else_tells() {
    let app = agents().look_up("[FBAN/FB4A;FBAV/167.0.0.33.94;FBBV/101783969;FBSV/5.1.1;]");
    let mut traits = person(&app);
    assert_eq!(shown(&traits), "likely_human app:facebook");
    traits.has_accept_language = false;
    assert_eq!(shown(&traits), "unknown app:facebook");
    let now = converted(ClickClass::Unknown, "app:facebook");
    assert_eq!(now.as_deref(), Some("converted:app:facebook"));
    traits.link_age_ms = Some(1);
    assert_eq!(shown(&traits), "preview behaviour:young_link");
}

#[test]
fn agents_of_programs_decide() {
    let agents = agents();
    for (agent, expected) in [
        ("", "unknown empty"),
        ("Twitterbot/1.0", "preview preview:twitterbot"),
        ("curl/8.5.0", "crawler library:curl"),
        (
            "Mozilla/5.0 (compatible; ExampleBot; +https://example.com)",
            "crawler crawler:bot",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
            "preview preview:facebook",
        ),
    ] {
        assert_eq!(shown(&person(&agents.look_up(agent))), expected, "{agent}");
    }
}

#[test]
fn mail_scanners_are_known_by_their_referrer() {
    let referrer = "https://security-eu.mimecastprotect.com/r/x";
    decides(
        |traits| traits.referrer = Some(referrer),
        "scanner scanner:mimecast",
    );
}

#[test]
fn behaviour_tells_machines_that_look_like_browsers() {
    decides(
        |traits| traits.recent_links = MANY_LINKS,
        "scanner behaviour:many_slugs",
    );
    for age in [0, 1_999, -500] {
        decides(
            |traits| traits.link_age_ms = Some(age),
            "preview behaviour:young_link",
        );
    }
    decides(|traits| traits.link_age_ms = Some(2_000), "human default");
    decides(|traits| traits.link_age_ms = None, "human default");
}

#[test]
fn a_browser_in_a_data_centre_is_unknown() {
    decides(|traits| traits.hosting = Some(true), "unknown hosting");
    decides(|traits| traits.hosting = None, "human default");
}

#[test]
fn a_browser_without_a_language_is_likely_a_person() {
    decides(
        |traits| traits.has_accept_language = false,
        "likely_human behaviour:no_language",
    );
}

#[test]
fn a_reader_sent_on_by_a_mail_gateway_is_likely_a_person() {
    let referrer = "https://nam02.safelinks.protection.outlook.com/";
    decides(
        |traits| traits.referrer = Some(referrer),
        "likely_human safe_link:outlook",
    );
}

#[test]
fn traits_come_back_from_rest() {
    let agents = agents();
    let agent = agents.look_up(CHROME);
    for self_traffic in [
        None,
        Some(SelfTraffic::Address),
        Some(SelfTraffic::Cookie),
        Some(SelfTraffic::Parameter),
    ] {
        for request in [RequestKind::Get, RequestKind::Head, RequestKind::Prefetch] {
            for (has_accept_language, hosting, recent_links) in [
                (true, None, 0),
                (false, Some(true), 8),
                (true, Some(false), 255),
            ] {
                let traits = ClickTraits {
                    request,
                    self_traffic,
                    has_accept_language,
                    hosting,
                    recent_links,
                    ..person(&agent)
                };
                let age = traits.link_age_ms;
                let again = PackedTraits::of(&traits).unpack(&agent, traits.referrer, age);
                assert_eq!(format!("{again:?}"), format!("{traits:?}"));
            }
        }
    }
}
