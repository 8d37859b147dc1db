//! The data sets, each made by `leadline demo --scale`, and the servers that answer from them.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use leadline::store::Store;
use sqlx::Connection;

const PROGRAM: &str = env!("CARGO_BIN_EXE_leadline");

/// One data set in one database.
pub(crate) struct Data {
    pub(crate) name: String,
    pub(crate) clicks: u64,
    /// Without it the database is a file in `dir`.
    postgres: Option<String>,
    dir: PathBuf,
}

impl Data {
    /// Makes it, unless `root` holds it from before.
    pub(crate) fn make(root: &Path, postgres: Option<&str>, (clicks, leads): (u64, u64)) -> Data {
        let kind = postgres.map_or("sqlite", |_| "postgresql");
        let name = format!("{kind}-{clicks}-{leads}");
        let data = Data {
            clicks,
            postgres: postgres.map(|url| own_schema(url, &name)),
            dir: root.join(&name),
            name,
        };
        if data.key_file().exists() {
            println!("{}: from before", data.name);
            return data;
        }
        let mut command = Command::new(PROGRAM);
        command.args(["demo", "--scale", "--dir"]).arg(&data.dir);
        command.args([
            "--clicks",
            &clicks.to_string(),
            "--leads",
            &leads.to_string(),
        ]);
        if let Some(url) = &data.postgres {
            command.args(["--store", url]);
        }
        let begun = Instant::now();
        let output = command.stderr(Stdio::inherit()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{said}");
        println!(
            "{}: {:.0} s, {}",
            data.name,
            begun.elapsed().as_secs_f64(),
            said.trim()
        );
        let key = said.split("the key is ").nth(1).unwrap();
        std::fs::write(data.key_file(), key.lines().next().unwrap()).unwrap();
        data
    }

    fn key_file(&self) -> PathBuf {
        self.dir.join("key")
    }

    fn url(&self) -> String {
        let file = || format!("sqlite:{}", self.dir.join("leadline.db").display());
        self.postgres.clone().unwrap_or_else(file)
    }

    /// The database itself.
    pub(crate) async fn store(&self) -> Store {
        Store::open(&self.url().into(), 2).await.unwrap()
    }

    /// A server that answers from it.
    pub(crate) fn serve(&self) -> Server {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let process = Command::new(PROGRAM)
            .arg("serve")
            .env("LEADLINE__DATA__DIR", &self.dir)
            .env(
                "LEADLINE__STORE__URL",
                self.postgres.as_deref().unwrap_or_default(),
            )
            .env("LEADLINE__SERVER__LISTEN", format!("127.0.0.1:{port}"))
            .env("LEADLINE__ADMIN__LISTEN", "")
            .env("LEADLINE__LIMITS__API_PER_MINUTE", "1000000")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let server = Server {
            process,
            base: format!("http://127.0.0.1:{port}/api/v1"),
            key: std::fs::read_to_string(self.key_file()).unwrap(),
            agent: ureq::Agent::new_with_defaults(),
        };
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_mins(1),
                "the server does not listen"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }
}

/// A schema of that name, made where it is not there; the URL that leads into it.
fn own_schema(url: &str, name: &str) -> String {
    let schema = name.replace('-', "_");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        let statement = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&mut connection)
            .await
            .unwrap();
    });
    format!("{url}?options=-csearch_path%3D{schema}")
}

/// A running server; ended with its value.
pub(crate) struct Server {
    process: Child,
    base: String,
    key: String,
    agent: ureq::Agent,
}

impl Server {
    /// Reads `path`; gives the answer and how long it took.
    pub(crate) fn get(&self, path: &str) -> (serde_json::Value, Duration) {
        let request = self
            .agent
            .get(format!("{}{path}", self.base))
            .header("Authorization", format!("Bearer {}", self.key));
        let begun = Instant::now();
        let text = request
            .call()
            .unwrap()
            .into_body()
            .read_to_string()
            .unwrap();
        let took = begun.elapsed();
        (serde_json::from_str(&text).unwrap(), took)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
