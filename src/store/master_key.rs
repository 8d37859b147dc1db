//! The mark of the master key that sealed the data. It distinguishes keys and reveals nothing else.
//!
//! # Invariants
//! There is one mark, and only an operator can replace it.
//!
//! # Out of scope
//! The key.

use crate::drivers::sql::{Error, Tx, execute, statements, value};

statements! {
    sql MARK = "SELECT mark FROM master_key WHERE id = 1";
    sql ADD = "INSERT INTO master_key (id, mark) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
    sql REPLACE = "INSERT INTO master_key (id, mark) VALUES (1, $1) \
        ON CONFLICT (id) DO UPDATE SET mark = excluded.mark";
}

/// The data was written with another master key than that of the data folder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the store was written under another master.key: the data folder {folder} {what}. Put the right \
     file back, from a backup or another program's data folder. If it is lost for good, \
     `leadline key accept-new-master` continues without it; docs/privacy.md explains the consequences \
     under \"A lost master.key\""
)]
pub struct WrongMasterKey {
    /// The data folder.
    pub folder: String,
    /// What is wrong with its key.
    pub what: &'static str,
}

/// The mark of the key; `None` until a program has opened its key on this store.
///
/// # Errors
/// When the store does not answer.
pub async fn mark(tx: &mut Tx) -> Result<Option<String>, Error> {
    let mark = value!(String, tx, MARK)?;
    Ok(mark)
}

/// Stores the mark of the key if there is none yet.
///
/// # Errors
/// When the store does not answer.
pub async fn add(tx: &mut Tx, mark: &str) -> Result<(), Error> {
    execute!(tx, ADD, mark)?;
    Ok(())
}

/// Replaces the mark by that of another key.
///
/// # Errors
/// When the store does not answer.
pub async fn replace(tx: &mut Tx, mark: &str) -> Result<(), Error> {
    execute!(tx, REPLACE, mark)?;
    Ok(())
}
