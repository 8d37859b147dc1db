//! Log lines on standard error, for people or machines.
//!
//! # Invariants
//! - Standard output stays free for results.
//! - Log lines hold ids, codes and durations, never an address, an e-mail, a secret or a whole URL.
//! - A line of text stays one line, whatever it quotes, and cannot control a terminal.

pub mod visible;

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, TelemetryConfig};

/// Lines of libraries that operators do not need, and the level from which they do.
const QUIET: [(&str, &str); 2] = [
    // The server's library logs an error for each client that disconnects or sends no HTTP. Anybody
    // can cause many of them.
    ("actix_http", "off"),
    // PostgreSQL's notices, such as that a table exists already.
    ("sqlx::postgres::notice", "warn"),
];

/// The filter without [`QUIET`] lines, unless it names the library.
fn with_quiet_libraries(filter: &str) -> String {
    let named = |target: &str| filter.contains(target.split(':').next().unwrap_or(target));
    let quiet = QUIET.iter().filter(|(target, _)| !named(target));
    let quiet = quiet.map(|(target, level)| format!("{target}={level}"));
    let all: Vec<String> = std::iter::once(filter.to_owned()).chain(quiet).collect();
    all.join(",")
}

/// Starts logging. A second call changes nothing.
///
/// # Errors
/// When the filter cannot be read. The message names the part.
pub fn start(settings: &TelemetryConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(with_quiet_libraries(&settings.filter))
        .map_err(|error| anyhow::anyhow!("`telemetry.filter` cannot be read: {error}"))?;
    let has_colours = io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(has_colours)
        // By default a line that cannot be written is reported on standard error, which panics
        // then. A full disk under the log lines would cost requests.
        .log_internal_errors(false);
    // An error means that logging was started before, as in tests.
    let _ = match settings.format {
        LogFormat::Text => lines
            .with_target(false)
            .with_writer(move || Visible {
                out: io::stderr(),
                has_colours,
            })
            .try_init(),
        LogFormat::Json => lines.with_writer(io::stderr).json().try_init(),
    };
    Ok(())
}

/// Writes each line so that it cannot control a terminal.
struct Visible<W> {
    out: W,
    /// Whether the formatter's own colours pass. It has escaped those in quoted text.
    has_colours: bool,
}

impl<W: Write> Write for Visible<W> {
    /// Writes one formatted line.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let (text, end) = match text.strip_suffix('\n') {
            Some(text) => (text, "\n"),
            None => (&*text, ""),
        };
        let mut shown = String::with_capacity(text.len() + 1);
        let mut rest = text;
        while let Some((colour, after)) = first_colour(rest).filter(|_| self.has_colours) {
            shown.push_str(&visible::line(&rest[..colour]));
            shown.push_str(&rest[colour..after]);
            rest = &rest[after..];
        }
        shown.push_str(&visible::line(rest));
        shown.push_str(end);
        self.out.write_all(shown.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The start and end of the first sequence that sets a colour.
fn first_colour(text: &str) -> Option<(usize, usize)> {
    text.match_indices("\u{1b}[").find_map(|(at, begin)| {
        let rest = &text[at + begin.len()..];
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
        let is_colour = rest[digits..].starts_with('m');
        is_colour.then_some((at, at + begin.len() + digits + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_quiet_unless_the_filter_names_them() {
        for (filter, quiet) in [
            ("info", "info,actix_http=off,sqlx::postgres::notice=warn"),
            (
                "info,actix_http=debug",
                "info,actix_http=debug,sqlx::postgres::notice=warn",
            ),
            ("sqlx=info", "sqlx=info,actix_http=off"),
        ] {
            assert_eq!(with_quiet_libraries(filter), quiet);
        }
    }

    fn written(text: &str, has_colours: bool) -> String {
        let mut out = Vec::new();
        let mut visible = Visible {
            out: &mut out,
            has_colours,
        };
        visible.write_all(text.as_bytes()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_is_one_line_and_keeps_its_own_colours_only() {
        let line = "\u{1b}[2m12:00\u{1b}[0m id=a\nb\u{202e}\u{1b}[2Jc\n";
        assert_eq!(
            written(line, true),
            "\u{1b}[2m12:00\u{1b}[0m id=a\\u000ab\\u202e\\u001b[2Jc\n"
        );
        assert!(written(line, false).starts_with("\\u001b[2m12:00"));
    }
}
