//! The processes that are measured, each ended with its value.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Instant;

use tempfile::TempDir;

use crate::links;
use crate::paired::load::Target;
use crate::paired::process::{Process, at_home, free_port, pinned, redis, rest, wait_for};

/// Which log.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Redis,
    Local,
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
    fn script(&self) -> String {
        links::script(self.links)
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
            // One address clicks one link.
            .env("LEADLINE__LIMITS__CLICKS_PER_MINUTE", "100000000")
            .env("LEADLINE__CACHE__PRELOAD_LINKS", "1000000")
            .env("LEADLINE__CACHE__LINKS_BYTES", "350000000")
            .env("LEADLINE__WORKER__INGEST", "false");
        let redis = matches!(kind, Kind::Redis).then(|| {
            let (port, process) = redis(dir.path());
            command.env("LEADLINE__LOG__URL", format!("redis://127.0.0.1:{port}/0"));
            process
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
        rest(&server.pids());
        println!("  {:.0} MB", server.rss_mb());
        server.warm();
        server
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
        self.process.rss_mb()
    }
}

impl Target for Server {
    fn port(&self) -> u16 {
        self.port
    }
    fn script(&self) -> String {
        links::script(self.links)
    }
    fn pids(&self) -> Vec<u32> {
        let redis = self.redis.iter().map(|redis| redis.0.id());
        redis.chain([self.process.0.id()]).collect()
    }
}
