//! Layers, refusals and what is shown.

use std::io::Write;

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
}
