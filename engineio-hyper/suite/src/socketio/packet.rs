//! Socket.IO's packets: an Engine.IO message of text, and one of bytes for each attachment.

use bytes::Bytes;
use engineio_hyper::Message;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use std::iter;

/// How many attachments a packet may have, as in the reference's parser.
pub const MAX_ATTACHMENTS: usize = 10;

/// A JSON value, as it came: what an echo does not look into, it does not change either.
pub type Json = Box<RawValue>;

/// One packet, of a namespace.
#[derive(Clone, Debug)]
pub struct Packet {
    /// The namespace, with its slash.
    pub namespace: String,
    /// What it says there.
    pub content: Content,
}

/// What a packet says.
#[derive(Clone, Debug)]
pub enum Content {
    /// A client wants to join, with its credentials; the server confirms, with an id.
    Connect(Option<Json>),
    /// One side leaves.
    Disconnect,
    /// Something of this name happened. With an id, an acknowledgement is asked for.
    Event(Option<u64>, String, Data),
    /// The acknowledgement of the event that had this id.
    Ack(u64, Data),
    /// The server lets a client not join, and says why.
    ConnectError(Json),
}

/// The arguments of an event or of an acknowledgement.
///
/// Where an argument holds bytes, the JSON has a placeholder with the number of the attachment.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// The arguments.
    pub arguments: Vec<Json>,
    /// What the placeholders stand for.
    pub attachments: Vec<Bytes>,
}

/// What a peer sent is no Socket.IO. The session cannot go on: nobody knows where the next packet begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The text is no packet.
    #[error("the text is no Socket.IO packet")]
    Packet,
    /// More attachments than [`MAX_ATTACHMENTS`].
    #[error("a packet has more than {MAX_ATTACHMENTS} attachments")]
    Attachments,
    /// Bytes that belong to no packet, or text where bytes had to follow.
    #[error("attachments do not follow their packet")]
    Order,
}

/// Makes packets out of messages.
#[derive(Debug, Default)]
pub struct Decoder {
    /// A packet whose attachments are still to come, and how many.
    partial: Option<(Packet, usize)>,
}

impl Decoder {
    /// Takes the next message; `None` if more must come before there is a packet.
    ///
    /// # Errors
    /// If the message makes no sense here.
    pub fn take(&mut self, message: Message) -> Result<Option<Packet>, Malformed> {
        let (packet, missing) = match (self.partial.take(), message) {
            (None, Message::Text(text)) => parse(text.as_str())?,
            (Some((mut packet, missing)), Message::Binary(bytes)) => {
                packet.content.data_mut().ok_or(Malformed::Order)?.attachments.push(bytes);
                (packet, missing - 1)
            }
            _ => return Err(Malformed::Order),
        };
        if missing == 0 {
            return Ok(Some(packet));
        }
        self.partial = Some((packet, missing));
        Ok(None)
    }
}

impl Content {
    const fn data_mut(&mut self) -> Option<&mut Data> {
        match self {
            Self::Event(.., data) | Self::Ack(_, data) => Some(data),
            Self::Connect(_) | Self::Disconnect | Self::ConnectError(_) => None,
        }
    }
}

/// `<type>[<attachments>-][<namespace>,][<id>][<JSON>]`, and how many attachments must follow.
fn parse(text: &str) -> Result<(Packet, usize), Malformed> {
    let (kind, rest) = text.split_at_checked(1).ok_or(Malformed::Packet)?;
    let (attachments, rest) = match kind {
        "5" | "6" => rest.split_once('-').ok_or(Malformed::Packet)?,
        _ => ("0", rest),
    };
    let attachments = attachments.parse().map_err(|_| Malformed::Packet)?;
    if attachments > MAX_ATTACHMENTS {
        return Err(Malformed::Attachments);
    }
    let (namespace, rest) = match rest.strip_prefix('/') {
        Some(_) => rest.split_once(',').unwrap_or((rest, "")),
        None => ("/", rest),
    };
    let (id, json) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
    let id = if id.is_empty() { None } else { Some(id.parse().map_err(|_| Malformed::Packet)?) };
    let content = match (kind, id) {
        ("0", None) if json.is_empty() => Content::Connect(None),
        ("0", None) if json.starts_with('{') => Content::Connect(Some(value(json)?)),
        ("1", None) if json.is_empty() => Content::Disconnect,
        ("2" | "5", id) => {
            let mut data = arguments(json)?;
            if data.arguments.is_empty() {
                return Err(Malformed::Packet);
            }
            Content::Event(id, name(&data.arguments.remove(0))?, data)
        }
        ("3" | "6", Some(id)) => Content::Ack(id, arguments(json)?),
        ("4", None) => Content::ConnectError(value(json)?),
        _ => return Err(Malformed::Packet),
    };
    Ok((Packet { namespace: namespace.to_owned(), content }, attachments))
}

