//! The assembly: opens every part, spawns every long task by name, and stops them in the order of
//! the data flow.
//!
//! # Invariants
//! - Long tasks are spawned here only.
//! - On a stop, the listener closes first. Then the recorder's queue drains into the log, the
//!   worker processes what is in the log, and the store closes. So no answered request is lost, and
//!   the rest of the log is processed after the next start.

mod assembly;
mod files;
mod http_state;
mod http_task;
mod log_age;
mod master_key;
mod node;
mod opening;
mod role;
mod serving;
mod signals;
mod start_error;
mod task;

pub use self::assembly::App;
pub use self::files::FileLimits;
pub use self::master_key::accept_new_master;
pub use self::opening::{bind, create_data_dir, open_store, resolver};
pub use self::role::Role;
pub use self::serving::serve;
pub use self::signals::stop_signal;
pub use self::start_error::StartError;
