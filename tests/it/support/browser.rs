//! A real Chromium without a window, driven by the `DevTools` protocol over a pipe. It reaches
//! nothing but this machine.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Mutex, mpsc};

use super::app::CHROME;

/// How long Chromium has for one thing; the first of them is its start.
const DEADLINE: Duration = Duration::from_secs(30);

/// Chromium reads what it is told from descriptor 3 and answers on 4.
const START: &str = "exec \"$0\" \"$@\" 3<&0 4>&1 >/dev/null 2>\"$CHROMIUM_LOG\"";

pub(crate) struct Browser {
    child: Child,
    pipe: Mutex<Pipe>,
    dir: TempDir,
}

struct Pipe {
    commands: ChildStdin,
    answers: mpsc::UnboundedReceiver<Value>,
    last: u64,
}

/// A page with cookies and storage of its own, which live as long as it does.
pub(crate) struct Page<'a> {
    browser: &'a Browser,
    session: String,
}

impl Browser {
    /// Starts Chromium.
    pub(crate) fn open() -> Browser {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", START, "chromium"])
            .args(["--headless", "--no-sandbox", "--disable-gpu"])
            .args(["--disable-dev-shm-usage", "--disable-component-update"])
            .args(["--disable-background-networking", "--no-first-run"])
            .args(["--disable-extensions", "--disable-sync"])
            .arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
            .arg(format!("--user-agent={CHROME}"))
            .arg(format!("--user-data-dir={}", dir.path().display()))
            .arg("--remote-debugging-pipe")
            .env("CHROMIUM_LOG", dir.path().join("log"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (told, answers) = mpsc::unbounded_channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for message in output.split(0).map_while(Result::ok) {
                if told
                    .send(serde_json::from_slice(&message).unwrap())
                    .is_err()
                {
                    break;
                }
            }
        });
        Browser {
            pipe: Mutex::new(Pipe {
                commands: child.stdin.take().unwrap(),
                answers,
                last: 0,
            }),
            child,
            dir,
        }
    }

    /// A blank page that shares nothing with another.
    pub(crate) async fn page(&self) -> Page<'_> {
        let context = self
            .call(None, "Target.createBrowserContext", json!({}))
            .await;
        let blank = json!({"url": "about:blank", "browserContextId": context["browserContextId"]});
        let target = self.call(None, "Target.createTarget", blank).await;
        let whole = json!({"targetId": target["targetId"], "flatten": true});
        let attached = self.call(None, "Target.attachToTarget", whole).await;
        let session = attached["sessionId"].as_str().unwrap().to_owned();
        let page = Page {
            browser: self,
            session,
        };
        page.call("Page.enable", json!({})).await;
        page
    }

    async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        let mut pipe = self.pipe.lock().await;
        pipe.last += 1;
        let id = pipe.last;
        let mut command = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        let told = pipe.commands.write_all(format!("{command}\0").as_bytes());
        let answered = tokio::time::timeout(DEADLINE, async {
            told.ok()?;
            loop {
                let answer = pipe.answers.recv().await?;
                if answer["id"] == id {
                    return Some(answer);
                }
            }
        });
        let Ok(Some(answer)) = answered.await else {
            let log = std::fs::read_to_string(self.dir.path().join("log"));
            panic!("`chromium` does not answer {command}; its log: {log:?}");
        };
        assert!(answer.get("error").is_none(), "{command}: {answer}");
        answer["result"].clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Page<'_> {
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
