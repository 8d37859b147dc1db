//! The name of this process among all processes that share a log. The data folder keeps the name,
//! so a restarted process continues with its own pending entries.

use std::io;
use std::path::Path;

use crate::clock::Millis;
use crate::id::NodeId;

const FILE: &str = "node";

/// Reads the name from the folder. If there is none, creates and stores one.
///
/// # Errors
/// When the file cannot be read or written.
pub(super) fn name(dir: &Path, now: Millis) -> io::Result<String> {
    let path = dir.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) if text.trim().parse::<NodeId>().is_ok() => return Ok(text.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let name = NodeId::new(now).to_string();
    std::fs::write(path, format!("{name}\n"))?;
    Ok(name)
}
