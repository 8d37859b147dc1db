//! Redis over TLS, with certificates that the test creates: only the right one works, and it works
//! for everything.

use std::path::{Path, PathBuf};
use std::process::Command;

use secrecy::SecretString;
use tempfile::TempDir;

use super::{Rig, has};
use crate::support::app::TestApp;
use crate::support::process::{Process, free_port, redis_server_with};

fn openssl(dir: &Path, command: &str) {
    let made = Command::new("openssl")
        .args(command.split(' '))
        .current_dir(dir)
        .output();
    let made = made.unwrap();
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "openssl {command}: {said}");
}

/// A root of that name, and a certificate for `localhost` that leads to it.
fn certificates(dir: &Path) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for root in ["root", "other"] {
        openssl(
            dir,
            &format!("req -x509 {key} -keyout {root}.key -out {root}.pem -days 2 -subj /CN={root}"),
        );
    }
    openssl(
        dir,
        &format!("req {key} -keyout redis.key -out redis.csr -subj /CN=redis"),
    );
    std::fs::write(dir.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    openssl(
        dir,
        "x509 -req -in redis.csr -CA root.pem -CAkey root.key -CAcreateserial -days 2 \
         -extfile names -out redis.pem",
    );
}

/// A Redis that speaks TLS on a second port, with a password.
struct TlsRedis {
    dir: TempDir,
    port: u16,
    plain: u16,
    process: Process,
}

fn start() -> TlsRedis {
    let dir = tempfile::tempdir().unwrap();
    certificates(dir.path());
    let (plain, port) = (free_port(), free_port());
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (key, pem, root, number) = (
        path("redis.key"),
        path("redis.pem"),
        path("root.pem"),
        port.to_string(),
    );
    let process = redis_server_with(
        dir.path(),
        plain,
        &[
            "--tls-port",
            &number,
            "--tls-cert-file",
            &pem,
            "--tls-key-file",
            &key,
            "--tls-ca-cert-file",
            &root,
            "--tls-auth-clients",
            "no",
        ],
    );
    TlsRedis {
        dir,
        port,
        plain,
        process,
    }
}

async fn app(redis: &TlsRedis, host: &str, user: &str, root: &str) -> TestApp {
    let url: SecretString = format!("rediss://{user}{host}:{}/0", redis.port).into();
    let root = if root.is_empty() {
        PathBuf::new()
    } else {
        redis.dir.path().join(root)
    };
    TestApp::spawn_with(|config| {
        config.log.url = url;
        config.log.tls_root = root;
        // A handshake takes its time in a build for debugging.
        config.log.deadline_ms = 5_000;
    })
    .await
}

async fn rig(redis: TlsRedis, app: TestApp) -> Rig {
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    Rig {
        app,
        redis: Some(redis.process),
        script: None,
        port: redis.plain,
        dir: redis.dir,
        campaign,
        link,
    }
}

#[tokio::test]
async fn everything_goes_over_tls_with_user_and_password() {
    let redis = start();
    let client = redis::Client::open(format!("redis://127.0.0.1:{}/0", redis.plain)).unwrap();
    let mut owner = client.get_multiplexed_async_connection().await.unwrap();
    let mut acl = redis::cmd("ACL");
    acl.arg("SETUSER")
        .arg("leadline")
        .arg("on")
        .arg(">s#cret")
        .arg("~*")
        .arg("+@all");
    let () = acl.query_async(&mut owner).await.unwrap();
    let app = app(&redis, "localhost", "leadline:s%23cret@", "root.pem").await;
    let rig = rig(redis, app).await;
    let click = rig.click().await;
    assert_eq!(rig.rows().await, [click]);
    assert_eq!(rig.app.log().spill().unwrap().spilled, 0);
    rig.app
        .state
        .pseudonyms
        .prepare(rig.app.clock.now())
        .await
        .unwrap();
    // Log, links and visitor keys are there.
    for kind in ["0}:entries", "links}:*", "visitor}:*"] {
        let keys: Vec<String> = rig.redis(&["KEYS", &format!("{{leadline:{kind}")]).await;
        assert!(!keys.is_empty(), "{kind}");
    }
    let users: String = rig.redis(&["CLIENT", "LIST"]).await;
    let ours = users
        .lines()
        .filter(|line| line.contains("user=leadline"))
        .count();
    assert!(ours >= 2, "{users}");
}

#[rstest::rstest]
#[case::wrong_name("127.0.0.1", "", "root.pem", "redis_certificate")]
#[case::unknown_root("localhost", "", "other.pem", "redis_certificate")]
#[case::public_roots("localhost", "", "", "redis_certificate")]
#[case::wrong_password("localhost", "leadline:wrong@", "root.pem", "redis_not_allowed")]
#[tokio::test]
async fn nothing_is_sent_to_a_redis_that_is_not_the_right_one(
    #[case] host: &str,
    #[case] user: &str,
    #[case] root: &str,
    #[case] code: &str,
) {
    let redis = start();
    let app = app(&redis, host, user, root).await;
    let rig = rig(redis, app).await;
    rig.click().await;
    let says = rig.readiness_where(|says| has(says, code)).await;
    assert_eq!(
        (&says["log"], &says["spill_depth"]),
        (&"spilling".into(), &1.into()),
        "{says}"
    );
    let keys: u64 = rig.redis(&["DBSIZE"]).await;
    assert_eq!(keys, 0);
}
