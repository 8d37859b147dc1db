//! The procedure of docs/operating.md: a backup of a running service can be restored and run.

use std::path::Path;

use reqwest::{Client, StatusCode, redirect};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::start::Running;
use super::{printed, run};
use crate::support::app::CHROME;
use crate::support::postgres::Postgres;

/// A running service and a key for it.
struct Service {
    running: Running,
    key: String,
    client: Client,
}

impl Service {
    /// A service on this folder and, where it has an address, on that database.
    fn start(dir: &Path, store: &str) -> Service {
        let environment = [
            ("LEADLINE__SERVER__PUBLIC_URL", "http://ll.example"),
            ("LEADLINE__STORE__URL", store),
        ];
        let running = Running::start(dir, &environment);
        running.wait();
        let scopes = ["key", "create", "--scopes", "read,write,convert,admin"];
        let made = run(dir, &scopes, &environment);
        assert!(made.status.success(), "{}", printed(&made));
        let client = Client::builder().redirect(redirect::Policy::none());
        Service {
            running,
            key: String::from_utf8(made.stdout).unwrap().trim().to_owned(),
            client: client.build().unwrap(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.running.port)
    }

    async fn api(&self, path: &str, body: Option<Value>) -> Value {
        let url = self.url(&format!("/api/v1{path}"));
        let request = match body {
            Some(body) => self.client.post(url).json(&body),
            None => self.client.get(url),
        };
        let answer = request.bearer_auth(&self.key).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    async fn click(&self, slug: &str) -> StatusCode {
        let request = self.client.get(self.url(&format!("/{slug}")));
        let request = request
            .header("user-agent", CHROME)
            .header("host", "ll.example");
        request.send().await.unwrap().status()
    }

    /// Sends a webhook that is signed now.
    async fn deliver(&self, path: &str, secret: &str, body: &Value) -> StatusCode {
        let seconds = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let seconds = i64::try_from(seconds).unwrap();
        let body = body.to_string();
        let signature = Webhook::new(secret).unwrap();
        let signature = signature.sign("msg_1", seconds, body.as_bytes()).unwrap();
        let request = self
            .client
            .post(self.url(path))
            .header("content-type", "application/json")
            .header("webhook-id", "msg_1")
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", signature);
        request.body(body).send().await.unwrap().status()
    }

    /// Clicks in the store, once there are as many as expected.
    async fn clicks(&self, expected: usize) -> usize {
        let mut count = 0;
        for _ in 0..200 {
            let page = self.api("/clicks", None).await;
            count = page["clicks"].as_array().unwrap().len();
            if count >= expected {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        count
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The first steps of the page: the log, and the key.
fn back_up_files(data: &Path, backup: &Path) {
    copy_folder(&data.join("log"), &backup.join("log"));
    std::fs::copy(data.join("master.key"), backup.join("master.key")).unwrap();
}

/// Then the database by `VACUUM INTO`.
async fn back_up_sqlite(data: &Path, backup: &Path) {
    back_up_files(data, backup);
    let url = format!("sqlite:{}", data.join("leadline.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let statement = format!("VACUUM INTO '{}'", backup.join("leadline.db").display());
    let statement = sqlx::query(sqlx::AssertSqlSafe(statement));
    statement.execute(&pool).await.unwrap();
    pool.close().await;
}

/// Makes a link, a source and three clicks; gives the source.
async fn fill(service: &Service) -> Value {
    let link = json!({"url": "https://shop.example/lamp", "slug": "lamp"});
    service.api("/links", Some(link)).await;
    let source = json!({"provider": "standard", "name": "Shop"});
    let source = service.api("/sources", Some(source)).await;
    for _ in 0..3 {
        assert_eq!(service.click("lamp").await, StatusCode::FOUND);
    }
    assert_eq!(service.clicks(3).await, 3);
    source
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_running_service_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (data, backup) = (dir.path().join("data"), dir.path().join("backup"));
    let service = Service::start(&data, "");
    let source = fill(&service).await;
    back_up_sqlite(&data, &backup).await;
    assert_eq!(service.click("lamp").await, StatusCode::FOUND, "it runs on");
    assert_eq!(service.clicks(4).await, 4);
    drop(service);
    goes_on(&Service::start(&backup, ""), &source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_of_postgresql_goes_on_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let (data, backup) = (dir.path().join("data"), dir.path().join("backup"));
    let (postgres, other) = (Postgres::new(), Postgres::new());
    let service = Service::start(&data, &postgres.url());
    let source = fill(&service).await;
    back_up_files(&data, &backup);
    let dump = backup.join("leadline.dump");
    // Through pipes: PostgreSQL's programs run as another user, who may not look into the folder.
    let mut command = postgres.program("pg_dump");
    let dumped = command.arg("--format=custom").arg(postgres.url()).output();
    let dumped = dumped.unwrap();
    assert!(dumped.status.success(), "{}", printed(&dumped));
    std::fs::write(&dump, dumped.stdout).unwrap();
    assert_eq!(service.click("lamp").await, StatusCode::FOUND, "it runs on");
    drop(service);
    let mut command = other.program("pg_restore");
    command.args(["--single-transaction", "--no-owner"]);
    command.arg(format!("--dbname={}", other.url()));
    command.stdin(std::fs::File::open(&dump).unwrap());
    let restored = command.output().unwrap();
    assert!(restored.status.success(), "{}", printed(&restored));
    goes_on(&Service::start(&backup, &other.url()), &source).await;
}

/// The restored service has the three clicks, takes more, and opens its source's secret.
async fn goes_on(restored: &Service, source: &Value) {
    assert_eq!(
        restored.clicks(3).await,
        3,
        "what was there when the copy was made"
    );
    assert_eq!(restored.click("lamp").await, StatusCode::FOUND);
    assert_eq!(restored.clicks(4).await, 4, "and it goes on");
    let path = source["webhook_url"].as_str().unwrap();
    let path = path.split("ll.example").nth(1).unwrap();
    let secret = source["secret"].as_str().unwrap();
    let lead = json!({"type": "lead.created", "data": {"event_id": "l-1"}});
    assert_eq!(
        restored.deliver(path, secret, &lead).await,
        StatusCode::OK,
        "the source's secret can be opened"
    );
    let other = "whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=";
    let forged = restored.deliver(path, other, &lead).await;
    assert_eq!(forged, StatusCode::UNAUTHORIZED);
}
