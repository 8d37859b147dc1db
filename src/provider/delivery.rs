//! A delivery: one webhook request as it arrived.
//!
//! # Invariants
//! A [`VerifiedWebhook`] exists only for a delivery whose sender is proven.

use serde::{Deserialize, Serialize};

use super::signature::Error;

/// A request as it arrived, with everything that is needed to verify and read it again later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// `POST` or `GET`.
    pub method: String,
    /// Its address as the sender knows it: the configured public URL with path and query.
    pub url: String,
    /// The headers that [`headers`](super::ProviderKind::headers) names, in lower case.
    pub headers: Vec<(String, String)>,
    /// The raw body. The vault seals it separately from the other fields, which are the head.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl Delivery {
    /// The header with this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The header with this name, which the protocol requires.
    ///
    /// # Errors
    /// [`Error::MissingHeader`].
    pub fn needed(&self, name: &'static str) -> Result<&str, Error> {
        self.header(name).ok_or(Error::MissingHeader(name))
    }

    /// The query of its URL, without the question mark.
    pub fn query(&self) -> &str {
        self.url.split_once('?').map_or("", |(_, query)| query)
    }
}

/// A delivery whose sender is proven.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedWebhook<'a>(&'a Delivery);

impl<'a> VerifiedWebhook<'a> {
    /// A delivery that was verified on arrival and sealed since then.
    pub fn before(delivery: &'a Delivery) -> VerifiedWebhook<'a> {
        VerifiedWebhook(delivery)
    }

    /// The delivery.
    pub fn delivery(self) -> &'a Delivery {
        self.0
    }
}
