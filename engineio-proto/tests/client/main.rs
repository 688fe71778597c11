//! The client role under virtual time, through its public interface.

mod host;

mod any_order;
mod close;
mod compress;
mod config;
mod download;
mod faults;
mod heartbeat;
mod memory;
mod opening;
mod pair;
mod polling;
mod reference;
mod sending;
mod upgrade;
mod version3;
mod websocket;
