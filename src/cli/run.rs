//! Runs the command in the arguments.

use std::process::ExitCode;

use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};

use super::program::{Program, ProgramCommand};
use super::server::ServerOptions;
use super::terminal::print;
use super::{
    campaign, click, completions, configuration, conversion, cost, customer, domain, engagement,
    exit, forecast, healthcheck, inbox, key, link, man, networks, option_words, orphans, person,
    post, promo, rates, reclassify, reference, report, self_traffic, serve, source, workspace,
};
use crate::app::Role;
use crate::config::Config;
use crate::http;

/// Runs the command in the arguments.
pub fn main() -> ExitCode {
    // Only the current user may read what the program creates.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let program = match parsed() {
        Ok(program) => program,
        Err(error) => {
            // Help and version are results; if the output is closed, nobody reads them.
            let _ = error.print();
            return ExitCode::from(exit::of_usage(&error));
        }
    };
    // Docker knows only two results of a health check.
    let is_healthcheck = matches!(program.command, Some(ProgramCommand::Healthcheck));
    match run(program) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if exit::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say!("leadline: {error:#}");
            ExitCode::from(if is_healthcheck {
                exit::FAILURE
            } else {
                exit::code(&error)
            })
        }
    }
}

fn parsed() -> Result<Program, clap::Error> {
    let mut program = Program::command();
    let matches = program.try_get_matches_from_mut(std::env::args_os())?;
    option_words::use_command(in_use(&program, &matches));
    Program::from_arg_matches(&matches).map_err(|error| error.format(&mut program))
}

/// The innermost command in the arguments.
fn in_use<'a>(command: &'a Command, matches: &ArgMatches) -> &'a Command {
    let inner = matches.subcommand();
    let inner = inner.and_then(|(name, matches)| Some((command.find_subcommand(name)?, matches)));
    inner.map_or(command, |(command, matches)| in_use(command, matches))
}

fn run(program: Program) -> anyhow::Result<()> {
    use ProgramCommand as C;
    let config = || Config::load(program.config.as_deref());
    let client = |server: ServerOptions| server.client();
    match program.command.unwrap_or(C::Serve) {
        C::Serve => serve::serve(&config()?, Role::All),
        C::Redirect => serve::serve(&config()?, Role::Redirect),
        C::Ingest => serve::serve(&config()?, Role::Ingest),
        C::Api => serve::serve(&config()?, Role::Api),
        C::Migrate => configuration::migrate(&config()?),
        C::Key { command } => key::run(&config()?, command),
        C::Domain { command } => domain::run(&config()?, &command),
        C::Rates { command } => rates::run(&config()?, &command),
        C::Campaign { server, command } => campaign::run(&client(server)?, command),
        C::Link { server, command } => link::run(&client(server)?, command),
        C::Post { server, command } => post::run(&client(server)?, command),
        C::Source { server, command } => source::run(&client(server)?, command),
        C::Inbox { server, command } => inbox::run(&client(server)?, &command),
        C::Promo { server, command } => promo::run(&client(server)?, command),
        C::Click { server, command } => click::run(&client(server)?, &command),
        C::Conversion { server, command } => conversion::run(&client(server)?, command),
        C::Cost { server, command } => cost::run(&client(server)?, command),
        C::Engagement { server, command } => engagement::run(&client(server)?, command),
        C::Customer { server, command } => customer::run(&client(server)?, &command),
        C::Person { server, command } => person::run(&client(server)?, command),
        C::Workspace { server, command } => workspace::run(&client(server)?, &command),
        C::Report { server, options } => report::run(&client(server)?, &options),
        C::Expected { server, options } => forecast::expected(&client(server)?, &options),
        C::Next { server, options } => forecast::next(&client(server)?, &options),
        C::SelfTraffic { server } => self_traffic::run(&client(server)?),
        C::Reclassify(options) => reclassify::run(&config()?, &options),
        C::Orphans { server, options } => orphans::run(&client(server)?, &options),
        C::Networks => networks::run(),
        C::Config { command } => configuration::run(&config()?, &command),
        C::Openapi => print(&http::openapi::text()?),
        C::Completions(options) => completions::run(&options, &mut Program::command()),
        C::Man(options) => man::run(&options, Program::command()),
        C::Reference { page } => print(&reference::text(page, &Program::command())?),
        C::Demo(options) => serve::demo(config()?, &options),
        C::Healthcheck => healthcheck::run(&config()?),
    }
}
