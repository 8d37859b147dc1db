//! A campaign: a named effort with a goal, a currency, a time zone and a period.
//!
//! # Invariants
//! - A campaign has a goal, or a written reason why it has none.
//! - Its period never ends before it starts.
//!
//! # Out of scope
//! How it is stored or served.

pub mod engagement;
mod error;
pub mod goal;
mod record;
mod time_zone;

pub use error::{Error, MAX_WINDOW_DAYS};
pub use goal::{Goal, GoalMetric, GoalOrWaiver, GoalVerdict, is_event_name};
pub use record::Campaign;
pub use time_zone::time_zone;
