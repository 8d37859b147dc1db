//! Seals bytes for an owner.
//!
//! # Invariants
//! Sealed bytes open only with the owner that they were sealed for. So nobody who can write rows
//! can exchange one request for another.
//!
//! ```text
//! sealed = 1 nonce[24] ciphertext tag[16]      ; XChaCha20-Poly1305, the text as associated data
//! ```

use chacha20poly1305::aead::{Aead, AeadInOut, Payload};
use chacha20poly1305::{Tag, XNonce};

use super::{Error, NONCE, Vault};

/// First byte of the sealed form.
const VERSION: u8 = 1;

impl Vault {
    /// Encrypts what `write` adds to a buffer of `room` bytes for `owner`, such as an id, in place.
    ///
    /// # Errors
    /// Never in practice: only many gigabytes cannot be sealed.
    pub fn seal_bytes(
        &self,
        owner: &str,
        room: usize,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Vec<u8>, Error> {
        let nonce: [u8; NONCE] = rand::random();
        let mut sealed = Vec::with_capacity(1 + NONCE + room + size_of::<Tag>());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        write(&mut sealed);
        let plain = (&mut sealed[1 + NONCE..]).into();
        let tag = self
            .seal
            .encrypt_inout_detached(&nonce.into(), owner.as_bytes(), plain)
            .map_err(|_| Error::Sealed)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Decrypts bytes that [`Vault::seal_bytes`] sealed for the same owner.
    ///
    /// # Errors
    /// [`Error::Sealed`] when the bytes were changed, or sealed for another owner or under another
    /// key.
    pub fn unseal_bytes(&self, sealed: &[u8], owner: &str) -> Result<Vec<u8>, Error> {
        let sealed = sealed.strip_prefix(&[VERSION]).ok_or(Error::Sealed)?;
        let (nonce, msg) = sealed.split_first_chunk::<NONCE>().ok_or(Error::Sealed)?;
        let aad = owner.as_bytes();
        self.seal
            .decrypt(&XNonce::from(*nonce), Payload { msg, aad })
            .map_err(|_| Error::Sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_bytes_open_for_their_owner_only() {
        let vault = Vault::from_key([7; 32]);
        let write = |out: &mut Vec<u8>| out.extend_from_slice(b"an order");
        let sealed = vault.seal_bytes("dlv_1", 8, write).unwrap();
        assert!(!sealed.windows(5).any(|part| part == b"order"));
        assert_eq!(vault.unseal_bytes(&sealed, "dlv_1").unwrap(), b"an order");
        assert!(vault.unseal_bytes(&sealed, "dlv_2").is_err());
        assert!(
            Vault::from_key([8; 32])
                .unseal_bytes(&sealed, "dlv_1")
                .is_err()
        );
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(vault.unseal_bytes(&changed, "dlv_1").is_err(), "byte {at}");
            assert!(vault.unseal_bytes(&sealed[..at], "dlv_1").is_err());
        }
    }
}
