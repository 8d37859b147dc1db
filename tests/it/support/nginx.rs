//! An nginx in front of a service; needs no root and leaves nothing behind.

use std::path::Path;
use std::process::Command;

use super::process::{Process, listens};

/// A running nginx; ends with its value.
pub(crate) struct Nginx {
    /// What it answers at.
    pub(crate) base: String,
    _process: Process,
    _dir: tempfile::TempDir,
}

impl Nginx {
    /// One that listens on this port, with these lines in its `http` block.
    pub(crate) fn start(port: u16, blocks: &str) -> Nginx {
        let dir = tempfile::tempdir().unwrap();
        let process = run(dir.path(), blocks);
        listens(port);
        Nginx {
            base: format!("http://127.0.0.1:{port}"),
            _process: process,
            _dir: dir,
        }
    }
}

fn run(dir: &Path, blocks: &str) -> Process {
    let folder = dir.display();
    let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {folder}/{kind};\n"))
        .concat();
    let config = format!(
        "daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;\n\
         events {{}}\nhttp {{ access_log off;\n{paths}{blocks}\n}}\n"
    );
    let file = dir.join("nginx.conf");
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new("nginx");
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin";
    command.env("PATH", path).arg("-c").arg(&file);
    Process::start(command.arg("-p").arg(dir))
}
