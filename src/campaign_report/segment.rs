//! A segment: the values of the dimensions that clicks or credits have in common.

use std::collections::HashMap;

use compact_str::CompactString;

use crate::id::LinkId;

/// The values of dimensions that a report asks for; the rest is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    /// Canonical name of the network of the link, if it has one.
    pub network: Option<CompactString>,
    /// The network that the click was seen on, if known.
    pub network_seen: Option<CompactString>,
    /// The link, if known.
    pub link: Option<LinkId>,
    /// ISO code of the country, if known.
    pub country: Option<CompactString>,
    /// Kind of device, if known.
    pub device: Option<CompactString>,
    /// Numbers of units of time, in the order of [`Granularity::times`].
    ///
    /// [`Granularity::times`]: super::granularity::Granularity::times
    pub times: [Option<i64>; 2],
}

impl Segment {
    /// The segment of a network, with nothing else known.
    pub fn of(network: &str) -> Segment {
        Segment {
            network: Some(network.into()),
            ..Segment::default()
        }
    }
}

/// The values of a link in the dimensions that separate links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkFacts {
    /// Why it was posted.
    pub intent: CompactString,
    /// The post that carries it, if any.
    pub post: Option<CompactString>,
    /// Its short address without the scheme.
    pub short: CompactString,
}

/// Facts of links by id, as far as a report needs them.
pub type LinkIndex = HashMap<LinkId, LinkFacts>;
