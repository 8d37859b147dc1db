//! For operators: refusals with their exit codes, keys, what is printed and what never is.

mod backup;
mod configuration;
mod domains;
mod keys;
mod metrics;
mod start;
mod terminal;

use std::path::Path;
use std::process::{Command, Output};

/// The program with a data folder and further variables of the environment.
fn command(dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadline"));
    command
        .args(arguments)
        .env("LEADLINE__DATA__DIR", dir)
        .env("LEADLINE__SERVER__LISTEN", "127.0.0.1:0")
        .env("LEADLINE__ADMIN__LISTEN", "")
        .env_remove("LEADLINE_KEY")
        .envs(environment.iter().copied());
    command
}

fn run(dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    command(dir, arguments, environment).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// Everything it printed.
fn printed(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    text(&output.stdout) + &text(&output.stderr)
}
