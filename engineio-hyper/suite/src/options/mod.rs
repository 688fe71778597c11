//! The options suite: what an application may have a say in, over real sockets.
//!
//! As in the [wire suite](crate::wire), each scenario is generic over the [`Adapter`](crate::Adapter), and
//! [`option_tests!`](crate::option_tests) makes tests of all of them.

pub mod admission;
pub mod compression;
pub mod headers;
pub mod http2;
pub mod inspection;
pub mod origins;
pub mod sessions;
pub mod shutdown;
pub mod websocket_compression;

/// Makes a test of every scenario of the options suite, for one adapter: `engineio_suite::option_tests!(MyAdapter);`
#[macro_export]
macro_rules! option_tests {
    ($adapter:ty) => {
        $crate::scenarios! { options, $adapter,
            admission: {
                allowed_by_its_request,
                forbidden_on_either_transport,
                f03_peer_leaves_while_it_is_decided,
                ids_of_the_application,
            }
            shutdown: {
                f41_sessions_in_every_state,
                f41_peers_that_do_not_react,
            }
            origins: {
                f29_c08_h25_foreign_pages_are_refused,
                f29_the_servers_own_pages_are_let_in,
                f30_h11_answers_may_be_read_by_listed_origins,
                f30_preflights,
                u01_c08_what_any_page_can_load_is_refused,
                u01_requests_that_say_nothing_of_a_page,
                u01_settings_that_contradict_each_other,
                u02_other_hosts_are_refused,
            }
            headers: {
                headers_are_added,
                headers_are_added_to_the_101,
                the_session_cookie_comes_with_the_handshake,
            }
            http2: {
                polling_over_http2,
                websocket_over_http2,
                websocket_over_http2_is_refused,
                u02_other_authorities_are_refused,
                messages_over_http2_are_compressed,
                u03_complete_streams_survive_close,
            }
            inspection: {
                every_packet_is_seen,
            }
            sessions: {
                the_initial_packet_comes_with_the_handshake,
            }
            compression: {
                answers_are_compressed_as_the_peer_accepts,
                a_message_may_ask_not_to_be_compressed,
                compression_is_to_be_asked_for,
                f02_peer_leaves_a_large_answer,
            }
            websocket_compression: {
                h17_messages_over_websocket_are_compressed,
                c03_compression_is_to_be_agreed_to,
                f16_bombs_are_refused,
                f18_broken_compressed_messages,
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_scenario_is_listed() {
        let sources = [
            include_str!("admission.rs"),
            include_str!("shutdown.rs"),
            include_str!("origins.rs"),
            include_str!("headers.rs"),
            include_str!("compression.rs"),
            include_str!("http2.rs"),
            include_str!("inspection.rs"),
            include_str!("sessions.rs"),
            include_str!("websocket_compression.rs"),
        ];
        crate::scenarios::assert_listed(include_str!("mod.rs"), &sources, "Adapter");
    }
}
