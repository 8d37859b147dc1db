//! Facts about this process from the operating system.
//!
//! # Invariants
//! A figure that cannot be read is left out. Each scrape costs some system calls.

use std::fs;

use crate::metric::ProcessFacts;

/// Clock ticks per second, as Linux shows them to programs on every architecture.
const TICKS: f64 = 100.0;

/// Reads what Linux shows under `/proc`; empty on other systems.
pub(super) fn facts() -> ProcessFacts {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let boot = fs::read_to_string("/proc/stat").unwrap_or_default();
    let stat = stat_fields(&stat);
    let field = |number: usize| stat.get(number)?.parse::<f64>().ok();
    // proc(5) numbers fields from 1, and the first two are cut off.
    let cpu = field(14 - 3).zip(field(15 - 3));
    let started = field(22 - 3).zip(boot_time(&boot));
    ProcessFacts {
        memory_bytes: memory(&status),
        cpu_seconds: cpu.map(|(user, system)| (user + system) / TICKS),
        open_files: fs::read_dir("/proc/self/fd")
            .ok()
            .map(|fds| fds.count() as u64),
        max_files: max_files(&limits),
        start_seconds: started.map(|(ticks, boot)| boot + ticks / TICKS),
    }
}

/// The fields after the name, which may contain any character.
fn stat_fields(stat: &str) -> Vec<&str> {
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    after.split_whitespace().collect()
}

fn boot_time(stat: &str) -> Option<f64> {
    let line = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    line.trim().parse().ok()
}

fn memory(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn max_files(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_shows_is_read() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 9 0 4242 1 2";
        let fields = stat_fields(stat);
        assert_eq!(
            (fields[14 - 3], fields[15 - 3], fields[22 - 3]),
            ("250", "50", "4242")
        );
        assert_eq!(
            boot_time("cpu 1\nbtime 1700000000\n"),
            Some(1_700_000_000.0)
        );
        assert_eq!(memory("Name:\tx\nVmRSS:\t   2048 kB\n"), Some(2_097_152));
        assert_eq!(
            max_files("Max open files            1024                 4096   files\n"),
            Some(1024)
        );
        #[cfg(target_os = "linux")]
        {
            let facts = facts();
            assert!(facts.memory_bytes.is_some_and(|bytes| bytes > 1 << 20));
            assert!(facts.open_files.is_some_and(|files| files > 0) && facts.max_files.is_some());
            assert!(facts.start_seconds.is_some_and(|start| start > 1.6e9));
        }
    }
}
