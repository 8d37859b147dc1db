//! A PostgreSQL of one test alone, to be stopped and started again.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::process::{Process, free_port, listens};

/// A server with a database `leadline`. Its files go with its value.
pub(crate) struct Postgres {
    dir: TempDir,
    programs: PathBuf,
    port: u16,
    server: Option<Process>,
}

impl Postgres {
    /// An empty one, running.
    pub(crate) fn new() -> Postgres {
        let dir = tempfile::tempdir().unwrap();
        let mut postgres = Postgres {
            programs: programs(),
            port: free_port(),
            server: None,
            dir,
        };
        if is_root() {
            run(Command::new("chown")
                .arg("postgres")
                .arg(postgres.dir.path()));
        }
        let (data, mut initdb) = (postgres.data(), postgres.program("initdb"));
        run(initdb
            .arg("-D")
            .arg(data)
            .args(["-U", "leadline", "--auth=trust", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync"]));
        postgres.start();
        let port = postgres.port.to_string();
        let mut createdb = postgres.program("createdb");
        run(createdb.args(["-h", "127.0.0.1", "-p", &port, "-U", "leadline", "leadline"]));
        postgres
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://leadline@127.0.0.1:{}/leadline", self.port)
    }

    /// Starts the server on what it has.
    pub(crate) fn start(&mut self) {
        let (data, mut server) = (self.data(), self.program("postgres"));
        server.arg("-D").arg(data).arg("-k").arg(self.dir.path());
        server.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        server.args(["-c", "shared_buffers=16MB", "-c", "fsync=off"]);
        self.server = Some(Process::start(&mut server));
        listens(self.port);
        let (port, mut ready) = (self.port.to_string(), self.program("pg_isready"));
        ready.args(["-q", "-h", "127.0.0.1", "-p", &port]);
        let begun = std::time::Instant::now();
        while !ready.status().unwrap().success() {
            assert!(begun.elapsed().as_secs() < 30, "PostgreSQL does not answer");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Stops the server as an operator would who does not wait for its clients.
    pub(crate) fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop("INT");
        }
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// One of PostgreSQL's programs, which refuse to run as root.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        if !is_root() {
            return Command::new(path);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        command.arg("--").arg(path).current_dir(self.dir.path());
        command
    }
}

impl Drop for Postgres {
    /// A killed server would leave its shared memory behind.
    fn drop(&mut self) {
        self.stop();
    }
}

/// The folder with initdb and postgres: on PATH, or where Debian keeps the newest version.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        let versions = versions.flatten().map(|version| version.path());
        let mut versions: Vec<PathBuf> = versions.map(|path| path.join("bin")).collect();
        versions.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
        folders.extend(versions.into_iter().rev());
    }
    let initdb = folders.into_iter().map(|folder| folder.join("initdb"));
    let found = initdb.into_iter().find(|path| is_program(path));
    let found = found.expect("PostgreSQL's initdb is not installed");
    // On PATH there may be a link to it, without the other programs beside it.
    let real = found.canonicalize().unwrap();
    real.parent().unwrap().to_owned()
}

fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}
