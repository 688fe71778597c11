//! `eio connect`: lines out, messages in.

use super::{
    options::Connect,
    trace::{self, hex},
};
use engineio_hyper::{ClientBuilder, CloseReason, Connector, Message, Runtime, SendError, Socket};
use std::{error::Error, io, thread, time::Duration};

pub(super) async fn run<Rt: Runtime, C: Connector>(
    options: &Connect,
    mut client: ClientBuilder<Rt, C>,
) -> Result<(), Box<dyn Error>> {
    if options.verbose {
        client = client.inspect(trace::show());
    }
    let socket = client.connect().await?;
    eprintln!("connected over {}", socket.transport());
    let (binary, wait) = (options.binary, options.wait);
    // Reading lines blocks, and on some runtimes there is no other way to read them.
    thread::spawn({
        let socket = socket.clone();
        move || send_lines(&socket, binary, wait)
    });
    while let Some(message) = socket.recv().await {
        match message {
            Message::Text(text) => println!("< {text}"),
            Message::Binary(bytes) => println!("< {}", hex(&bytes)),
        }
    }
    match socket.closed().await {
        CloseReason::ForcedClose | CloseReason::TransportClose => {
            eprintln!("closed");
            Ok(())
        }
        CloseReason::TransportError(fault) => Err(fault.into()),
        CloseReason::ParseError(error) => Err(error.into()),
        other => Err(other.to_string().into()),
    }
}

/// Sends what is typed, until there is no more.
fn send_lines(socket: &Socket, binary: bool, wait: Duration) {
    for line in io::stdin().lines().map_while(Result::ok) {
        let message = if binary { Message::from(line.into_bytes()) } else { Message::from(line) };
        match pollster::block_on(socket.send(message)) {
            Ok(()) => {}
            Err(SendError::Closed(_)) => return,
            Err(error) => eprintln!("{error}"),
        }
    }
    thread::sleep(wait);
    socket.close();
}
