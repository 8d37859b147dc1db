//! The data of every released version, opened by the current program: its databases give the same
//! figures, and its log is read to the end.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use leadline::clock::Millis;
use rstest::rstest;
use secrecy::ExposeSecret;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::support::app::TestApp;
use crate::support::database::{Database, postgres_schema};

/// The folder of each version.
fn releases() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/releases");
    let entries = fs::read_dir(all)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let found: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    assert!(!found.is_empty());
    found
}

fn figures_of(release: &Path) -> Value {
    serde_json::from_slice(&fs::read(release.join("report.json")).unwrap()).unwrap()
}

/// Today's program on the store of a version; on SQLite with the version's log where that is
/// wanted.
async fn opened(release: &Path, database: Database, with_log: bool) -> TestApp {
    let url = match database {
        Database::Sqlite => None,
        Database::Postgres => Some(postgres_schema().await),
    };
    if let Some(url) = &url {
        let dump = fs::read_to_string(release.join("leadline.sql")).unwrap();
        let mut connection = sqlx::PgConnection::connect(url.expose_secret())
            .await
            .unwrap();
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(dump)))
            .await
            .unwrap();
        connection.close().await.unwrap();
    }
    let app = TestApp::spawn_on_old_store(|config| {
        let data = &config.data.dir;
        fs::copy(release.join("master.key"), data.join("master.key")).unwrap();
        if let Some(url) = url {
            config.store.url = url;
        } else {
            let packed = fs::File::open(release.join("leadline.db.gz")).unwrap();
            let mut bytes = Vec::new();
            flate2::read::GzDecoder::new(packed)
                .read_to_end(&mut bytes)
                .unwrap();
            fs::write(data.join("leadline.db"), bytes).unwrap();
        }
        if with_log {
            fs::create_dir(data.join("log")).unwrap();
            for entry in fs::read_dir(release.join("log")).unwrap() {
                let path = entry.unwrap().path();
                fs::copy(&path, data.join("log").join(path.file_name().unwrap())).unwrap();
            }
        }
    })
    .await;
    let at = figures_of(release)["at"].as_i64().unwrap();
    app.clock.set(Millis(at));
    app
}

/// The report of the version's campaign, with its rows by network.
async fn report(app: &TestApp, release: &Path) -> Value {
    let day = figures_of(release)["day"].as_str().unwrap().to_owned();
    let path = format!("/campaigns/spring/report?from={day}&to={day}");
    let mut report = app.get(&path).await.body;
    let rows = report["rows"].as_array().unwrap().iter();
    let rows = rows.map(|row| (row["network"].as_str().unwrap().to_owned(), row.clone()));
    report["rows"] = Value::Object(rows.collect());
    report
}

/// Every figure that was written down is still answered; new ones may stand beside them.
fn assert_same(place: &str, written: &Value, answered: &Value) {
    match written {
        Value::Object(fields) => {
            for (name, value) in fields {
                assert_same(&format!("{place}.{name}"), value, &answered[name]);
            }
        }
        _ => assert_eq!(written, answered, "{place}"),
    }
}

#[rstest]
#[tokio::test]
async fn a_store_of_every_version_answers_the_same_figures(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    for release in releases() {
        let app = opened(&release, database, false).await;
        app.drain().await;
        let name = release.display().to_string();
        let found = report(&app, &release).await;
        assert_same(&name, &figures_of(&release)["before"], &found);
    }
}

#[tokio::test]
async fn a_log_of_every_version_is_read_to_the_end() {
    for release in releases() {
        let app = opened(&release, Database::Sqlite, true).await;
        assert!(app.log().depth().await.unwrap() >= 6);
        app.drain().await;
        let dead = app.log().dead_letters(10).await.unwrap();
        assert_eq!(dead, [], "{}", release.display());
        let name = release.display().to_string();
        let found = report(&app, &release).await;
        assert_same(&name, &figures_of(&release)["after"], &found);
    }
}
