//! The program as its operator runs it: commands, configuration, start, metrics and backups.

mod commands;
mod demo;
mod operating;
