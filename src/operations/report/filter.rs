//! The filters of a report, by names in a request.

use crate::campaign_report::dimension::{Dimension, UNKNOWN};
use crate::campaign_report::filter::SegmentFilter;
use crate::enrich::user_agent::DeviceKind;
use crate::link::Intent;
use crate::network::NetworkRegistry;
use crate::operations::error::Error;

/// The names of filters: a comma-separated list for each dimension.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FilterNames<'a> {
    pub(super) network: Option<&'a str>,
    pub(super) network_seen: Option<&'a str>,
    pub(super) link: Option<&'a str>,
    pub(super) intent: Option<&'a str>,
    pub(super) post: Option<&'a str>,
    pub(super) country: Option<&'a str>,
    pub(super) device: Option<&'a str>,
}

/// Converts a given name to its stored form.
type ReadName<'a> = &'a dyn Fn(&str) -> Result<String, Error>;

impl FilterNames<'_> {
    /// The filter for these names.
    ///
    /// # Errors
    /// A name that its dimension does not have.
    pub(super) fn filter(&self, registry: &NetworkRegistry) -> Result<SegmentFilter, Error> {
        let network = |name: &str| Ok(registry.find(name)?.name.clone());
        let network_or_unknown = |name: &str| match name {
            UNKNOWN => Ok(name.to_owned()),
            name => network(name),
        };
        let as_is = |name: &str| Ok(name.to_owned());
        let of_dimensions: [(Dimension, Option<&str>, ReadName<'_>); 7] = [
            (Dimension::Network, self.network, &network),
            (
                Dimension::NetworkSeen,
                self.network_seen,
                &network_or_unknown,
            ),
            (Dimension::Link, self.link, &as_is),
            (Dimension::Intent, self.intent, &intent),
            (Dimension::Post, self.post, &as_is),
            (Dimension::Country, self.country, &country),
            (Dimension::Device, self.device, &device),
        ];
        let mut filter = SegmentFilter::default();
        for (dimension, names, read) in of_dimensions {
            let Some(names) = names else { continue };
            let names: Result<Vec<String>, Error> =
                names.split(',').map(|name| read(name.trim())).collect();
            filter.only(dimension, names?);
        }
        Ok(filter)
    }
}

fn intent(name: &str) -> Result<String, Error> {
    let intent: Result<Intent, _> = name.parse();
    intent
        .map(|intent| intent.to_string())
        .map_err(|error| Error::Query(format!("`intent`: {error}")))
}

fn country(name: &str) -> Result<String, Error> {
    match name {
        UNKNOWN => Ok(name.to_owned()),
        code if code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_alphabetic()) => {
            Ok(code.to_ascii_uppercase())
        }
        name => Err(Error::Query(format!(
            "`country`: {name:?} is neither an ISO code of two letters, like DE, nor `{UNKNOWN}`"
        ))),
    }
}

fn device(name: &str) -> Result<String, Error> {
    let kinds = DeviceKind::ALL.map(DeviceKind::as_str);
    if name == UNKNOWN || kinds.contains(&name) {
        return Ok(name.to_owned());
    }
    let kinds = kinds.join(", ");
    Err(Error::Query(format!(
        "`device`: {name:?} is not one of {kinds}, {UNKNOWN}"
    )))
}
