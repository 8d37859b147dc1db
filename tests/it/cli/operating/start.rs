//! Starts: their exit codes if they fail, and their output if they succeed.

use std::io::Read;
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::Instant;

use super::{code, command, printed, run};
use crate::support::process::free_port;

#[test]
fn exit_codes_tell_what_may_work_later() {
    let dir = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let server = [
        ("LEADLINE_SERVER", "http://127.0.0.1:9"),
        ("LEADLINE_KEY", "ll_x"),
    ];
    let away = [("LEADLINE__STORE__URL", "postgres://leadline@127.0.0.1:1/d")];
    for (arguments, environment, expected) in [
        (&["--help"][..], &[][..], 0),
        (&["serve", "--colour"], &[], 64),
        (&["frobnicate"], &[], 64),
        (&["report", "spring"], &[], 1),
        (&["report", "spring"], &server, 75),
        (&["key", "list"], &[], 78),
        (&["migrate"], &away, 75),
        (&["redirect"], &[], 78),
        (
            &["serve"],
            &[("LEADLINE__SERVER__LISTEN", address.as_str())],
            75,
        ),
        (&["serve", "--config", "/nowhere.toml"], &[], 78),
        (
            &["healthcheck"],
            &[("LEADLINE__SERVER__LISTEN", "127.0.0.1:9")],
            1,
        ),
    ] {
        let output = run(dir.path(), arguments, environment);
        assert_eq!(
            code(&output),
            expected,
            "{arguments:?}: {}",
            printed(&output)
        );
    }
}

#[test]
fn a_refused_start_names_the_store_and_no_password() {
    let dir = tempfile::tempdir().unwrap();
    let away = [(
        "LEADLINE__STORE__URL",
        "postgres://leadline:hunter2@127.0.0.1:1/d",
    )];
    let text = printed(&run(dir.path(), &["migrate"], &away));
    assert!(
        text.contains("postgres://leadline:hidden@127.0.0.1:1/d"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_key_that_is_none_is_named_before_a_server_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    for key in ["hunter2", "ll_a b", "ll_schl\u{fc}ssel"] {
        let environment = [
            ("LEADLINE_SERVER", "http://127.0.0.1:9"),
            ("LEADLINE_KEY", key),
        ];
        let output = run(dir.path(), &["campaign", "list"], &environment);
        let text = printed(&output);
        assert_eq!(code(&output), 1, "{text}");
        assert!(
            text.contains("they begin with ll_") && !text.contains(key),
            "{text}"
        );
    }
}

#[test]
fn a_key_may_come_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key");
    std::fs::write(&file, "ll_x\n").unwrap();
    let server = ("LEADLINE_SERVER", "http://127.0.0.1:9");
    let ask = |file: &str| {
        run(
            dir.path(),
            &["report", "x"],
            &[server, ("LEADLINE_KEY_FILE", file)],
        )
    };
    let asked = printed(&ask(file.to_str().unwrap()));
    assert!(asked.contains("no answer from"), "{asked}");
    let missing = ask("/nowhere/key");
    assert_eq!(code(&missing), 78);
    assert!(printed(&missing).contains("`LEADLINE_KEY_FILE` names /nowhere/key"));
}

/// A server that is running; killed with its value.
pub(super) struct Running {
    child: Child,
    pub(super) port: u16,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    pub(super) fn start(dir: &std::path::Path, environment: &[(&str, &str)]) -> Running {
        let port = free_port();
        let child = command(dir, &["serve"], environment)
            .env("LEADLINE__SERVER__LISTEN", format!("127.0.0.1:{port}"))
            .env("LEADLINE__SERVER__WORKERS", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Running { child, port }
    }

    /// Waits until it is ready.
    pub(super) fn wait(&self) {
        crate::support::process::listens(self.port);
        let ready = format!("127.0.0.1:{}", self.port);
        let environment = [("LEADLINE__SERVER__LISTEN", ready.as_str())];
        let dir = tempfile::tempdir().unwrap();
        let begun = Instant::now();
        while code(&run(dir.path(), &["healthcheck"], &environment)) != 0 {
            assert!(begun.elapsed().as_secs() < 30, "it does not get ready");
        }
    }

    /// Waits until it is ready, ends it in order, and gives what it printed: on standard output, on
    /// standard error.
    pub(super) fn stop(mut self) -> (String, String) {
        self.wait();
        let pid = self.child.id().to_string();
        let sent = std::process::Command::new("kill").arg(pid).status();
        assert!(sent.unwrap().success() && self.child.wait().unwrap().success());
        let mut printed = (String::new(), String::new());
        let (out, err) = (self.child.stdout.take(), self.child.stderr.take());
        out.unwrap().read_to_string(&mut printed.0).unwrap();
        err.unwrap().read_to_string(&mut printed.1).unwrap();
        printed
    }
}

fn keys_in(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
        .filter(|word| word.starts_with("ll_") && word.len() > 40)
        .count()
}

#[test]
fn the_first_key_is_printed_once_under_a_few_clear_lines() {
    let dir = tempfile::tempdir().unwrap();
    let (out, err) = Running::start(dir.path(), &[]).stop();
    assert_eq!((keys_in(&out), keys_in(&err)), (1, 0), "{out}{err}");
    for part in [
        concat!(
            "Leadline ",
            env!("CARGO_PKG_VERSION"),
            " serves short links and its API on http://127.0.0.1:"
        ),
        "Listens on   127.0.0.1:",
        "Store        sqlite:",
        "Log          ",
        "Metrics      none",
        "export ",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let (out, err) = Running::start(dir.path(), &[]).stop();
    assert_eq!((keys_in(&out), keys_in(&err)), (0, 0), "{out}{err}");
}

#[test]
fn lines_for_machines_never_hold_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let json = [("LEADLINE__TELEMETRY__FORMAT", "json")];
    let (out, err) = Running::start(dir.path(), &json).stop();
    assert_eq!(out, "", "what is printed goes where lines are kept");
    assert_eq!(keys_in(&err), 0, "{err}");
    assert!(err.contains("`leadline key create` creates one"), "{err}");
    for line in err.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["level"] != "ERROR", "{line}");
    }
    let made = run(dir.path(), &["key", "create"], &json);
    assert_eq!(keys_in(&printed(&made)), 1);
    let (_, err) = Running::start(dir.path(), &json).stop();
    assert!(!err.contains("key create"), "{err}");
}
