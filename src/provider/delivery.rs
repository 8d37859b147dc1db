//! A delivery: one webhook request as it came in.
//!
//! # Invariants
//! A [`VerifiedWebhook`] exists only for a delivery whose sender is proven.

use serde::{Deserialize, Serialize};

use super::signature::Error;

/// A request as it came in, with what is needed to verify and read it again later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// `POST` or `GET`.
    pub method: String,
    /// The address it was sent to as the sender knows it: the configured public URL with path and
    /// query.
    pub url: String,
    /// Those of its headers that [`headers`](super::ProviderKind::headers) names, in lower case.
    pub headers: Vec<(String, String)>,
    /// Its raw body. It is sealed apart from the other fields, which are the head.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl Delivery {
    /// The header of that name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The header of that name, which the protocol needs.
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
    /// A delivery that was verified when it came in, and was kept sealed since.
    pub fn before(delivery: &'a Delivery) -> VerifiedWebhook<'a> {
        VerifiedWebhook(delivery)
    }

    /// The delivery.
    pub fn delivery(self) -> &'a Delivery {
        self.0
    }
}
