//! Who may use a file: the database's file and the data folder belong to the program's user alone.
//!
//! # Invariants
//! - No file is opened for a check: closing a database's file would end SQLite's locks on it.
//! - Only Unix is checked.

use std::path::Path;

/// Why this program's user cannot write a file or a folder, and what to do; `None` if it can.
#[cfg(unix)]
pub fn refusal(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;

    use rustix::fs::{Access, access};
    use rustix::io::Errno;

    let folder = path.parent().filter(|_| !path.is_dir()).unwrap_or(path);
    match access(path, Access::READ_OK | Access::WRITE_OK) {
        Ok(()) => None,
        Err(Errno::ROFS) => Some(format!(
            "{} is on a disk that is mounted read-only",
            path.display()
        )),
        Err(_) => {
            let owner = std::fs::metadata(path).map_or("another user".to_owned(), |metadata| {
                format!("the user with number {}", metadata.uid())
            });
            let own = rustix::process::geteuid().as_raw();
            Some(format!(
                "{} belongs to {owner}, and this program, which runs as the user with number {own}, may not \
                 write it. Run it as that user, or give it the folder: chown -R {own} {}",
                path.display(),
                folder.display()
            ))
        }
    }
}

/// Why this program's user cannot write a file or into a folder, and what to do; `None` when it
/// can.
#[cfg(not(unix))]
pub fn refusal(_path: &Path) -> Option<String> {
    None
}

/// Removes other users' rights to a file; tells whether they had any.
pub fn make_private(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let Ok(found) = std::fs::symlink_metadata(path) else {
            return false;
        };
        let mode = found.permissions().mode();
        if found.is_file() && mode & 0o077 != 0 {
            let private = std::fs::Permissions::from_mode(mode & 0o700);
            return std::fs::set_permissions(path, private).is_ok();
        }
    }
    false
}

/// Whether other users may look into a folder.
pub fn is_open_to_others(folder: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    false
}
