//! Seals webhook requests: a head and a body, packed together.
//!
//! # Invariants
//! A sealed request opens only under the delivery id that it was sealed for.
//!
//! ```text
//! plain = 1 postcard(head) length u32 little endian lz4(body)
//! ```
//!
//! Shops repeat the same fields in every line of an order, so packing takes less time than
//! encrypting and writing what it saves.
//!
//! # Out of scope
//! The fields of a head.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Error, Vault};
use crate::id::DeliveryId;

/// First byte of the plain form.
const FORM: u8 = 1;

impl Vault {
    /// Seals a request.
    ///
    /// # Errors
    /// When it cannot be sealed; never in practice.
    pub fn seal_delivery(
        &self,
        id: DeliveryId,
        head: &impl Serialize,
        body: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let head = postcard::to_extend(head, vec![FORM]).map_err(|_| Error::Sealed)?;
        let body = lz4_flex::compress_prepend_size(body);
        self.seal_bytes(&id.to_string(), head.len() + body.len(), |out| {
            out.extend_from_slice(&head);
            out.extend_from_slice(&body);
        })
    }

    /// The head and the body of a sealed request; `None` when it was sealed under another key.
    pub fn open_delivery<H: DeserializeOwned>(
        &self,
        id: DeliveryId,
        sealed: &[u8],
    ) -> Option<(H, Vec<u8>)> {
        let plain = self.unseal_bytes(sealed, &id.to_string()).ok()?;
        let (&FORM, plain) = plain.split_first()? else {
            return None;
        };
        let (head, body) = postcard::take_from_bytes(plain).ok()?;
        let body = lz4_flex::decompress_size_prepended(body).ok()?;
        Some((head, body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;

    #[test]
    fn a_request_opens_under_its_id_and_key_only() {
        let vault = Vault::from_key([7; 32]);
        let (id, other) = (DeliveryId::new(Millis(1)), DeliveryId::new(Millis(2)));
        let head = (
            "POST".to_owned(),
            vec![("webhook-id".to_owned(), "1".to_owned())],
        );
        let sealed = vault.seal_delivery(id, &head, b"an order").unwrap();
        let opened = vault.open_delivery(id, &sealed);
        assert_eq!(opened, Some((head, b"an order".to_vec())));
        assert_eq!(vault.open_delivery::<()>(other, &sealed), None);
        let another = Vault::from_key([8; 32]);
        assert_eq!(another.open_delivery::<()>(id, &sealed), None);
    }
}
