//! A Socket.IO server that sends events back, to show what it takes to have one on top of a
//! [`Socket`]: protocol 5, with namespaces, acknowledgements and attachments.
//!
//! It knows the namespaces `/` and `/custom`. Who joins is told its own credentials by the event `auth`. Then:
//!
//! | event | what comes back |
//! |---|---|
//! | `message` | the event `message-back`, with the same arguments |
//! | `message-with-ack` | an acknowledgement, with the same arguments |
//! | `ask` | the event `question` that asks for an acknowledgement; once there is one, the event `answer` with what it says |
//!
//! Others are ignored. A library would have rooms, a time limit for joining, and an application.

mod packet;

pub use packet::{Content, Data, Decoder, Json, MAX_ATTACHMENTS, Malformed, Packet};

use core::sync::atomic::{AtomicU64, Ordering};
use engineio_hyper::{Engine, Runtime, SendError, Socket};
use std::collections::{HashMap, HashSet};

const NAMESPACES: [&str; 2] = ["/", "/custom"];

/// Accepts sessions and answers them, as long as there may be some.
pub async fn run<Rt: Runtime>(engine: Engine<Rt>) {
    while let Some(socket) = engine.accept().await {
        engine.runtime().spawn(serve(socket));
    }
}

async fn serve(socket: Socket) {
    let (mut decoder, mut peer) = (Decoder::default(), Peer::default());
    while let Some(message) = socket.recv().await {
        // To return is to drop the last handle, which closes the session.
        let answers = match decoder.take(message) {
            Ok(None) => continue,
            Ok(Some(packet)) => peer.answers(packet),
            Err(malformed) => return eprintln!("{:?}: {malformed}", socket.id()),
        };
        let Some(answers) = answers else { return };
        for packet in answers {
            match socket.send_many(packet.encode()).await {
                Ok(()) => {}
                Err(SendError::Closed(_)) => return,
                Err(error) => eprintln!("{:?}: {error}", socket.id()),
            }
        }
    }
}

/// What is known of a session: a state machine without any I/O, as the layer below.
#[derive(Debug, Default)]
struct Peer {
    joined: HashSet<String>,
    /// The question that is not answered yet: where it was asked, and its id. There is no more than one.
    asked: Option<(String, u64)>,
    questions: u64,
}

impl Peer {
    /// What to say to a packet; `None` is the end of the session.
    fn answers(&mut self, Packet { namespace, content }: Packet) -> Option<Vec<Packet>> {
        let joined = self.joined.contains(&namespace);
        let answers = match content {
            Content::Connect(_) if joined => return None,
            Content::Connect(_) if !NAMESPACES.contains(&&*namespace) => {
                vec![Content::ConnectError(packet::json(&HashMap::from([("message", "Invalid namespace")])))]
            }
            Content::Connect(auth) => {
                self.joined.insert(namespace.clone());
                let auth = auth.unwrap_or_else(|| packet::json(&HashMap::<(), ()>::new()));
                let auth = Data { arguments: vec![auth], ..Data::default() };
                vec![Content::Connect(Some(packet::json(&HashMap::from([("sid", public_id())])))), event("auth", auth)]
            }
            // Only who joined may speak, and only a server refuses.
            _ if !joined => return None,
            Content::ConnectError(_) => return None,
            Content::Disconnect => {
                self.joined.remove(&namespace);
                self.asked.take_if(|(asked, _)| *asked == namespace);
                Vec::new()
            }
            Content::Event(id, name, data) => self.event(&namespace, id, &name, data),
            Content::Ack(id, data) => {
                let asked = self.asked.take_if(|asked| *asked == (namespace.clone(), id));
                asked.map(|_| event("answer", data)).into_iter().collect()
            }
        };
        Some(answers.into_iter().map(|content| Packet { namespace: namespace.clone(), content }).collect())
    }

    fn event(&mut self, namespace: &str, id: Option<u64>, name: &str, data: Data) -> Vec<Content> {
        match (name, id) {
            ("message", None) => vec![event("message-back", data)],
            ("message-with-ack", Some(id)) => vec![Content::Ack(id, data)],
            ("ask", None) if self.asked.is_none() => {
                let id = self.questions;
                self.questions += 1;
                self.asked = Some((namespace.to_owned(), id));
                vec![Content::Event(Some(id), "question".to_owned(), data)]
            }
            _ => Vec::new(),
        }
    }
}

fn event(name: &str, data: Data) -> Content {
    Content::Event(None, name.to_owned(), data)
}

/// An id that others may know, which that of the Engine.IO session is not.
fn public_id() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    format!("echo-{}", LAST.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engineio_hyper::Message;

    /// What a peer is told that says all of this, as text; the last line is `closed` if that was the end.
    fn dialogue(said: &[&str]) -> Vec<String> {
        let (mut decoder, mut peer) = (Decoder::default(), Peer::default());
        let mut told = Vec::new();
        for text in said {
            let packet = decoder.take(Message::from(*text)).expect("Socket.IO").expect("no attachments");
            let Some(answers) = peer.answers(packet) else {
                told.push("closed".to_owned());
                break;
            };
            for message in answers.into_iter().flat_map(Packet::encode) {
                told.push(String::from_utf8(message.as_bytes().to_vec()).expect("no attachments"));
            }
        }
        told.retain(|text| !text.contains("sid"));
        told
    }

    #[test]
    fn who_joins_is_answered() {
        assert_eq!(
            dialogue(&["0", r#"2["message",1.0]"#, r#"0/custom,{"a":1}"#, r#"2/custom,7["message-with-ack",[]]"#]),
            [r#"2["auth",{}]"#, r#"2["message-back",1.0]"#, r#"2/custom,["auth",{"a":1}]"#, "3/custom,7[[]]",]
        );
        assert_eq!(dialogue(&["0/x,"]), [r#"4/x,{"message":"Invalid namespace"}"#]);
        assert_eq!(dialogue(&["0", r#"2["unknown"]"#, r#"2["message-with-ack"]"#]), [r#"2["auth",{}]"#]);
    }

    #[test]
    fn a_question_is_answered_once_and_where_it_was_asked() {
        let said = ["0", "0/custom,", r#"2["ask","?"]"#, r#"3/custom,0["!"]"#, r#"30["!"]"#, r#"30["!"]"#];
        assert_eq!(dialogue(&said)[2..], [r#"20["question","?"]"#, r#"2["answer","!"]"#]);
        let said = ["0", r#"2["ask"]"#, r#"2["ask"]"#, r#"30[]"#, r#"2["ask"]"#];
        assert_eq!(dialogue(&said)[1..], [r#"20["question"]"#, r#"2["answer"]"#, r#"21["question"]"#]);
    }

    #[test]
    fn who_has_not_joined_or_has_left_is_not_listened_to() {
        for said in [
            &[r#"2["message"]"#][..],
            &["0", "0"],
            &["0", "0/custom,", "1/custom,", r#"2/custom,["message"]"#],
            &["0", r#"4{"message":"no"}"#],
        ] {
            assert_eq!(dialogue(said).last().map(String::as_str), Some("closed"), "{said:?}");
        }
        assert_eq!(dialogue(&["0", "1", "0"]), [r#"2["auth",{}]"#, r#"2["auth",{}]"#]);
    }
}
