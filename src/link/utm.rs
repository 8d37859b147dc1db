//! UTM tags: the nine parameters GA4 reads. What their values must look like is the workspace's
//! [`UtmConvention`].

mod convention;
mod name_tag;
mod tags;

pub use convention::{Error, UtmConvention};
pub use name_tag::slugify;
pub use tags::UtmTags;
