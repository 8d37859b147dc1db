//! The vault: secrets that must be read back are sealed, other secrets are hashed.
//!
//! ```text
//! sealed = "v1." base64( nonce[24] ciphertext tag[16] )      ; XChaCha20-Poly1305
//! ```
//!
//! # Invariants
//! - Everything depends on one master key: 32 random bytes in `master.key` in the data folder,
//!   which only its owner can read.
//! - Each use has a key of its own, derived from the master key, so no key reveals another.
//! - No secret is ever printed.
//!
//! # Out of scope
//! Where sealed text is kept; whose secrets these are.

mod delivery;
mod sealed_bytes;
mod tokens;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::clock::Millis;
use crate::id::{ClickId, WorkspaceId};
pub use tokens::{new_path_key, new_publishable_token, new_token, new_webhook_secret};

/// The name of the master key's file.
const FILE: &str = "master.key";

/// Version of the sealed form.
const VERSION: &str = "v1.";

/// Bytes of the nonce.
const NONCE: usize = 24;

/// Why the vault does not work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key file cannot be read or created.
    #[error("cannot use {}: {error}; check that the data folder can be written", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },
    /// The key file holds no key.
    #[error(
        "{} holds no key of 32 bytes in base64; put the right file back, or move it away to make \
         a new one, after which sealed secrets must be entered again", .0.display()
    )]
    Malformed(PathBuf),
    /// Sealed text that this master key does not open.
    #[error("a stored secret cannot be opened with this master.key; put the right file back")]
    Sealed,
}

/// Seals and hashes under one master key.
#[derive(Clone)]
pub struct Vault {
    seal: XChaCha20Poly1305,
    email: [u8; 32],
    sign: [u8; 32],
    erasure: [u8; 32],
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(..)")
    }
}

/// The key in the text of its file.
fn decode(text: &str) -> Option<[u8; 32]> {
    let bytes = STANDARD.decode(text.trim()).ok()?;
    bytes.try_into().ok()
}

impl Vault {
    /// Opens the vault in the data folder, and creates its key on the first start.
    ///
    /// # Errors
    /// When the file cannot be read or created, or holds something else. It is never overwritten.
    pub fn open(dir: &Path) -> Result<Vault, Error> {
        let path = dir.join(FILE);
        let fail = |error| Error::File {
            path: path.clone(),
            error,
        };
        if !path.try_exists().map_err(fail)? {
            let fresh = STANDARD.encode(rand::random::<[u8; 32]>());
            create(dir, &path, fresh.as_bytes()).map_err(fail)?;
        }
        let text = std::fs::read_to_string(&path).map_err(fail)?;
        decode(&text)
            .map(Vault::from_key)
            .ok_or(Error::Malformed(path))
    }

