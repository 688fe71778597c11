//! The clients' suite: what a client of this family does against a server of it, in each mode, and against servers and
//! proxies that misbehave.
//!
//! Each scenario is generic over the [`Dialer`], so that every runtime is put to the same tests;
//! [`client_tests!`](crate::client_tests) makes tests of all of them, but for those that need the
//! [reference's server](mod@reference).

mod fake;
mod pair;
mod proxy;

pub mod alpn;
pub mod bounds;
pub mod detours;
pub mod echoes;
pub mod endings;
pub mod faults;
pub mod options;
pub mod reconnecting;
pub mod reference;
pub mod reuse;
pub mod tls;
pub mod tls_ends;
pub mod tunnel;
pub mod version3;

use crate::wire::client::LIMIT;
use crate::{Adapter, Running};
use core::future::Future;
use engineio_hyper::{ClientBuilder, Engine, ProxyConnector, SecureConnector, ServerTls};
use std::sync::mpsc;
use std::thread;

/// What a runtime's adapter must offer for its client to be tested.
pub trait Dialer: Adapter {
    /// How it connects.
    type Connector: SecureConnector + ProxyConnector;

    /// A client for the server at this URL, with the default settings.
    fn client(url: &str) -> ClientBuilder<Self::Runtime, Self::Connector>;

    /// As [`serve`](Adapter::serve), with TLS.
    fn serve_tls(engine: Engine<Self::Runtime>, tls: ServerTls) -> Running;
}

/// Waits for a future, but not for ever.
fn wait<A: Adapter, T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    thread::spawn(move || done.send(A::block_on(future)));
    result.recv_timeout(LIMIT).expect("what is waited for comes")
}

/// Makes a test of every scenario of the clients' suite, for one adapter: `engineio_suite::client_tests!(MyAdapter);`
#[macro_export]
macro_rules! client_tests {
    ($adapter:ty) => {
        $crate::scenarios! { clients, $adapter,
            echoes: {
                messages_of_every_kind_come_back,
                messages_stay_in_order,
                messages_go_both_ways_during_the_upgrade,
                heartbeats_keep_a_session,
                fifty_sessions_at_once,
                adjacent_messages_stay_adjacent,
                servers_see_path_query_and_headers,
            }
            endings: {
                client_closes,
                server_closes,
                queued_messages_leave_before_the_close,
                confirmed_messages_have_left,
                dropped_sockets_close_their_sessions,
                k05_f44_dropped_connects_leave_no_session,
                nothing_is_sent_after_the_end,
            }
            bounds: {
                unread_messages_hold_the_server_back,
                full_queues_make_senders_wait,
                polling_takes_two_connections,
                b11_large_responses_are_not_read,
                c01_large_messages_are_not_read,
            }
            detours: {
                f46_proxy_that_never_relays_the_101,
                f46_proxy_that_refuses_the_upgrade,
                f46_proxy_that_drops_the_upgrade,
                f46_proxy_that_answers_the_upgrade_wrongly,
                f46_k01_proxy_that_breaks_after_the_upgrade,
                next_transport_is_tried,
                server_that_is_gone,
            }
            faults: {
                handshakes_that_fail,
                handshake_that_never_comes,
                nobody_listens,
                u14_address_that_does_not_answer,
                u14_no_connection_in_time,
                urls_that_cannot_be_used,
                posts_that_fail,
                gets_that_fail,
                server_that_falls_silent,
                connections_that_are_not_kept,
                responses_in_chunks,
            }
            options: {
                cookies_come_back_on_either_transport,
                cookies_of_later_answers_come_back,
                websocket_is_remembered,
                headers_of_each_request,
                redirects_on_the_same_server_are_followed,
                other_redirects_are_told,
                messages_over_websocket_are_compressed_if_both_ends_want,
            }
            alpn: {
                who_offers_http2_gets_it,
                who_offers_no_http2_gets_http1,
                who_offers_something_else_gets_nothing,
            }
            reconnecting: {
                sessions_survive_a_restart,
            }
            reuse: {
                u13_request_is_sent_again_when_its_connection_had_been_closed,
                u13_server_that_closes_after_each_response,
                u13_request_is_sent_again_once,
                u13_request_on_a_new_connection_is_not_sent_again,
                u13_request_is_not_sent_again_after_a_byte_of_its_response,
                u13_connection_is_reused_as_long_as_the_server_announces,
                polling_connections_are_closed_at_the_upgrade,
            }
            tls: {
                messages_come_back_over_tls,
                a09_certificates_are_verified,
                tls_on_one_side_only,
                silence_instead_of_a_handshake,
            }
            tls_ends: {
                u03_complete_post_survives_the_end_of_tls,
                u03_f01_a_poll_is_given_up_at_the_end_of_tls,
            }
            tunnel: {
                sessions_through_a_proxy,
                tls_through_a_proxy,
                proxy_that_refuses,
            }
            version3: {
                messages_of_every_kind_come_back_in_protocol_3,
                messages_go_both_ways_during_an_upgrade_in_protocol_3,
                clients_of_protocol_3_ping,
                sessions_of_protocol_3_end,
                servers_that_do_not_allow_protocol_3,
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_scenario_is_listed() {
        let sources = [
            include_str!("alpn.rs"),
            include_str!("echoes.rs"),
            include_str!("endings.rs"),
            include_str!("bounds.rs"),
            include_str!("detours.rs"),
            include_str!("faults.rs"),
            include_str!("options.rs"),
            include_str!("reconnecting.rs"),
            include_str!("reuse.rs"),
            include_str!("tls.rs"),
            include_str!("tunnel.rs"),
            include_str!("tls_ends.rs"),
            include_str!("version3.rs"),
        ];
        crate::scenarios::assert_listed(include_str!("mod.rs"), &sources, "Dialer");
    }
}