fn value(json: &str) -> Result<Json, Malformed> {
    serde_json::from_str(json).map_err(|_| Malformed::Packet)
}

fn arguments(json: &str) -> Result<Data, Malformed> {
    let arguments = serde_json::from_str(json).map_err(|_| Malformed::Packet)?;
    Ok(Data { arguments, attachments: Vec::new() })
}

fn name(json: &RawValue) -> Result<String, Malformed> {
    serde_json::from_str(json.get()).map_err(|_| Malformed::Packet)
}

/// A value as JSON.
pub(super) fn json(value: &impl Serialize) -> Json {
    to_raw_value(value).expect("texts and lists of them are JSON")
}

impl Packet {
    /// The messages to send for it, next to each other.
    #[must_use]
    pub fn encode(self) -> Vec<Message> {
        let (kind, id, value, attachments) = match self.content {
            Content::Connect(value) => (0, None, value, Vec::new()),
            Content::Disconnect => (1, None, None, Vec::new()),
            Content::Event(id, name, Data { mut arguments, attachments }) => {
                arguments.insert(0, json(&name));
                (2, id, Some(json(&arguments)), attachments)
            }
            Content::Ack(id, Data { arguments, attachments }) => (3, Some(id), Some(json(&arguments)), attachments),
            Content::ConnectError(value) => (4, None, Some(value), Vec::new()),
        };
        // Events and acknowledgements with attachments have types of their own.
        let mut text = match attachments.len() {
            0 => kind.to_string(),
            count => format!("{}{count}-", kind + 3),
        };
        if self.namespace != "/" {
            text = text + &self.namespace + ",";
        }
        text += &id.map(|id: u64| id.to_string()).unwrap_or_default();
        text += value.as_deref().map_or("", RawValue::get);
        iter::once(Message::from(text)).chain(attachments.into_iter().map(Message::from)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out again when all of it has gone in.
    fn through(messages: &[Message]) -> Result<Vec<Message>, Malformed> {
        let mut decoder = Decoder::default();
        let mut packets = messages.iter().cloned().filter_map(|message| decoder.take(message).transpose());
        let packet = packets.next().expect("a packet, or an error")?;
        assert!(packets.next().is_none(), "one packet");
        Ok(packet.encode())
    }

    #[test]
    fn packets_are_read_and_written() {
        for text in [
            "0",
            r#"0{"sid":"1"}"#,
            "0/admin,",
            r#"0/admin,{"token":"1,2"}"#,
            "1",
            "1/admin,",
            r#"2["foo"]"#,
            r#"2["foo",1.10,{"b":[],"a":1e400}]"#,
            r#"212["foo","/bar,"]"#,
            r#"2/admin,456["project:delete",123]"#,
            "3456[]",
            r#"3/admin,456["yes"]"#,
            r#"4/admin,{"message":"no"}"#,
        ] {
            assert_eq!(through(&[text.into()]), Ok(vec![text.into()]));
        }
        let event = [
            r#"52-/admin,7["baz",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#.into(),
            Message::from(vec![1, 2, 3]),
            Message::from(vec![]),
        ];
        assert_eq!(through(&event), Ok(event.to_vec()));
        let ack = [r#"61-0[{"_placeholder":true,"num":0}]"#.into(), Message::from(vec![255])];
        assert_eq!(through(&ack), Ok(ack.to_vec()));
    }

    #[test]
    fn nonsense_is_told() {
        for text in [
            "",
            "7",
            "x",
            "é",
            "0[]",
            "00",
            "1{}",
            "2",
            "2[]",
            "2[1]",
            "2{}",
            "2[\"a\"",
            "2[\"a\"]x",
            "3[]",
            "31",
            "4",
            "5[\"a\"]",
            "5x-[\"a\"]",
            "51",
            "99999999999999999999[]",
            "299999999999999999999[\"a\"]",
        ] {
            assert_eq!(through(&[text.into()]), Err(Malformed::Packet), "{text}");
        }
        assert_eq!(through(&[r#"511-["a"]"#.into()]), Err(Malformed::Attachments));
        assert_eq!(through(&[Message::from(vec![1])]), Err(Malformed::Order));
        assert_eq!(through(&[r#"51-["a"]"#.into(), r#"2["b"]"#.into()]), Err(Malformed::Order));
    }
}
