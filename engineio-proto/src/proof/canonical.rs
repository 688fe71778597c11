//! How the crate's values look in a [`Fingerprint`](crate::Fingerprint) (feature `model`), apart from those whose fields
//! are private: these are named to [`canonical!`](crate::model::canonical) beside their type.

use crate::http::Reply;
use crate::model::{Canonical, Fingerprint, canonical_by};
use crate::{
    CloseReason, Encoding, Handshake, Jsonp, Message, Messages, OutFrame, Outgoing, Packet, Refusal, SessionId, Sid,
    Transport, Unsent, UpgradeFault, Upgrades, Version,
};
use bytes::Bytes;

canonical_by! {
    Version: |value, to| to.number(u64::from(value.number()));
    Transport: |value, to| to.bytes(value.name().as_bytes());
    Sid: |value, to| to.bytes(value.as_str().as_bytes());
    SessionId: |value, to| to.bytes(value.as_str().as_bytes());
    Upgrades: |value, to| value.contains(Transport::WebSocket).write(to);
    Encoding: |value, to| {
        to.number(u64::from(value.version().number()));
        value.is_base64().write(to);
        value.is_octet_stream().write(to);
        value.jsonp().map(Jsonp::number).write(to);
    };
    Message: |value, to| {
        value.is_binary().write(to);
        to.bytes(value.as_bytes());
    };
    Messages: |value, to| to.items(value);
    Outgoing: |value, to| {
        value.compress().write(to);
        value.text().is_some().write(to);
        to.bytes(value.as_bytes());
    };
    Unsent: |value, to| to.items(value);
    Packet: |value, to| {
        to.number(u64::from(value.digit()));
        to.bytes(value.data().map_or(&[], Bytes::as_ref));
    };
    OutFrame: |value, to| {
        value.packet().write(to);
        value.compress().write(to);
    };
    Refusal: |value, to| to.hashed(value);
    CloseReason: |value, to| to.hashed(value);
    UpgradeFault: |value, to| to.hashed(value);
}

impl<Id: Canonical> Canonical for Handshake<Id> {
    fn write(&self, to: &mut Fingerprint) {
        let Self { sid, upgrades, ping_interval, ping_timeout, max_payload } = self;
        sid.write(to);
        upgrades.write(to);
        ping_interval.write(to);
        ping_timeout.write(to);
        max_payload.write(to);
    }
}

impl<R> Canonical for Reply<R> {
    fn write(&self, to: &mut Fingerprint) {
        let ticket = self.ticket();
        ticket.write(to);
        to.hold(ticket);
    }
}
