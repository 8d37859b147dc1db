//! People and programs, told apart by the user agent.
//!
//! Holds: rules run in a fixed order, first match wins, and its code is stored with the click.
//! In-app browsers come first, because the apps' own names look like those of their robots and
//! dropping them would drop the very clicks that posts bring. What no rule knows is a person.

use crate::click::Class;

/// Marks of in-app browsers: people.
const IN_APP: &[(&str, &str)] = &[
    ("FBAN/Messenger", "messenger"),
    ("FB_IAB/MESSENGER", "messenger"),
    ("Orca-Android", "messenger"),
    ("FBAN/FBIOS", "facebook"),
    ("FB_IAB/FB4A", "facebook"),
    ("MetaIAB Facebook", "facebook"),
    ("Barcelona ", "threads"),
    ("Instagram ", "instagram"),
    ("Twitter for ", "x"),
    ("TwitterAndroid", "x"),
    ("LinkedInApp", "linkedin"),
    ("musical_ly", "tiktok"),
    ("trill_", "tiktok"),
    ("BytedanceWebview/", "tiktok"),
    ("[Pinterest/iOS]", "pinterest"),
    ("[Pinterest/Android]", "pinterest"),
    ("MicroMessenger/", "wechat"),
    (" Line/", "line"),
    (" GSA/", "google"),
    (" Snapchat/", "snapchat"),
];

/// Programs that look at a link to show a preview of it: part of the name, lower case, and code.
const PREVIEW: &[(&str, &str)] = &[
    ("facebookexternalhit", "facebook"),
    ("meta-externalhit", "meta"),
    ("meta-externalagent", "meta"),
    ("meta-externalfetcher", "meta"),
    ("meta-webindexer", "meta"),
    ("facebot", "facebook"),
    ("telegrambot", "telegram"),
    ("twitterbot", "twitterbot"),
    ("linkedinbot", "linkedin"),
    ("slackbot", "slack"),
    ("slack-imgproxy", "slack"),
    ("discordbot", "discord"),
    ("skypeuripreview", "skype"),
    ("microsoftpreview", "microsoft"),
    ("bingpreview", "bing"),
    ("redditbot", "reddit"),
    ("pinterestbot", "pinterest"),
    ("pinterest/0.", "pinterest"),
    ("snap url preview", "snapchat"),
    ("bluesky cardyb", "bluesky"),
    ("bluesky-domain", "bluesky"),
    ("(mastodon/", "mastodon"),
    ("mastodon/", "mastodon"),
    ("pleroma", "fediverse"),
    ("misskey", "fediverse"),
    ("iframely", "iframely"),
    ("embedly", "embedly"),
    ("google-read-aloud", "google"),
    ("googleimageproxy", "google"),
    ("bufferlinkpreviewbot", "buffer"),
    ("tiktokspider", "tiktok"),
    ("thirdlandingpagefeinfra", "tiktok"),
    ("vkshare", "vk"),
    ("mattermost", "mattermost"),
    ("line-poker", "line"),
    ("kakaotalk-scrap", "kakao"),
];

/// Preview agents known by how they begin, because within a browser's name they are apps.
const PREVIEW_START: &[(&str, &str)] = &[
    ("whatsapp/", "whatsapp"),
    ("viber/", "viber"),
    ("snapchat", "snapchat"),
];

/// Programs that people write: how they begin, lower case.
const LIBRARY_START: &[&str] = &[
    "curl/",
    "wget/",
    "python-requests",
    "python-urllib",
    "python-httpx",
    "python/",
    "aiohttp",
    "httpx/",
    "go-http-client",
    "okhttp",
    "axios",
    "node-fetch",
    "node",
    "undici",
    "got ",
    "java/",
    "apache-httpclient",
    "jakarta",
    "libwww-perl",
    "ruby",
    "http.rb",
    "faraday",
    "guzzlehttp",
    "php/",
    "php-curl",
    "reqwest",
    "hyper/",
    "ureq",
    "postmanruntime",
    "insomnia",
    "httpie",
    "dart/",
    "dotnet",
    "restsharp",
    "powershell",
    "cfnetwork",
    "winhttp",
    "lwp::",
    "scrapy",
    "k6/",
];

/// Words that programs call themselves by; they count as whole words, so that a `CUBOT` phone
/// stays a person.
const CRAWLER_WORDS: &[&str] = &[
    "bot",
    "robot",
    "crawler",
    "crawl",
    "spider",
    "slurp",
    "scraper",
    "scanner",
    "monitor",
    "uptime",
    "pingdom",
    "archiver",
    "fetcher",
    "validator",
    "headless",
    "headlesschrome",
    "phantomjs",
    "lighthouse",
    "urlscan",
    "preview",
    "prerender",
    "feedfetcher",
    "mediapartners",
];

