//! A real Chromium without a window, driven by the `DevTools` protocol over a pipe: one for all
//! tests, with pages that share nothing. It reaches nothing but this machine, and ends with the
//! tests.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::app::CHROME;

/// How long Chromium has for one thing; the first of them is its start.
const DEADLINE: Duration = Duration::from_secs(30);

/// Chromium reads what it is told from descriptor 3 and answers on 4. It ends when the tests close
/// that pipe; then nothing of it stays.
const START: &str = "\
    chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
        --disable-background-networking --disable-component-update --disable-extensions --disable-sync \
        --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' --user-agent=\"$AGENT\" \
        --user-data-dir=\"$DIR\" --remote-debugging-pipe 3<&0 4>&1 >/dev/null 2>\"$DIR/log\"
    rm -rf \"$DIR\"";

/// Who waits for the answer to which command. Without Chromium nobody does: they are told so.
type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

struct Browser {
    commands: Mutex<ChildStdin>,
    waiting: Waiting,
    last: AtomicU64,
    log: std::path::PathBuf,
}

/// A page with cookies and storage of its own.
pub(crate) struct Page {
    browser: &'static Browser,
    session: String,
}

static BROWSER: OnceLock<Browser> = OnceLock::new();

impl Browser {
    fn open() -> Browser {
        let dir = tempfile::tempdir().unwrap().keep();
        let mut child = Command::new("sh")
            .args(["-c", START])
            .env("AGENT", CHROME)
            .env("DIR", &dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let waiting = Waiting::default();
        let told = Arc::clone(&waiting);
        let commands = Mutex::new(child.stdin.take().unwrap());
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for message in output.split(0).map_while(Result::ok) {
                let message: Value = serde_json::from_slice(&message).unwrap();
                let asked = message["id"].as_u64();
                if let Some(waits) = asked.and_then(|id| told.lock().unwrap().remove(&id)) {
                    // A test that has failed waits no more.
                    let _ = waits.send(message);
                }
            }
            told.lock().unwrap().clear();
            let _ = child.wait();
        });
        Browser {
            commands,
            waiting,
            last: AtomicU64::new(0),
            log: dir.join("log"),
        }
    }

    async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        let id = self.last.fetch_add(1, Ordering::Relaxed);
        let mut command = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        let (waits, answer) = oneshot::channel();
        self.waiting.lock().unwrap().insert(id, waits);
        let message = format!("{command}\0");
        // What cannot be told is not answered either.
        let _ = self.commands.lock().unwrap().write_all(message.as_bytes());
        let Ok(Ok(answer)) = tokio::time::timeout(DEADLINE, answer).await else {
            let log = std::fs::read_to_string(&self.log);
            panic!("`chromium` does not answer {command}. Is it on PATH? Its log: {log:?}");
        };
        assert!(answer.get("error").is_none(), "{command}: {answer}");
        answer["result"].clone()
    }
}

impl Page {
    /// A blank page that shares nothing with another.
    pub(crate) async fn open() -> Page {
        let browser = BROWSER.get_or_init(Browser::open);
        let call = async |method, params| browser.call(None, method, params).await;
        let context = call("Target.createBrowserContext", json!({})).await;
        let blank = json!({"url": "about:blank", "browserContextId": context["browserContextId"]});
        let target = call("Target.createTarget", blank).await;
        let whole = json!({"targetId": target["targetId"], "flatten": true});
        let attached = call("Target.attachToTarget", whole).await;
        let session = attached["sessionId"].as_str().unwrap().to_owned();
        let page = Page { browser, session };
        page.call("Page.enable", json!({})).await;
        page
    }

    async fn call(&self, method: &str, params: Value) -> Value {
        self.browser.call(Some(&self.session), method, params).await
    }

    /// Runs a script in every document to come, before its own scripts.
    pub(crate) async fn before_each(&self, script: &str) {
        let source = json!({ "source": script });
        self.call("Page.addScriptToEvaluateOnNewDocument", source)
            .await;
    }

    /// Goes to an address, as by a typed one, and waits until all of it has run.
    pub(crate) async fn visit(&self, url: &str) {
        let gone = self.call("Page.navigate", json!({ "url": url })).await;
        assert_eq!(gone.get("errorText"), None, "{url}");
        self.run(
            "if (document.readyState !== 'complete')
                 await new Promise((loaded) => addEventListener('load', loaded));",
        )
        .await;
    }

    /// What a script gives that runs in the page as the body of an async function.
    pub(crate) async fn run(&self, script: &str) -> Value {
        let expression = format!("(async () => {{ {script} }})()");
        let asked = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let ran = self.call("Runtime.evaluate", asked).await;
        assert!(ran.get("exceptionDetails").is_none(), "{script}: {ran}");
        ran["result"]["value"].clone()
    }

    /// Presses and lets go of a mouse button at the middle of an element: `left` or `middle`.
    pub(crate) async fn press(&self, selector: &str, button: &str) {
        let middle = format!(
            "const box = document.querySelector({selector:?}).getBoundingClientRect();
             return [box.x + box.width / 2, box.y + box.height / 2];"
        );
        let at = self.run(&middle).await;
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": at[0], "y": at[1], "button": button,
                               "clickCount": 1});
            self.call("Input.dispatchMouseEvent", event).await;
        }
    }
}
