//! Layers, refusals and what is shown.

use std::io::Write;

use secrecy::ExposeSecret;

use super::*;

fn load(text: &str) -> Result<Config, Error> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    Config::load(Some(file.path()))
}

#[test]
fn defaults_stand_on_their_own() {
    let config = Config::load(None).unwrap();
    assert_eq!(config.public_url().unwrap(), "http://127.0.0.1:8080");
    assert_eq!(
        config.store_url().expose_secret(),
        "sqlite:./data/leadline.db"
    );
}

#[test]
fn a_file_overrides_key_by_key() {
    let config = load("[server]\npublic_url = \"https://ll.example/\"").unwrap();
    assert_eq!(config.public_url().unwrap(), "https://ll.example");
    assert_eq!(config.server.listen.port(), 8080);
}

#[test]
fn an_empty_geo_database_is_none() {
    let config = Config::load(None).unwrap();
    assert_eq!(config.geo_databases(), [None, None]);
    let config = load("[geo]\ndatabase = \"/var/lib/geo/city.mmdb\"").unwrap();
    assert_eq!(
        config.geo_databases(),
        [Some("/var/lib/geo/city.mmdb".into()), None]
    );
}

#[test]
fn mistakes_name_their_key() {
    for (text, part) in [
        ("[server]\nlisten_on = 1", "listen_on"),
        ("[server]\npublic_url = \"ftp://x\"", "server.public_url"),
        ("[store]\nurl = \"mysql://x\"", "store.url"),
        ("[attribution]\nwindow_days = 0", "attribution.window_days"),
        ("[geo]\ncity = \"x\"", "city"),
        ("[server]\ndomains = [\"http://x/y\"]", "server.domains"),
    ] {
        let message = load(text).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn secrets_are_not_shown() {
    let config = load("[store]\nurl = \"postgres://u:hunter2@h/d\"").unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    let shown = toml::to_string(&config).unwrap();
    assert!(shown.contains("postgres://u:hidden@h/d"), "{shown}");
    for text in [
        "[store]\nurl = \"postgres://u:hunter2@h/d",
        "[store]\nurl = [\"hunter2\"]",
        "[store]\nurl = \"mysql://u:hunter2@h/d?password=hunter2\"",
        "[log]\nurl = \"http://hunter2@h/d\"\n[log]",
        "[server]\npublic_url = \"https://u:hunter2@h h/\"",
    ] {
        let message = load(text).unwrap_err().to_string();
        assert!(!message.contains("hunter2"), "{message}");
    }
}

fn from_environment(variables: &[(&str, &str)]) -> Result<Config, Error> {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Ok((*value).to_owned())));
    Config::from_layers(None, variables.collect())
}

