//! The processes that are measured, each ended with its value: those that answer are pinned to core
//! 0.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::load::cpu_ns;

/// A process that is ended with its value.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// Resident memory.
    pub(crate) fn rss_mb(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .unwrap();
        let kb: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kb / 1024.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The program, to be pinned.
pub(crate) fn pinned(program: &str) -> Command {
    let mut command = Command::new("taskset");
    command
        .args(["-c", "0", program])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Adds what the server is told in each case: where it listens, and the folder it works in.
pub(crate) fn at_home(command: &mut Command, port: u16, dir: &Path) {
    command
        .arg("serve")
        .env("LEADLINE__SERVER__LISTEN", format!("127.0.0.1:{port}"))
        .env("LEADLINE__ADMIN__LISTEN", "")
        .env("LEADLINE__DATA__DIR", dir);
}

/// Connects as soon as somebody listens.
pub(crate) fn wait_for(port: u16) -> TcpStream {
    let begun = Instant::now();
    loop {
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
            return stream;
        }
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "nothing listens on port {port}"
        );
        std::thread::sleep(Duration::from_micros(500));
    }
}

/// A Redis that keeps its files in `dir`, and its port.
pub(crate) fn redis(dir: &Path) -> (u16, Process) {
    let port = free_port();
    let process = pinned("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--dir", dir.to_str().unwrap(), "--save", ""])
        .args(["--appendonly", "yes", "--appendfsync", "everysec"])
        .args(["--auto-aof-rewrite-percentage", "0"])
        .spawn()
        .expect("redis-server; install it");
    wait_for(port);
    (port, Process(process))
}

/// Waits until the processes have done what they do at their start.
pub(crate) fn rest(pids: &[u32]) {
    let begun = Instant::now();
    loop {
        let before = cpu_ns(pids);
        std::thread::sleep(Duration::from_millis(500));
        if cpu_ns(pids) - before < 5e6 {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_mins(3),
            "the server does not come to rest"
        );
    }
    println!("  at rest after {} ms", begun.elapsed().as_millis());
}
