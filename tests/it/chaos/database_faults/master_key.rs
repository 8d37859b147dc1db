//! A lost or different master key is refused before it can do harm.

use std::path::Path;

use leadline::app::{App, Role, accept_new_master};
use leadline::clock::Clock;
use leadline::config::Config;
use leadline::store;
use rstest::rstest;
use secrecy::SecretString;

use crate::support::app::NOON;
use crate::support::database::{Database, TestStore};
use crate::support::redis;

fn config(dir: &Path, url: &SecretString) -> Config {
    let mut config = Config::load(None).unwrap();
    config.server.listen = "127.0.0.1:1".parse().unwrap();
    config.server.public_url = "http://ll.example".into();
    config.admin.listen = String::new();
    dir.clone_into(&mut config.data.dir);
    config.store.url = url.clone();
    config
}

async fn open(dir: &Path, test: &TestStore) -> anyhow::Result<App> {
    open_as(Role::All, dir, test).await
}

async fn open_as(role: Role, dir: &Path, test: &TestStore) -> anyhow::Result<App> {
    let mut config = config(dir, &test.url);
    if role == Role::Redirect {
        config.log.url = redis::url();
        config.log.prefix = redis::prefix();
    }
    App::open(&config, role, Clock::manual(NOON)).await
}

fn refusal(opened: anyhow::Result<App>) -> String {
    let error = opened.expect_err("it is refused");
    assert!(error.is::<store::master_key::WrongMasterKey>(), "{error:?}");
    format!("{error:#}")
}

#[rstest]
#[tokio::test]
async fn another_key_is_refused_until_it_is_accepted(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("master.key");
    drop(open(dir.path(), &test).await.unwrap());
    let first = std::fs::read_to_string(&key).unwrap();
    drop(open(dir.path(), &test).await.unwrap());

    // Lost: none is created in its place, and the message names the way out.
    std::fs::remove_file(&key).unwrap();
    let message = refusal(open(dir.path(), &test).await);
    assert!(!key.exists(), "a new key over data of another one");
    assert!(message.contains("accept-new-master"), "{message}");
    assert!(message.contains(dir.path().to_str().unwrap()), "{message}");

    // Another one, as in the folder of another program.
    let other = tempfile::tempdir().unwrap();
    leadline::vault::Vault::open(other.path()).unwrap();
    refusal(open(other.path(), &test).await);
    if database == Database::Postgres {
        // Nodes that only redirect hash addresses under it, too.
        refusal(open_as(Role::Redirect, other.path(), &test).await);
        let none = tempfile::tempdir().unwrap();
        refusal(open_as(Role::Redirect, none.path(), &test).await);
        assert!(!none.path().join("master.key").exists());
    }

    // Put back, all is as it was.
    std::fs::write(&key, first).unwrap();
    drop(open(dir.path(), &test).await.unwrap());

    // Lost for good.
    std::fs::remove_file(&key).unwrap();
    accept_new_master(dir.path(), &test.store).await.unwrap();
    drop(open(dir.path(), &test).await.unwrap());
    refusal(open(other.path(), &test).await);
}
