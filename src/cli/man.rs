//! `leadline man`: manual pages, generated from the commands' help.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Command};

use super::terminal::{plural, print};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  leadline man | man -l -\n  leadline man --dir ~/.local/share/man/man1"
)]
pub(super) struct ManOptions {
    /// Write a page for each command into this folder, instead of printing the first one
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

pub(super) fn run(options: &ManOptions, program: Command) -> anyhow::Result<()> {
    let Some(dir) = &options.dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(program).render(&mut page)?;
        return print(&String::from_utf8(page)?);
    };
    let wrong = || format!("cannot write manual pages to {}", dir.display());
    std::fs::create_dir_all(dir).with_context(wrong)?;
    let is_page = |entry: &std::fs::DirEntry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("leadline") && name.ends_with(".1")
    };
    clap_mangen::generate_to(program, dir).with_context(wrong)?;
    let entries = std::fs::read_dir(dir).with_context(wrong)?;
    let pages = entries.filter_map(Result::ok).filter(is_page).count();
    say!(
        "{} in {}",
        plural(pages as u64, "page", "pages"),
        dir.display()
    );
    Ok(())
}
