//! A client and a server, each the real core, with a network between them that a test drives step by step.

mod hosts;
mod interleavings;
mod world;
