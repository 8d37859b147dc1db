//! Which master key the data was written under: a mark that tells keys apart and nothing more.
//!
//! # Invariants
//! There is one mark, and only an operator replaces it.
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

/// The data was written under another master key than the data folder's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the store was written under another master.key: the data folder {folder} {what}. Put the right \
     file back, from a backup or another program's data folder. If it is lost for good, \
     `leadline key accept-new-master` goes on without it; what that costs stands in docs/privacy.md \
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

/// Notes the mark of the key where there is none yet.
///
/// # Errors
/// When the store does not answer.
pub async fn add(tx: &mut Tx, mark: &str) -> Result<(), Error> {
    execute!(tx, ADD, mark)?;
    Ok(())
}

/// Notes another key from here on.
///
/// # Errors
/// When the store does not answer.
pub async fn replace(tx: &mut Tx, mark: &str) -> Result<(), Error> {
    execute!(tx, REPLACE, mark)?;
    Ok(())
}
