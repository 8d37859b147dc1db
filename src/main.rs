//! The program: reads its arguments and runs the command.

use std::process::ExitCode;

fn main() -> ExitCode {
    leadline::cli::main()
}