#[test]
fn a_refusal_names_key_value_origin_and_what_is_allowed() {
    for (name, value, message) in [
        (
            "LEADLINE__LOG__SYNC",
            "always",
            "`log.sync` is \"always\" (set by LEADLINE__LOG__SYNC); it can be \"process\" or \"disk\"",
        ),
        (
            "LEADLINE__SERVER__WORKERS",
            "many",
            "`server.workers` is \"many\" (set by LEADLINE__SERVER__WORKERS); write a whole number from 0",
        ),
        (
            "LEADLINE__LIMITS__API_PER_MINUTE",
            "-5",
            "`limits.api_per_minute` is -5 (set by LEADLINE__LIMITS__API_PER_MINUTE); write a whole number from 0",
        ),
        (
            "LEADLINE__VISITOR__COOKIE",
            "maybe",
            "`visitor.cookie` is \"maybe\" (set by LEADLINE__VISITOR__COOKIE); write true or false",
        ),
        (
            "LEADLINE__SERVER__LISTEN",
            "127.0.0.1:99999",
            "`server.listen` is \"127.0.0.1:99999\" (set by LEADLINE__SERVER__LISTEN); \
             write an address and a port up to 65535, such as 127.0.0.1:8080",
        ),
        (
            "LEADLINE__SERVER__TRUSTED_PROXIES",
            "10.0.0.0/8, proxy",
            "`server.trusted_proxies` is [\"10.0.0.0/8\", \"proxy\"] \
             (set by LEADLINE__SERVER__TRUSTED_PROXIES); \
             \"proxy\" is neither an address nor a network such as 10.0.0.0/8",
        ),
    ] {
        let refused = from_environment(&[(name, value)]).unwrap_err();
        assert_eq!(refused.to_string(), message);
    }
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let refused = load(
        "[server]\nlisten_on = 1\n[log]\nsink = 2\nshards = 0\n[telemetry]\nfilter = \"inof\"",
    );
    let message = refused.unwrap_err().to_string();
    for part in [
        "`server.listen_on`",
        "`log.sync`?",
        "`log.shards` is 0; give 1 to 1024",
        "\"inof\" is no level",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn values_that_cannot_be_read_are_named_at_once() {
    let refused = from_environment(&[
        ("LEADLINE__SERVER__LISTEN", "foo"),
        ("LEADLINE__SERVER__WORKERS", "many"),
        ("LEADLINE__SERVER__TRUSTED_PROXIES", "10.0.0.0/8, zz"),
        ("LEADLINE__PRIVACY__PRESET", "x"),
        ("LEADLINE__STORE__URL", "bar"),
    ]);
    let message = refused.unwrap_err().to_string();
    for part in [
        "`server.listen` is \"foo\" (set by LEADLINE__SERVER__LISTEN)",
        "`server.workers` is \"many\"",
        "`server.trusted_proxies` is ",
        "`privacy.preset` is \"x\"",
        "`store.url`",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn lists_take_blanks_and_bare_addresses() {
    let config = from_environment(&[
        (
            "LEADLINE__SERVER__TRUSTED_PROXIES",
            " 10.0.0.0/8, 192.0.2.7 ,2001:db8::1",
        ),
        ("LEADLINE__SERVER__DOMAINS", "a.example, b.example"),
        ("LEADLINE__VISITOR__OWN_NETWORKS", ""),
        ("leadline__server__workers", "3"),
    ])
    .unwrap();
    let proxies: Vec<String> = config
        .server
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(proxies, ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::1/128"]);
    assert_eq!(config.server.domains, ["a.example", "b.example"]);
    assert!(config.visitor.own_networks.is_empty());
    assert_eq!(config.server.workers, 3);
}

#[test]
fn secrets_come_from_files() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("url");
    std::fs::write(&file, "  postgres://u:hunter2@h/d\n").unwrap();
    let file = file.to_str().unwrap();
    let config = from_environment(&[("LEADLINE__STORE__URL_FILE", file)]).unwrap();
    assert_eq!(config.store.url.expose_secret(), "postgres://u:hunter2@h/d");
    let twice = from_environment(&[
        ("LEADLINE__STORE__URL_FILE", file),
        ("LEADLINE__STORE__URL", "sqlite:x.db"),
    ]);
    let twice = twice.unwrap_err().to_string();
    assert!(
        twice.contains("set the same key") && !twice.contains("hunter2"),
        "{twice}"
    );
    let missing = dir.path().join("missing");
    let missing = from_environment(&[("LEADLINE__LOG__URL_FILE", missing.to_str().unwrap())]);
    let missing = missing.unwrap_err().to_string();
    assert!(
        missing.contains("`LEADLINE__LOG__URL_FILE` names") && missing.contains("missing"),
        "{missing}"
    );
}

#[test]
fn two_listeners_do_not_share_a_port() {
    let same = load("[server]\nlisten = \"0.0.0.0:9090\"")
        .unwrap_err()
        .to_string();
    assert!(
        same.contains("`admin.listen` is the port of `server.listen`"),
        "{same}"
    );
}
