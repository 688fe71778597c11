//! An echo server whose counters Prometheus can read: `cargo run -p engineio-tokio --example metrics`, then
//! `curl http://127.0.0.1:3000/metrics`.

use axum::{Router, routing::get};
use engineio_suite::echo::{self, Options};
use engineio_tokio::{Engine, Metrics, serve};
use std::{error::Error, fmt::Write};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_env();
    let engine = options.engine(Engine::builder())?;
    let watched = engine.clone();
    let app: Router =
        Router::new().route("/metrics", get(async move || exposition(&watched.metrics()))).layer(engine.layer());
    let listener = TcpListener::bind(options.addr).await?;
    options.announce(listener.local_addr()?);
    let server = options.server(serve(listener, app))?;
    tokio::spawn(server.into_future());
    echo::run(engine, options).await;
    Ok(())
}

/// The counters in Prometheus' text format.
fn exposition(metrics: &Metrics) -> String {
    let mut text = String::new();
    put(&mut text, "gauge", "engineio_sessions", "Sessions now", [("", metrics.sessions)]);
    put(&mut text, "counter", "engineio_requests_total", "Requests to the engine's path", [("", metrics.requests)]);
    let opened = [
        (r#"{transport="polling"}"#, metrics.opened_polling),
        (r#"{transport="websocket"}"#, metrics.opened_websocket),
    ];
    put(&mut text, "counter", "engineio_opened_total", "Sessions opened, by their first transport", opened);
    put(&mut text, "counter", "engineio_upgrades_total", "Sessions gone to WebSocket", [("", metrics.upgrades)]);
    let messages =
        [(r#"{direction="in"}"#, metrics.messages_received), (r#"{direction="out"}"#, metrics.messages_sent)];
    put(&mut text, "counter", "engineio_messages_total", "Messages", messages);
    let bytes = [(r#"{direction="in"}"#, metrics.bytes_received), (r#"{direction="out"}"#, metrics.bytes_sent)];
    put(&mut text, "counter", "engineio_message_bytes_total", "Bytes in messages", bytes);
    let refused = metrics.refused().map(|(code, count)| (format!(r#"{{code="{code}"}}"#), count));
    put(&mut text, "counter", "engineio_refused_total", "Requests refused, by error code", refused);
    let closed = metrics.closed().map(|(reason, count)| (format!(r#"{{reason="{reason}"}}"#), count));
    put(&mut text, "counter", "engineio_closed_total", "Sessions ended, by reason", closed);
    text
}

fn put<L: AsRef<str>>(
    text: &mut String,
    kind: &str,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (L, u64)>,
) {
    let _ = writeln!(text, "# HELP {name} {help}.\n# TYPE {name} {kind}");
    for (labels, value) in values {
        let _ = writeln!(text, "{name}{} {value}", labels.as_ref());
    }
}
