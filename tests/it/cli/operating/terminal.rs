//! Text of strangers reaches terminals and log files as text, never as control characters.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::support::app::TestApp;

/// Clears the screen, sets a title, turns text around, hides a blank, forges a line.
const HOSTILE: &str = "ev\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}\u{200b}\u{9b}31m\nforged";

#[tokio::test(flavor = "multi_thread")]
async fn a_table_shows_control_characters_as_such() {
    let app = TestApp::spawn().await;
    let body = json!({"kind": "lead", "event_id": HOSTILE});
    let answer = app.post("/conversions", &body).await;
    let run = async |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leadline"));
        command
            .args(arguments)
            .env("LEADLINE_SERVER", &app.base)
            .env("LEADLINE_KEY", &app.key);
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    };
    // Where such an id is refused at the door, nothing of it may come back either.
    let kept = answer.status.is_success();
    app.drain().await;
    for arguments in [
        &["conversion", "waiting"][..],
        &["conversion", "waiting", "--json"],
    ] {
        let output = run(arguments).await;
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        assert_plain(&text);
        assert_eq!(kept, text.contains("forged"), "{text}");
        assert!(
            !text.lines().any(|line| line.starts_with("forged")),
            "{text}"
        );
    }
    let refused = run(&["report", HOSTILE]).await;
    assert!(!refused.status.success());
    assert_plain(&String::from_utf8(refused.stderr).unwrap());
}

/// What goes to a file is what the API answers, byte by byte; what a terminal shows steers nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_csv_file_has_every_byte_and_a_terminal_shows_control_characters() {
    let app = TestApp::spawn().await;
    app.campaign("=Spr\u{9b}ing").await;
    let body = json!({"kind": "lead", "event_id": HOSTILE});
    app.post("/conversions", &body).await;
    let formula = json!({"kind": "lead", "event_id": "=1+2\u{1b}[2J"});
    app.post("/conversions", &formula).await;
    app.drain().await;
    let output = async |command: &mut Command| {
        command
            .env("LEADLINE_SERVER", &app.base)
            .env("LEADLINE_KEY", &app.key);
        let mut command = std::mem::replace(command, Command::new("true"));
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        output.await.unwrap()
    };
    let program = env!("CARGO_BIN_EXE_leadline");
    for (path, arguments) in [
        ("/conversions", &["conversion", "list", "--csv"][..]),
        ("/report", &["report", "--csv"]),
    ] {
        let answered = app.request(reqwest::Method::GET, path);
        let answered = answered.header("accept", "text/csv").send().await.unwrap();
        let answered = answered.text().await.unwrap();
        let piped = output(Command::new(program).args(arguments)).await;
        assert_eq!(String::from_utf8(piped.stdout).unwrap(), answered);
        // `script` gives the command a terminal, and copies what it shows.
        let line = format!("{program} {}", arguments.join(" "));
        let shown = output(Command::new("script").args(["-qec", &line, "/dev/null"])).await;
        let shown = String::from_utf8(shown.stdout).unwrap();
        assert_plain(&shown.replace('\r', ""));
        assert!(
            path == "/report" || shown.contains("'=1+2\\u001b[2J"),
            "{shown}"
        );
        assert!(
            path == "/report" || answered.contains(HOSTILE),
            "{answered}"
        );
    }
}

/// At a real terminal: a server that takes its time is named every second, and the line is gone
/// afterwards.
#[test]
fn a_wait_is_shown_at_a_terminal_only() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        for _ in 0..2 {
            let (mut connection, _) = listener.accept().unwrap();
            let _ = std::io::Read::read(&mut connection, &mut [0; 4096]).unwrap();
            // A wait of over a second is what the test is about.
            std::thread::sleep(std::time::Duration::from_millis(1_300));
            let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                content-length: 17\r\nconnection: close\r\n\r\n{\"campaigns\": []}";
            std::io::Write::write_all(&mut connection, answer.as_bytes()).unwrap();
        }
    });
    let list = |command: &mut Command| {
        let output = command
            .env("LEADLINE_SERVER", &base)
            .env("LEADLINE_KEY", "ll_x")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    let program = env!("CARGO_BIN_EXE_leadline");
    let line = format!("{program} campaign list");
    // `script` gives the command a terminal, and copies what it shows.
    let shown = list(Command::new("script").args(["-qec", &line, "/dev/null"]));
    assert!(
        shown.contains(&format!("\rWaiting for {base}/api/v1 … 1 s")),
        "{shown:?}"
    );
    assert!(shown.contains("\rNo campaigns yet"), "{shown:?}");
    let piped = list(Command::new(program).args(["campaign", "list"]));
    assert!(
        !piped.contains("Waiting") && piped.contains("No campaigns yet"),
        "{piped:?}"
    );
    server.join().unwrap();
}

fn assert_plain(text: &str) {
    let raw = text.chars().find(|c| {
        let steers = c.is_control() && *c != '\n';
        steers || matches!(c, '\u{202e}' | '\u{200b}')
    });
    assert_eq!(raw, None, "{text:?}");
}

/// Everything a command prints passes one place, so that none can forget to make it visible.
#[test]
fn commands_print_in_one_place_only() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            seen += 1;
            let text = fs::read_to_string(&path).unwrap();
            for word in [
                "println!",
                "print!",
                "stdout()",
                "stderr()",
                "io::stdout",
                "io::stderr",
            ] {
                assert!(
                    !text.contains(word) || path.ends_with("terminal.rs"),
                    "{}: print by `print`, `say!` or `terminal::…` instead of {word}",
                    path.display()
                );
            }
        }
    }
    assert!(seen > 20, "only {seen} files");
}
