//! The client role.

mod action;
mod call;
mod config;
mod fault;
mod machine;
mod outlet;
mod pulse;
mod session;
mod target;

pub use action::{ClientAction, ClientEvent};
pub use call::{Call, Dial, Exchange, Settlement};
pub use config::{ClientConfig, ClientConfigBuilder, ClientConfigError};
pub use fault::{CallFault, UpgradeFault};
pub use machine::{Client, ClientStart};
