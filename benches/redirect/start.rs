//! How soon a server answers: from the start of the process to the first 302, with many links in
//! the store.
//!
//! Configured as it comes: one thread for each core, the newest links brought into memory in the
//! background, ingest on. A link that comes into memory first and one that comes last are asked for
//! in starts of their own. The folder is made before, and was served from once, so its files are in
//! the system's cache. Each server is killed, so each start also finds what a crash leaves.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::links;
use crate::paired::process::{Process, at_home, free_port, wait_for};

/// What the case is called.
pub(crate) const NAME: &str = "start";

const LINKS: u32 = 100_000;

/// Starts for each of the two links.
const STARTS: usize = 10;

/// What the median must not be above, in milliseconds.
const FLOOR_MS: f64 = 200.0;

/// Measures, and prints what came out.
pub(crate) fn run() {
    println!("{NAME}: to the first 302 with {LINKS} links, {STARTS} starts for each of two");
    let dir = tempfile::tempdir().unwrap();
    // The port belongs to the links' domain, so every start has the same one.
    let port = free_port();
    links::make(dir.path(), &format!("127.0.0.1:{port}"), LINKS);
    first_302(dir.path(), port, 0);
    let asked = [("newest", LINKS - 1), ("oldest", 0)];
    let mut taken = [const { Vec::new() }; 2];
    for _ in 0..STARTS {
        for ((_, number), taken) in asked.iter().zip(&mut taken) {
            taken.push(first_302(dir.path(), port, *number).as_secs_f64() * 1000.0);
        }
    }
    for ((name, _), mut taken) in asked.into_iter().zip(taken) {
        taken.sort_by(f64::total_cmp);
        println!(
            "  {name} link: median {:.0} ms, worst {:.0} ms; floor {FLOOR_MS:.0} ms",
            f64::midpoint(taken[(STARTS - 1) / 2], taken[STARTS / 2]),
            taken[STARTS - 1]
        );
    }
}

fn first_302(dir: &Path, port: u16, number: u32) -> Duration {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadline"));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    at_home(&mut command, port, dir);
    let slug = links::slug(number);
    let asked = format!("GET /{slug} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    let begun = Instant::now();
    let _process = Process(command.spawn().unwrap());
    let mut stream = wait_for(port);
    stream.write_all(asked.as_bytes()).unwrap();
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).unwrap();
    let taken = begun.elapsed();
    assert!(answer.contains(" 302 "), "{answer}");
    taken
}
