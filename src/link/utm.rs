//! UTM tags: the nine parameters that GA4 reads. The workspace's [`UtmConvention`] says what their
//! values must look like.

mod convention;
mod name_tag;
mod tags;

pub use convention::{Error, UtmConvention};
pub use name_tag::slugify;
pub use tags::UtmTags;
