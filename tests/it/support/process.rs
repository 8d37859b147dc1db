//! Separate programs: the built binary, a Redis and a PostgreSQL, to be killed, frozen and started
//! again.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A running program; ends with its value.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Process {
        Process::start_telling(Stdio::null(), command)
    }

    /// The same, with its log in a file.
    fn start_telling(log: impl Into<Stdio>, command: &mut Command) -> Process {
        let quiet = command.stdout(Stdio::null()).stderr(log);
        Process(quiet.spawn().unwrap())
    }

    /// Sends a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status();
        assert!(sent.unwrap().success(), "kill -{name} {pid}");
    }

    /// Lets its files grow again, as when there is room on the disk.
    pub(crate) fn lift_file_limit(&self) {
        let pid = self.0.id().to_string();
        let lifted = Command::new("prlimit")
            .args(["--fsize=unlimited", "--pid", &pid])
            .status();
        assert!(lifted.unwrap().success(), "prlimit --pid {pid}");
    }

    /// The memory that it takes, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let pid = self.0.id().to_string();
        let told = Command::new("ps").args(["-o", "rss=", "-p", &pid]).output();
        let told = String::from_utf8(told.unwrap().stdout).unwrap();
        told.trim().parse::<u64>().unwrap() * 1024
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn stop(mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        self.0.wait().unwrap()
    }

    /// Ends it as a crash would, and waits for that.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    pub(super) fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// A port that nothing listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Waits until something listens there.
pub(crate) fn listens(port: u16) {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            begun.elapsed().as_secs() < 20,
            "nothing listens on port {port}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A Redis that keeps what it was told in `dir`.
pub(crate) fn redis_server(dir: &Path, port: u16) -> Process {
    redis_server_with(dir, port, &[])
}

/// The same, with options of its own.
pub(crate) fn redis_server_with(dir: &Path, port: u16, options: &[&str]) -> Process {
    let (folder, number) = (dir.to_str().unwrap(), port.to_string());
    let process = Process::start(
        Command::new("redis-server")
            .args(["--port", &number, "--bind", "127.0.0.1", "--dir", folder])
            .args(["--save", "", "--appendonly", "yes"])
            // What it confirms is with the operating system then, or with the disk: `everysec` may
            // put a write off for two seconds while the disk is slow.
            .args(["--appendfsync", "always"])
            .args(options),
    );
    listens(port);
    process
}

/// A shell in which no file grows beyond 128 KiB, as on a full disk; runs what follows.
const FULL_DISK: &str = "trap '' XFSZ; ulimit -S -f 256; exec \"$@\"";

/// `leadline COMMAND` like [`leadline`], on a disk that is soon full.
pub(crate) fn leadline_on_a_full_disk(
    command: &str,
    dir: &Path,
    port: u16,
    settings: &[(&str, &str)],
) -> Process {
    let mut shell = Command::new("sh");
    shell.args(["-c", FULL_DISK, "sh", &program(), command]);
    run(shell, dir, port, settings)
}

/// `leadline COMMAND` with its own data folder; listens on `port` unless that is 0.
pub(crate) fn leadline(command: &str, dir: &Path, port: u16, settings: &[(&str, &str)]) -> Process {
    let mut program = Command::new(program());
    program.arg(command);
    run(program, dir, port, settings)
}

/// What `leadline COMMAND` says of the server with that data folder on that port, and how it ends.
pub(crate) fn answer_of(command: &str, dir: &Path, port: u16) -> (ExitStatus, String) {
    let mut asked = Command::new(program());
    asked.arg(command).env("LEADLINE__DATA__DIR", dir);
    asked.env("LEADLINE__SERVER__LISTEN", format!("127.0.0.1:{port}"));
    let output = asked.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status, String::from_utf8_lossy(&said).into_owned())
}

/// The binary under test: that of this build, or another one, such as the release build.
pub(crate) fn program() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no configuration to read it from"
    )]
    std::env::var("LEADLINE_TEST_PROGRAM").unwrap_or(env!("CARGO_BIN_EXE_leadline").to_owned())
}

/// The master key of every program, as programs on one store must have it.
const MASTER_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

fn run(mut command: Command, dir: &Path, port: u16, settings: &[(&str, &str)]) -> Process {
    std::fs::create_dir_all(dir).unwrap();
    let key = dir.join("master.key");
    if !key.exists() {
        std::fs::write(key, MASTER_KEY).unwrap();
    }
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(dir.join("stderr"));
    let process = Process::start_telling(
        log.unwrap(),
        command
            .env("LEADLINE__SERVER__LISTEN", format!("127.0.0.1:{port}"))
            .env("LEADLINE__SERVER__PUBLIC_URL", "http://ll.example")
            .env("LEADLINE__SERVER__WORKERS", "1")
            .env("LEADLINE__ADMIN__LISTEN", "")
            .env("LEADLINE__LIMITS__CLICKS_PER_MINUTE", "0")
            .env("LEADLINE__DATA__DIR", dir)
            .envs(settings.iter().copied()),
    );
    if port != 0 {
        listens(port);
    }
    process
}
