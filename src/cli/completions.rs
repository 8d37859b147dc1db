//! `leadline completions`: completions of commands and options for a shell.

use clap::{Args, Command};
use clap_complete::Shell;

use super::terminal::print;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  leadline completions bash > ~/.local/share/bash-completion/completions/leadline\n  \
    leadline completions zsh > ~/.zfunc/_leadline    # with ~/.zfunc in fpath\n  \
    leadline completions fish > ~/.config/fish/completions/leadline.fish\n  \
    leadline completions powershell >> $PROFILE"
)]
pub(super) struct CompletionsOptions {
    /// The shell
    shell: Shell,
}

pub(super) fn run(options: &CompletionsOptions, program: &mut Command) -> anyhow::Result<()> {
    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(options.shell, program, name, &mut script);
    print(&String::from_utf8(script)?)
}
