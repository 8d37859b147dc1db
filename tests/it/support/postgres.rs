//! A PostgreSQL of one test only, which can be stopped and started again.

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
    /// Further arguments of the server.
    arguments: Vec<String>,
    server: Option<Process>,
}

impl Postgres {
    /// An empty one, running.
    pub(crate) fn new() -> Postgres {
        Postgres::with(&[])
    }

    /// One that asks for a password.
    pub(crate) async fn with_password(password: &str) -> Postgres {
        use sqlx::{Connection, Executor};
        let postgres = Postgres::new();
        let mut admin = sqlx::PgConnection::connect(&postgres.url()).await.unwrap();
        let sql = format!("ALTER ROLE leadline PASSWORD '{password}'");
        admin.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        let rules = "host all all 127.0.0.1/32 scram-sha-256\n";
        std::fs::write(postgres.data().join("pg_hba.conf"), rules).unwrap();
        admin.execute("SELECT pg_reload_conf()").await.unwrap();
        postgres
    }

    /// One with the certificate of a test's own authority, for the name `localhost`.
    pub(crate) fn with_tls(tls: &Tls) -> Postgres {
        let file = |name: &str| tls.0.path().join(name).display().to_string();
        let (certificate, key) = (file("server.crt"), file("server.key"));
        let (certificate, key) = (
            format!("ssl_cert_file={certificate}"),
            format!("ssl_key_file={key}"),
        );
        Postgres::with(&["-c", "ssl=on", "-c", &certificate, "-c", &key])
    }

    /// One whose server gets further arguments.
    pub(crate) fn with(arguments: &[&str]) -> Postgres {
        let dir = tempfile::tempdir().unwrap();
        let mut postgres = Postgres {
            programs: programs(),
            port: free_port(),
            arguments: arguments.iter().map(ToString::to_string).collect(),
            server: None,
            dir,
        };
        give_to_postgres(postgres.dir.path());
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

    pub(crate) fn port(&self) -> u16 {
        self.port
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
        server.args(&self.arguments);
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

    pub(crate) fn program(&self, name: &str) -> Command {
        not_as_root(&self.programs.join(name), self.dir.path())
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

/// A program that refuses to run as root, in a folder.
fn not_as_root(program: &Path, folder: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    command.arg("--").arg(program).current_dir(folder);
    command
}

fn give_to_postgres(path: &Path) {
    if is_root() {
        run(Command::new("chown").arg("-R").arg("postgres").arg(path));
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// Two authorities, and a server's certificate of the first one.
pub(crate) struct Tls(TempDir);

impl Tls {
    pub(crate) fn new() -> Tls {
        let tls = Tls(tempfile::tempdir().unwrap());
        for root in ["root", "other"] {
            let (key, certificate) = (format!("{root}.key"), format!("{root}.crt"));
            let subject = format!("/CN=Test {root}");
            tls.openssl(&[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                &subject,
                "-keyout",
                &key,
                "-out",
                &certificate,
            ]);
        }
        tls.openssl(&[
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=localhost",
            "-keyout",
            "server.key",
            "-out",
            "server.csr",
        ]);
        std::fs::write(tls.0.path().join("names"), "subjectAltName=DNS:localhost\n").unwrap();
        tls.openssl(&[
            "x509",
            "-req",
            "-in",
            "server.csr",
            "-CA",
            "root.crt",
            "-CAkey",
            "root.key",
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            "names",
            "-out",
            "server.crt",
        ]);
        run(Command::new("chmod")
            .arg("0600")
            .arg(tls.0.path().join("server.key")));
        give_to_postgres(tls.0.path());
        tls
    }

    /// The authority of the server.
    pub(crate) fn root(&self) -> PathBuf {
        self.0.path().join("root.crt")
    }

    /// Another one.
    pub(crate) fn other_root(&self) -> PathBuf {
        self.0.path().join("other.crt")
    }

    fn openssl(&self, arguments: &[&str]) {
        run(Command::new("openssl")
            .args(arguments)
            .current_dir(self.0.path()));
    }
}

/// A pooler in front of a server; ends with its value.
pub(crate) struct PgBouncer {
    port: u16,
    _server: Process,
    _dir: TempDir,
}

impl PgBouncer {
    /// One that has so many sessions of the server, in that mode.
    pub(crate) fn on(postgres: &Postgres, mode: &str, sessions: usize) -> PgBouncer {
        PgBouncer::in_front_of(postgres.port, mode, sessions)
    }

    /// The same of what listens on that port.
    pub(crate) fn in_front_of(server: u16, mode: &str, sessions: usize) -> PgBouncer {
        let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
        let settings = format!(
            "[databases]\nleadline = host=127.0.0.1 port={server} user=leadline\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = {mode}\ndefault_pool_size = {sessions}\nmin_pool_size = 0\n"
        );
        let file = dir.path().join("pgbouncer.ini");
        std::fs::write(&file, settings).unwrap();
        give_to_postgres(dir.path());
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].map(PathBuf::from);
        let program = program.into_iter().find(|path| is_program(path));
        let program = program.expect("pgbouncer is not installed: run `make test`, it installs it");
        let server = Process::start(not_as_root(&program, dir.path()).arg(&file));
        listens(port);
        PgBouncer {
            port,
            _server: server,
            _dir: dir,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://leadline@127.0.0.1:{}/leadline", self.port)
    }
}
