//! The server role under virtual time, through its public interface.

mod host;

mod abort;
mod any_order;
mod close;
mod compress;
mod config;
mod cookie;
mod deadlines;
mod deaf;
mod first_request;
mod heartbeat;
mod jsonp;
mod lobby;
mod memory;
mod options;
mod outbox;
mod polling;
mod refusals;
mod second_upgrade;
mod upgrade;
mod version3;
mod websocket;