    /// Checks the key in the data folder, if there is one. Creates none.
    ///
    /// # Errors
    /// When the file cannot be read or holds something else.
    pub fn examine(dir: &Path) -> Result<(), Error> {
        let path = dir.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) if decode(&text).is_some() => Ok(()),
            Ok(_) => Err(Error::Malformed(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Error::File { path, error }),
        }
    }

    /// Whether the data folder has a key.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn exists(dir: &Path) -> Result<bool, Error> {
        let path = dir.join(FILE);
        path.try_exists()
            .map_err(|error| Error::File { path, error })
    }

    /// A vault under a given key.
    pub fn from_key(master: [u8; 32]) -> Vault {
        let seal = derive(&master, "seal");
        Vault {
            seal: XChaCha20Poly1305::new(&seal.into()),
            email: derive(&master, "email"),
            sign: derive(&master, "sign"),
            erasure: derive(&master, "erasure"),
        }
    }

    /// Encrypts a secret. The same secret has another sealed text each time.
    ///
    /// # Errors
    /// Never in practice: only a secret of many gigabytes cannot be sealed.
    pub fn seal(&self, secret: &SecretString) -> Result<String, Error> {
        let nonce: [u8; NONCE] = rand::random();
        let sealed = self
            .seal
            .encrypt(&XNonce::from(nonce), secret.expose_secret().as_bytes())
            .map_err(|_| Error::Sealed)?;
        Ok(format!(
            "{VERSION}{}",
            STANDARD.encode([nonce.as_slice(), &sealed].concat())
        ))
    }

    /// Decrypts a text of [`Vault::seal`].
    ///
    /// # Errors
    /// [`Error::Sealed`] when the text was changed or sealed under another key.
    pub fn unseal(&self, sealed: &str) -> Result<SecretString, Error> {
        let bytes = sealed
            .strip_prefix(VERSION)
            .and_then(|text| STANDARD.decode(text).ok())
            .ok_or(Error::Sealed)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>().ok_or(Error::Sealed)?;
        let plain = self
            .seal
            .decrypt(&XNonce::from(*nonce), sealed)
            .map_err(|_| Error::Sealed)?;
        String::from_utf8(plain)
            .map(Into::into)
            .map_err(|_| Error::Sealed)
    }

    /// A keyed hash of an e-mail address, in hex. Without the key nobody can test addresses against
    /// it. Two workspaces never share a hash.
    pub fn email_hash(&self, workspace: WorkspaceId, email: &str) -> String {
        let normal = email.trim().to_lowercase();
        hex::encode(mac(
            &self.email,
            &[workspace.to_string().as_bytes(), b"\n", normal.as_bytes()],
        ))
    }

    /// A keyed hash of an identifier of a person, in hex. Different kinds have different hashes.
    pub fn mark_hash(&self, workspace: WorkspaceId, kind: &str, mark: &str) -> String {
        hex::encode(self.erased(workspace, kind, mark))
    }

    /// The id that replaces a click's id when its person is erased. It is always the same one, of
    /// the same quarter-hour. Without the key nobody can tell which click it replaces.
    pub fn stand_in(&self, workspace: WorkspaceId, click: ClickId) -> ClickId {
        let hash = self.erased(workspace, "click", click.text().as_str());
        let mut bits = [0u8; 10];
        bits.copy_from_slice(&hash[..10]);
        ClickId::from_parts(click.time().quarter_hour(), bits)
    }

    /// The fingerprint of the master key: vaults with equal prints have equal hashes.
    pub fn print(&self) -> String {
        hex::encode(&mac(&self.erasure, &[b"print"])[..8])
    }

    fn erased(&self, workspace: WorkspaceId, kind: &str, mark: &str) -> [u8; 32] {
        let workspace = workspace.to_string();
        let parts = [workspace.as_str(), "\n", kind, "\n", mark];
        mac(&self.erasure, &parts.map(str::as_bytes))
    }
}

impl Vault {
    /// The signature of this service under `text`, for one purpose: 43 characters that fit into
    /// URLs and cookies.
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.hash(purpose, text))
    }

    /// Whether the proof is a signature of [`Vault::sign`]. The check takes constant time.
    pub fn has_signed(&self, purpose: &str, text: &str, proof: &str) -> bool {
        let Ok(proof) = URL_SAFE_NO_PAD.decode(proof) else {
            return false;
        };
        let mut mac = keyed(&self.sign);
        for part in [purpose, "\n", text] {
            mac.update(part.as_bytes());
        }
        mac.verify_slice(&proof).is_ok()
    }

    /// A text that works until a time: Unix seconds, a full stop and the signature under them.
    pub fn sign_until(&self, purpose: &str, expires_at: Millis) -> String {
        let expires = (expires_at.0 / 1000).to_string();
        let proof = self.sign(purpose, &expires);
        format!("{expires}.{proof}")
    }

    /// Whether the text is one of [`Vault::sign_until`] that works at `now`.
    pub fn has_signed_until(&self, purpose: &str, text: &str, now: Millis) -> bool {
        let Some((expires, proof)) = text.split_once('.') else {
            return false;
        };
        let in_time = expires
            .parse()
            .is_ok_and(|expires: i64| expires > now.0 / 1000);
        in_time && self.has_signed(purpose, expires, proof)
    }

    /// A keyed hash that only this service can compute.
    pub fn hash(&self, purpose: &str, text: &str) -> [u8; 32] {
        let parts = [purpose, "\n", text].map(str::as_bytes);
        mac(&self.sign, &parts)
    }
}

/// SHA-256 of a token, in hex. Tokens are random, not chosen by people, so a fast hash does not
/// help to guess them.
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

fn derive(master: &[u8; 32], label: &str) -> [u8; 32] {
    mac(master, &[b"leadline ", label.as_bytes()])
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = keyed(key);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = [0u8; 64];
    block[..32].copy_from_slice(key);
    Hmac::<Sha256>::new(&block.into())
}

/// Creates a private file that gets its name only when it is whole. If another process has created
/// it meanwhile, that one stays.
fn create(dir: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(&format!(".{FILE}."))
        .tempfile_in(dir)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(failed) if failed.error.kind() != io::ErrorKind::AlreadyExists => Err(failed.error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
