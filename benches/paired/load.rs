//! One slice of load, and what it cost.

use std::fs;
use std::process::Command;

/// What is put under load.
pub(crate) trait Target {
    fn port(&self) -> u16;
    /// What `wrk` asks for, in Lua.
    fn script(&self) -> String;
    /// The processes whose work counts.
    fn pids(&self) -> Vec<u32>;
    /// Done after each slice, when nothing is measured.
    fn tidy(&self) {}
}

/// What a slice measured.
pub(crate) struct Slice {
    /// Answered requests in a second.
    pub(crate) rate: f64,
    /// Microseconds of processor time, user and system, for each.
    pub(crate) cpu_us: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Share of the machine's time that other machines took.
    pub(crate) stolen: f64,
}

/// 2 seconds of `wrk`.
pub(crate) fn slice(target: &dyn Target) -> Slice {
    let script = tempfile::NamedTempFile::new().unwrap();
    fs::write(script.path(), target.script()).unwrap();
    let (stat, cpu) = (machine(), cpu_ns(&target.pids()));
    let output = Command::new("taskset")
        .args(["-c", "1", "wrk", "-t1", "-c64", "-d2s", "--latency", "-s"])
        .arg(script.path())
        .arg(format!("http://127.0.0.1:{}", target.port()))
        .output()
        .expect("wrk; install it");
    let (stat_after, cpu_after) = (machine(), cpu_ns(&target.pids()));
    target.tidy();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        !text.contains("Non-2xx") && !text.contains("Socket errors"),
        "{text}"
    );
    let word = |label: &str| {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(label));
        let line = line.unwrap_or_else(|| panic!("no {label} in {text}"));
        line.replace(label, "")
            .split_whitespace()
            .next()
            .unwrap()
            .to_owned()
    };
    let requests = text
        .lines()
        .find(|line| line.contains(" requests in "))
        .unwrap();
    let requests: f64 = requests.split_whitespace().next().unwrap().parse().unwrap();
    let total = (stat_after.1 - stat.1).max(1.0);
    Slice {
        rate: word("Requests/sec:").parse().unwrap(),
        cpu_us: (cpu_after - cpu) / 1000.0 / requests,
        p50_ms: milliseconds(&word("50%")),
        p99_ms: milliseconds(&word("99%")),
        stolen: (stat_after.0 - stat.0) / total,
    }
}

fn milliseconds(text: &str) -> f64 {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap();
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().unwrap();
    match unit {
        "us" => number / 1000.0,
        "ms" => number,
        _ => number * 1000.0,
    }
}

/// Stolen and whole time of the machine so far, in ticks.
fn machine() -> (f64, f64) {
    let stat = fs::read_to_string("/proc/stat").unwrap();
    let ticks = stat.lines().next().unwrap().split_whitespace().skip(1);
    let ticks: Vec<f64> = ticks.map(|tick| tick.parse().unwrap()).collect();
    (ticks[7], ticks.iter().take(8).sum())
}

/// Processor time of the target's processes so far, in nanoseconds.
pub(crate) fn cpu_ns(pids: &[u32]) -> f64 {
    let mut sum = 0.0;
    for pid in pids {
        for task in fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
            let path = task.unwrap().path().join("schedstat");
            let text = fs::read_to_string(path).unwrap_or_default();
            sum += text
                .split_whitespace()
                .next()
                .map_or(0.0, |ns| ns.parse().unwrap());
        }
    }
    sum
}
