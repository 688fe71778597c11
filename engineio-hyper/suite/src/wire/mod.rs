//! The wire suite: what a server of this family says and does over real sockets, told by a client that has no manners.
//!
//! Each scenario is a function that is generic over the [`Adapter`](crate::Adapter), so that every runtime is put to the
//! same tests; [`wire_tests!`](crate::wire_tests) makes tests of all of them. Scenarios that prove a row of a catalogue
//! of hazards carry its number: `f04_…`.

pub mod app;
pub mod client;
pub mod server;

pub mod aborts;
pub mod application;
pub mod backpressure;
pub mod candidates;
pub mod closing;
pub mod complete_requests;
pub mod duplicates;
pub mod frames;
pub mod handshake;
pub mod heartbeat;
pub mod jsonp;
pub mod limits;
pub mod overlap;
pub mod posting;
pub mod refusals;
pub mod upgrade;
pub mod upgrade_requests;
pub mod websocket;

/// Makes a test of every scenario of the wire suite, for one adapter: `engineio_suite::wire_tests!(MyAdapter);`
#[macro_export]
macro_rules! wire_tests {
    ($adapter:ty) => {
        $crate::scenarios! { wire, $adapter,
            refusals: {
                a04_unknown_transport,
                a05_a08_unknown_session,
                handshake_with_another_method_is_code_2,
                f33_duplicate_parameters,
                handshake_of_another_version_is_code_5,
                a07_another_version_within_a_session,
                h20_p02_plain_request_of_a_websocket_session,
                h02_transport_and_upgrade_must_agree,
                f34_other_methods_within_a_session,
                f33_long_query,
                f33_other_paths,
                h23_odd_request_targets,
                f29_b02_c08_origins_decide_nothing_by_default,
            }
            handshake: {
                handshake_is_exact,
                handshake_defaults,
                f27_b01_session_ids_differ,
                p13_upgrades_not_allowed,
                p13_polling_only,
                p13_websocket_only,
                connections_are_kept_alive,
                f35_requests_in_one_segment,
                c14_heads_are_bounded_and_read_however_they_are_cut,
                p11_handshake_given_up,
                f38_abandoned_sessions_are_reaped,
                f40_too_many_sessions,
            }
            jsonp: {
                a_session_by_scripts,
                the_index_is_digits,
                u01_jsonp_is_refused_unless_it_is_allowed,
            }
            posting: {
                packets_arrive_in_order,
                messages_go_out_in_order,
                f12_base64_in_lines,
                p07_h32_undecodable_packets,
                f14_packets_without_effect,
                f14_nothing_counts_after_close,
                a06_p02_octet_stream,
                other_content_types_are_text,
                f17_content_encoding,
                f10_a10_chunks_mean_nothing,
                f15_half_a_million_packets,
            }
            limits: {
                f08_h12_h31_declared_too_large,
                f08_chunked_too_large,
                f08_b07_exactly_the_limit,
                c10_early_answers_are_not_lost,
                f09_slow_body,
                u05_a_steady_body,
                f07_truncated_body,
                p12_answers_keep_to_the_limit,
            }
            overlap: {
                f05_p06_overlapping_gets,
                f06_p06_overlapping_posts,
                a_get_and_a_post_go_together,
                f34_get_with_a_body,
            }
            aborts: {
                f01_get,
                f01_get_beside_a_post,
                f07_post,
                f07_post_without_a_byte,
                f01_get_beside_a_candidate,
                f07_post_while_probing,
                h37_a_websocket_is_gone,
                idle_connections_may_go,
                f01_pipelined_request_hides_the_end,
                f02_answer_given_up_half_way,
            }
            complete_requests: {
                u03_complete_post_survives_close,
                u03_complete_post_of_a_half_closed_peer_is_answered,
                u03_complete_post_survives_reset,
                u03_large_posts_survive_close,
                u03_a_close_packet_survives_close,
                u03_pipelined_requests_survive_fin,
                u03_a_ready_answer_is_written_after_fin,
                u03_a_withheld_post_is_delivered,
                u03_what_waits_is_given_up_at_fin,
                u03_incomplete_requests_end_at_fin,
            }
            heartbeat: {
                pings_over_polling,
                pings_over_websocket,
                f23_ping_timeout_over_polling,
                f23_ping_timeout_over_websocket,
                messages_are_no_pongs,
                h41_unsolicited_pongs,
                u09_a_first_request_is_due,
                c09_pong_flood,
                f14_ping_from_the_client,
                h27_ping_outstanding_at_the_upgrade,
                h27_pings_after_the_upgrade,
                c12_pings_while_probing,
            }
            closing: {
                peer_closes_over_polling,
                h40_close_packet_over_websocket,
                peer_closes_its_websocket,
                application_closes_beside_a_get,
                application_closes_without_a_get,
                h46_application_closes_with_data_queued,
                h33_post_while_closing,
                application_closes_over_websocket,
                close_frame_without_an_answer,
                close_frame_answered_by_a_flood,
                discard_does_not_wait,
                h28_close_twice,
                f41_close_timeout,
                f41_close_timeout_over_websocket,
                h07_application_closes_before_the_switch,
                h07_application_closes_while_probing,
                a11_close_all,
            }
            upgrade: {
                upgrade_as_clients_do_it,
                f21_get_is_released_at_the_probe,
                f21_later_gets_are_slowed_down,
                p03_messages_go_to_polling_until_the_switch,
                get_is_released_at_the_switch,
                f20_probe_and_completion_in_one_segment,
                f20_probe_twice,
                f22_post_on_its_way_at_the_switch,
                f22_messages_at_every_step,
            }
            candidates: {
                f20_wrong_beginnings,
                f20_wrong_completions,
                a02_broken_candidates,
                f20_h42_upgrade_timeout,
                f21_back_to_polling,
                a03_candidates_that_go_away,
                p03_candidate_closes_in_order,
                a03_refused_upgrades_reset_at_once,
            }
            duplicates: {
                f04_p04_second_websocket_while_probing,
                f04_second_websocket_after_the_upgrade,
                h24_second_websocket_of_a_websocket_session,
                f04_second_websocket_after_the_end,
                f04_a_hundred_at_once,
            }
            websocket: {
                messages_of_every_size,
                messages_stay_in_order,
                h38_p08_a_separator_is_a_character,
                base64_in_a_text_frame,
                frames_that_are_no_packets,
                an_empty_binary_frame_is_a_message,
                f14_packets_without_effect_over_websocket,
                frames_in_the_segment_of_the_request,
                f10_frames_byte_by_byte,
                sessions_do_not_mix,
            }
            frames: {
                fragments_are_joined,
                c02_websocket_pings_are_answered,
                f18_broken_frames,
                f18_close_codes_that_do_not_exist,
                f11_text_that_is_not_utf8,
                p12_b07_messages_up_to_the_limit,
                c06_f19_tiny_fragments,
                c01_claimed_lengths,
                a02_no_frames_at_all,
            }
            upgrade_requests: {
                c05_missing_headers,
                c05_wrong_headers,
                headers_as_others_write_them,
                c03_c04_h17_f16_extensions_are_not_taken,
                f34_upgrade_with_another_method,
                upgrade_on_a_used_connection,
            }
            backpressure: {
                unread_polling_withholds_ok,
                unread_packets_withhold_ok,
                f07_post_given_up_while_it_is_withheld,
                unread_websocket_stops_reading,
                h08_unread_messages_outlive_the_session,
                f24_peer_that_does_not_poll,
                f24_peer_that_does_not_read,
                p10_ping_beside_a_full_queue,
                p10_ping_beside_a_full_queue_over_websocket,
                waiting_senders_learn_of_the_end,
                what_cannot_be_sent_comes_back,
                c07_websocket_ping_flood,
                dropped_sockets_close_their_sessions,
            }
            application: {
                h16_handler_blocks_during_the_upgrade,
                a_busy_handler_is_its_own_sessions_affair,
                f36_handlers_that_panic,
                f36_handlers_that_panic_at_the_ends,
                f37_calls_from_within,
                f45_many_threads_send,
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_scenario_is_listed() {
        let sources = [
            include_str!("refusals.rs"),
            include_str!("handshake.rs"),
            include_str!("jsonp.rs"),
            include_str!("posting.rs"),
            include_str!("limits.rs"),
            include_str!("overlap.rs"),
            include_str!("aborts.rs"),
            include_str!("complete_requests.rs"),
            include_str!("heartbeat.rs"),
            include_str!("closing.rs"),
            include_str!("upgrade.rs"),
            include_str!("candidates.rs"),
            include_str!("duplicates.rs"),
            include_str!("websocket.rs"),
            include_str!("frames.rs"),
            include_str!("upgrade_requests.rs"),
            include_str!("backpressure.rs"),
            include_str!("application.rs"),
        ];
        crate::scenarios::assert_listed(include_str!("mod.rs"), &sources, "Adapter");
    }
}