/// Who made a click, and the code of the rule that says so.
pub fn classify(user_agent: Option<&str>) -> (Class, String) {
    let agent = user_agent.unwrap_or_default().trim();
    if agent.is_empty() {
        return (Class::Bot, "empty".to_owned());
    }
    let lower = agent.to_ascii_lowercase();
    // iMessage looks at links as a browser that also names the two oldest preview agents.
    let previewed = PREVIEW.iter().find(|(mark, _)| lower.contains(mark));
    if let Some((_, app)) = IN_APP.iter().find(|(mark, _)| agent.contains(mark))
        && previewed.is_none()
    {
        return (Class::Human, format!("in_app:{app}"));
    }
    let started = PREVIEW_START
        .iter()
        .find(|(mark, _)| lower.starts_with(mark));
    if let Some((_, name)) = previewed.or(started) {
        return (Class::Bot, format!("preview:{name}"));
    }
    if let Some(mark) = LIBRARY_START.iter().find(|mark| lower.starts_with(**mark)) {
        return (
            Class::Bot,
            format!("library:{}", mark.trim_end_matches(['/', ' ', ':'])),
        );
    }
    match crawler(&lower) {
        Some(name) => (Class::Bot, format!("crawler:{name}")),
        None => (Class::Human, "default".to_owned()),
    }
}

/// The name of a crawler: a word of the list, or one that ends in `bot`, `spider` or `crawler`.
fn crawler(lower: &str) -> Option<&str> {
    lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| {
            CRAWLER_WORDS.contains(word)
                || (word.len() > 3
                    && *word != "cubot"
                    && ["bot", "spider", "crawler"]
                        .iter()
                        .any(|end| word.ends_with(end)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

    fn rule(agent: &str) -> String {
        let (class, rule) = classify(Some(agent));
        format!("{class} {rule}")
    }

    #[test]
    fn people_stay_people() {
        for (agent, expected) in [
            (CHROME, "human default"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "human default",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
                "human default",
            ),
            (
                "Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0 Mobile Safari/537.36",
                "human default",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/490.0.0.50.82;]",
                "human in_app:facebook",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS;FBAV/470.0]",
                "human in_app:facebook",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MetaIAB Facebook",
                "human in_app:facebook",
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; CPH2409 Build/AP3A.240617.008) AppleWebKit/537.36 Chrome/129 Mobile Safari/537.36 Instagram 406.0.0.58.159 Android (33/13; google/google; IABMV/1)",
                "human in_app:instagram",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/22A Twitter for iPhone/10.65",
                "human in_app:x",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/22A [LinkedInApp]/9.30",
                "human in_app:linkedin",
            ),
            (
                "Mozilla/5.0 (Linux; Android 12; V2027) AppleWebKit/537.36 Chrome/105 Mobile Safari/537.36 trill_360403 BytedanceWebview/d8a21c6 Channel/googleplay",
                "human in_app:tiktok",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/21A [Pinterest/iOS]",
                "human in_app:pinterest",
            ),
            (
                "Mozilla/5.0 (Linux; Android 9; Robotics Tab) AppleWebKit/537.36 Chrome/99 Safari/537.36",
                "human default",
            ),
        ] {
            assert_eq!(rule(agent), expected, "{agent}");
        }
    }

    #[test]
    fn previews_are_named() {
        for (agent, expected) in [
            ("Twitterbot/1.0", "bot preview:twitterbot"),
            (
                "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
                "bot preview:facebook",
            ),
            (
                "LinkedInBot/1.0 (compatible; Mozilla/5.0; +http://www.linkedin.com)",
                "bot preview:linkedin",
            ),
            (
                "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
                "bot preview:slack",
            ),
            (
                "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
                "bot preview:discord",
            ),
            ("TelegramBot (like TwitterBot)", "bot preview:telegram"),
            ("WhatsApp/2.23.20.0", "bot preview:whatsapp"),
            (
                "http.rb/5.1.1 (Mastodon/4.3.0; +https://mastodon.example/)",
                "bot preview:mastodon",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
                "bot preview:facebook",
            ),
            (
                "Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)",
                "bot preview:pinterest",
            ),
            (
                "Mozilla/5.0 (compatible; Bluesky Cardyb/1.1)",
                "bot preview:bluesky",
            ),
        ] {
            assert_eq!(rule(agent), expected, "{agent}");
        }
    }

    #[test]
    fn other_programs_are_named() {
        for (agent, expected) in [
            ("curl/8.5.0", "bot library:curl"),
            ("python-requests/2.32", "bot library:python-requests"),
            ("Go-http-client/2.0", "bot library:go-http-client"),
            (
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                "bot crawler:googlebot",
            ),
            (
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)",
                "bot crawler:gptbot",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/131.0 Safari/537.36",
                "bot crawler:headlesschrome",
            ),
            (
                "Baiduspider+(+http://www.baidu.com/search/spider.htm)",
                "bot crawler:baiduspider",
            ),
        ] {
            assert_eq!(rule(agent), expected, "{agent}");
        }
        assert_eq!(classify(None), (Class::Bot, "empty".to_owned()));
        assert_eq!(classify(Some("  ")), (Class::Bot, "empty".to_owned()));
    }
}
