//! The output of commands.
//!
//! # Invariants
//! All output of commands goes through here, and control characters are escaped, because names and
//! ids come from strangers. CSV that does not go to a terminal keeps every byte. A test refuses
//! other ways to print.

pub(super) mod screen_width;
mod table;
mod widths;

use std::io::{self, BufRead, BufWriter, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::telemetry::visible;

pub(super) use table::{
    NONE, align_right, facts, lines, lines_with_room, plain_table, plural, shortened, wrapped,
};

/// How often a terminal shows that something takes long.
const SAID_EVERY: Duration = Duration::from_secs(1);

/// Prints a result. Unlike `print!`, it does not panic when the reader has closed the output.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(visible::lines(text).as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Prints any number of lines as they arrive.
pub(super) fn print_lines(lines: &mut dyn BufRead) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        out.write_all(visible::lines(&text).as_bytes())?;
        line.clear();
    }
    out.flush()
}

/// Prints a table for spreadsheets: unchanged to a file or another program, escaped to a terminal.
pub(super) fn print_csv(lines: &mut dyn BufRead) -> io::Result<()> {
    if io::stdout().is_terminal() {
        return print_lines(lines);
    }
    let mut out = BufWriter::new(io::stdout().lock());
    io::copy(lines, &mut out)?;
    out.flush()
}

/// Prints a line for the person at the terminal, separate from the result.
pub(super) fn note(line: &str) {
    // If standard error is closed, nobody reads it.
    let _ = writeln!(std::io::stderr(), "{}", visible::lines(line));
}

/// Whether a person sees the output to standard error.
pub(super) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// Replaces the last line, if a person sees it.
pub(super) fn progress(line: &str, is_last: bool) {
    let end = if is_last { "\n" } else { "" };
    let _ = write!(std::io::stderr(), "\r{}{end}", visible::line(line));
}

/// Runs something that may take long, and prints a message every second if a person sees it.
pub(super) fn waiting<T>(what: &str, work: impl FnOnce() -> T) -> T {
    if !is_watched() {
        return work();
    }
    let (done, is_done) = mpsc::channel::<()>();
    let what = what.to_owned();
    let teller = thread::spawn(move || {
        let begun = Instant::now();
        let mut width = 0;
        while let Err(RecvTimeoutError::Timeout) = is_done.recv_timeout(SAID_EVERY) {
            let line = format!("{what} … {} s", begun.elapsed().as_secs());
            width = line.chars().count();
            progress(&line, false);
        }
        if width > 0 {
            // The next output begins on an empty line.
            let _ = write!(std::io::stderr(), "\r{:width$}\r", "");
        }
    });
    let result = work();
    drop(done);
    // Its result is empty, and its panic must not change the result.
    let _ = teller.join();
    result
}

/// [`note`] with a format.
macro_rules! say {
    ($($format:tt)*) => { $crate::cli::terminal::note(&format!($($format)*)) };
}
