//! Cancel safety: whatever future of a server is dropped, and whenever, is a peer that goes away or an application that
//! no longer waits. It is never more, and nothing is lost without a word, and nothing is stuck.
//!
//! Each scenario is begun anew for every await point that it has. The connections give and take a byte at a time, so
//! there is one at every byte.

mod held;
mod pipe;
mod world;

pub mod exchanges;
pub mod handles;
pub mod serving;
pub mod websockets;

/// Runs a scenario with 0 steps, 1 step and so on, until it says that it came to rest before it was cut short.
fn at_every_step(scenario: impl Fn(usize) -> bool) {
    let mut steps = 0;
    while !scenario(steps) {
        steps += 1;
    }
    assert!(steps > 1, "there are await points");
}

/// Makes a test of every scenario of cancellation, for one adapter: `engineio_suite::cancel_tests!(MyAdapter);`
#[macro_export]
macro_rules! cancel_tests {
    ($adapter:ty) => {
        mod cancel {
            use super::*;

            $crate::scenarios! { cancel, $adapter,
                exchanges: {
                    f44_handshake,
                    f44_get_with_a_message,
                    f44_parked_get,
                    f44_post,
                    f44_post_in_chunks,
                    f44_post_that_is_withheld,
                    f07_u03_incomplete_posts_that_are_dropped,
                    f44_u03_futures_that_are_not_polled,
                    f44_timers_that_are_dropped,
                }
                websockets: {
                    f44_handshake_and_messages,
                    f44_upgrade,
                    f44_f04_second_websocket,
                    f44_close,
                }
                handles: {
                    f44_recv,
                    f44_recv_beside_another,
                    f44_send_without_room,
                    f44_send_beside_another,
                    f44_send_confirmed,
                    f44_accept_beside_another,
                    f44_closed,
                }
                serving: {
                    f44_connections_outlive_their_listener,
                    f41_accepting_pauses_without_file_descriptors,
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_scenario_is_listed() {
        let sources = [
            include_str!("exchanges.rs"),
            include_str!("handles.rs"),
            include_str!("serving.rs"),
            include_str!("websockets.rs"),
        ];
        crate::scenarios::assert_listed(include_str!("mod.rs"), &sources, "Adapter");
    }
}
