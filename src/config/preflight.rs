//! What a configuration needs on the machine: folders, files, addresses.
//!
//! # Invariants
//! - A check leaves no changes.
//! - `serve` and `config check` check the same things, so what passes here is not refused there.
//!
//! # Out of scope
//! Whether Redis and the database answer: they may be away at a start.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use secrecy::ExposeSecret;

use super::error::Error;
use super::sections::Config;
use crate::drivers::sql;
use crate::enrich::geo;
use crate::vault::Vault;

/// What a preflight found.
#[derive(Debug, Default)]
pub struct PreflightFindings {
    /// What a start refuses.
    pub refused: Vec<Error>,
    /// What does not stop a start, but will not work.
    pub degraded: Vec<Error>,
}

impl PreflightFindings {
    /// # Errors
    /// When a start refuses anything.
    pub fn refuse(self) -> Result<(), Error> {
        Error::unless_none(self.refused)
    }

    /// # Errors
    /// When anything does not work as configured.
    pub fn all_good(mut self) -> Result<(), Error> {
        self.refused.extend(self.degraded);
        Error::unless_none(self.refused)
    }
}

impl Config {
    /// What this machine lacks for a start.
    pub fn preflight(&self) -> PreflightFindings {
        let mut refused = Vec::new();
        let mut judge = |key: &str, judged: Result<(), String>| {
            refused.extend(judged.err().map(|problem| Error::value(key, problem)));
        };
        judge("server.listen", judge_address(self.server.listen));
        if let Ok(Some(admin)) = self.admin_listen() {
            judge("admin.listen", judge_address(admin));
        }
        judge("data.dir", judge_folder(&self.data.dir));
        judge(
            "data.dir",
            Vault::examine(&self.data.dir).map_err(|error| format!("is not usable: {error}")),
        );
        let url = self.store.url.expose_secret();
        judge("store.url", sql::check_url(url));
        if let Some(file) = self.store_file() {
            judge("store.url", judge_database_file(&file, &self.data.dir));
        }
        if self.shares_log()
            && let Err(error) = self.redis_server().check()
        {
            judge(error.key, Err(error.problem));
        }
        PreflightFindings {
            refused,
            degraded: Vec::new(),
        }
    }

    /// What [`Config::preflight`] finds, and what a start warns of. Large files are read
    /// completely.
    pub fn examine(&self) -> PreflightFindings {
        let mut findings = self.preflight();
        let keys = ["geo.database", "geo.asn_database"];
        for ((key, file), kind) in keys
            .into_iter()
            .zip(self.geo_databases())
            .zip(geo::GeoDatabaseKind::BOTH)
        {
            let problem = file.and_then(|file| {
                let why = geo::examine(&file, kind).err()?;
                Some(format!("is {:?}; {why}", file.display().to_string()))
            });
            findings
                .degraded
                .extend(problem.map(|problem| Error::value(key, problem)));
        }
        findings
    }
}

/// Whether the address belongs to this machine. Its port may be in use, for example by the running
/// server.
fn judge_address(address: SocketAddr) -> Result<(), String> {
    match TcpListener::bind(SocketAddr::new(address.ip(), 0)) {
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable => Err(format!(
            "is {address}, but this machine has no address {}; write 0.0.0.0 to listen on all of them",
            address.ip()
        )),
        _ => Ok(()),
    }
}

/// Whether the folder can be written, or created.
fn judge_folder(dir: &Path) -> Result<(), String> {
    let shown = dir.display();
    let is = |problem: String| format!("is {shown}; {problem}");
    let existing = dir
        .ancestors()
        .map(|folder| {
            if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            }
        })
        .find(|folder| folder.symlink_metadata().is_ok())
        .unwrap_or(Path::new("/"));
    match fs::metadata(existing) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return Err(is(format!("{} is not a folder", existing.display()))),
        Err(error) => {
            return Err(is(format!(
                "{} cannot be read: {error}",
                existing.display()
            )));
        }
    }
    try_to_write(existing).map_err(|error| {
        let remedy = "give it to the user that Leadline runs as, or set `data.dir` to another";
        is(format!(
            "{} cannot be written: {error}; {remedy}",
            existing.display()
        ))
    })
}

/// Creates an empty folder, and deletes it.
fn try_to_write(folder: &Path) -> io::Result<()> {
    let trial = folder.join(format!(".leadline-check-{}", std::process::id()));
    match fs::create_dir(&trial) {
        Ok(()) => fs::remove_dir(&trial),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether the file that holds the store, if there is one, can be read and written.
fn judge_database_file(file: &Path, data_dir: &Path) -> Result<(), String> {
    let has_folder = |dir: &Path| dir.as_os_str().is_empty() || dir == data_dir || dir.exists();
    let is = |problem: String| format!("names {}; {problem}", file.display());
    match fs::metadata(file) {
        Ok(metadata) if metadata.is_dir() => Err(is("that is a folder".to_owned())),
        Ok(_) => match fs::OpenOptions::new().read(true).write(true).open(file) {
            Ok(_) => Ok(()),
            Err(error) => Err(is(format!("it cannot be written: {error}"))),
        },
        Err(_) if file.parent().is_none_or(has_folder) => Ok(()),
        Err(_) => Err(is("its folder does not exist".to_owned())),
    }
}
