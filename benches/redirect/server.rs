//! The processes that are measured, each ended with its value.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::links;
use crate::load::Target;

/// Which log.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Redis,
    Local,
}

/// A process that is ended with its value.
pub(crate) struct Process(pub(crate) Child);

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

fn pinned(program: &str) -> Command {
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

/// The bare handler.
pub(crate) struct Bare {
    process: Process,
    port: u16,
    links: u32,
}

impl Bare {
    pub(crate) fn start(links: u32) -> Bare {
        let port = free_port();
        let program = std::env::current_exe().unwrap();
        let mut command = pinned(program.to_str().unwrap());
        let process = command
            .args(["bare", &port.to_string(), &links.to_string()])
            .spawn()
            .unwrap();
        wait_for(port);
        Bare {
            process: Process(process),
            port,
            links,
        }
    }
}

impl Target for Bare {
    fn port(&self) -> u16 {
        self.port
    }
    fn links(&self) -> u32 {
        self.links
    }
    fn pids(&self) -> Vec<u32> {
        vec![self.process.0.id()]
    }
}

/// The release binary, with its links cached.
pub(crate) struct Server {
    process: Process,
    redis: Option<Process>,
    port: u16,
    links: u32,
    _dir: TempDir,
}

impl Server {
    pub(crate) fn start(kind: Kind, links: u32) -> Server {
        let dir = tempfile::tempdir().unwrap();
        let port = free_port();
        println!("  makes {links} links");
        links::make(dir.path(), &format!("127.0.0.1:{port}"), links);
        let mut command = pinned(env!("CARGO_BIN_EXE_leadline"));
        at_home(&mut command, port, dir.path());
        command
            .env("LEADLINE__SERVER__WORKERS", "1")
            .env("LEADLINE__CACHE__PRELOAD_LINKS", "1000000")
            .env("LEADLINE__CACHE__LINKS_BYTES", "350000000")
            .env("LEADLINE__WORKER__INGEST", "false");
        let redis = matches!(kind, Kind::Redis).then(|| {
            let redis = free_port();
            command.env("LEADLINE__LOG__URL", format!("redis://127.0.0.1:{redis}/0"));
            let folder = dir.path().to_str().unwrap();
            let port = redis.to_string();
            let process = pinned("redis-server")
                .args(["--port", &port, "--bind", "127.0.0.1", "--dir", folder])
                .args([
                    "--save",
                    "",
                    "--appendonly",
                    "yes",
                    "--appendfsync",
                    "everysec",
                ])
                .args(["--auto-aof-rewrite-percentage", "0"])
                .spawn()
                .expect("redis-server; install it");
            wait_for(redis);
            Process(process)
        });
        let begun = Instant::now();
        let process = Process(command.spawn().unwrap());
        wait_for(port);
        println!("  up after {} ms", begun.elapsed().as_millis());
        let server = Server {
            process,
            redis,
            port,
            links,
            _dir: dir,
        };
        server.rest();
        server.warm();
        server
    }

    /// Waits until the server has brought its links into memory.
    fn rest(&self) {
        let begun = Instant::now();
        let pids = self.pids();
        loop {
            let before = crate::load::cpu_ns(&pids);
            std::thread::sleep(Duration::from_millis(500));
            if crate::load::cpu_ns(&pids) - before < 5e6 {
                break;
            }
            assert!(
                begun.elapsed() < Duration::from_mins(3),
                "the server does not come to rest"
            );
        }
        println!(
            "  at rest after {} ms, {:.0} MB",
            begun.elapsed().as_millis(),
            self.rss_mb()
        );
    }

    /// Asks for each link once, the first ten thousand at most, on one connection.
    fn warm(&self) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut answers = BufReader::new(stream.try_clone().unwrap());
        let begun = Instant::now();
        let all: Vec<u32> = (0..self.links.min(10_000)).collect();
        for numbers in all.chunks(64) {
            for number in numbers {
                let slug = links::slug(*number);
                let asked = format!(
                    "HEAD /{slug} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n",
                    self.port
                );
                stream.write_all(asked.as_bytes()).unwrap();
            }
            for _ in numbers {
                let mut line = String::new();
                answers.read_line(&mut line).unwrap();
                assert!(line.contains(" 302 "), "{line}");
                while line != "\r\n" {
                    line.clear();
                    answers.read_line(&mut line).unwrap();
                }
            }
        }
        println!("  warm after {} ms", begun.elapsed().as_millis());
    }

    /// Resident memory of the server.
    pub(crate) fn rss_mb(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.0.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .unwrap();
        let kb: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kb / 1024.0
    }
}

impl Target for Server {
    fn port(&self) -> u16 {
        self.port
    }
    fn links(&self) -> u32 {
        self.links
    }
    fn pids(&self) -> Vec<u32> {
        let redis = self.redis.iter().map(|redis| redis.0.id());
        redis.chain([self.process.0.id()]).collect()
    }
}
