//! The program: reads its arguments and runs the command.

use std::process::ExitCode;

/// Clicks are made on one thread and dropped on another, some allocations each: with glibc's
/// allocator a third of ingest's time goes there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    leadline::cli::main()
}
