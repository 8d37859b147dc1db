//! Files of other users, and files that other users can read.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::process::program;

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Brings the schema up to date in a data folder; as another user than root, whom nothing is
/// forbidden.
fn migrate(folder: &Path, is_other: bool) -> Output {
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = if is_other && is_root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
        command.arg(program());
        command
    } else {
        Command::new(program())
    };
    let command = command.arg("migrate").current_dir("/");
    let command = command.env("LEADLINE__DATA__DIR", folder);
    command
        .env("LEADLINE__SERVER__PUBLIC_URL", "http://ll.example")
        .output()
        .unwrap()
}

fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    set_mode(dir.path(), 0o755);
    dir
}

#[test]
fn files_are_private_also_in_a_folder_that_is_not() {
    let dir = folder();
    assert!(migrate(dir.path(), false).status.success());
    let store = dir.path().join("leadline.db");
    assert_eq!(mode(&store), 0o600, "made");
    set_mode(&store, 0o644);
    let key = dir.path().join("master.key");
    std::fs::write(&key, "x").unwrap();
    set_mode(&key, 0o644);
    std::fs::create_dir(dir.path().join("log")).unwrap();
    let log = dir.path().join("log/0.log");
    std::fs::write(&log, "").unwrap();
    set_mode(&log, 0o644);
    let output = migrate(dir.path(), false);
    assert!(output.status.success());
    for path in [&store, &key, &log] {
        assert_eq!(mode(path), 0o600, "{}", path.display());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("chmod 0700"), "{said}");
    let inner = dir.path().join("new");
    assert!(migrate(&inner, false).status.success());
    assert_eq!(mode(&inner), 0o700);
}

/// The message names the folder, its owner and the remedy; the exit code says that waiting is no
/// use.
#[test]
fn a_folder_of_another_user_is_refused() {
    let dir = folder();
    assert!(migrate(dir.path(), false).status.success());
    set_mode(dir.path(), 0o555);
    let output = migrate(dir.path(), true);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(78), "{said}");
    let path = dir.path().to_str().unwrap();
    assert!(said.contains(path) && said.contains("chown -R"), "{said}");
}

/// Their database in a folder that everybody may write: nothing starts that could not write.
#[test]
fn a_database_of_another_user_is_refused() {
    let dir = folder();
    assert!(migrate(dir.path(), false).status.success());
    set_mode(dir.path(), 0o777);
    set_mode(&dir.path().join("leadline.db"), 0o444);
    let output = migrate(dir.path(), true);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(78), "{said}");
    assert!(
        said.contains("leadline.db") && said.contains("chown -R"),
        "{said}"
    );
}
