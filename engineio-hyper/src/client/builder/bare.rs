//! A client of WebSockets with no Engine.IO in them, for what tests WebSocket itself.

use super::{ClientBuilder, Settings};
use crate::{
    Runtime, bare,
    client::{
        connector::Connector,
        error::ConnectError,
        opening::with_defaults,
        plan::{Connecting, Plan},
        upgrade::dial,
    },
    timed::Timed,
};
use engineio_proto::CloseReason;
use std::sync::Arc;

impl<Rt: Runtime, C: Connector> ClientBuilder<Rt, C> {
    /// Opens a WebSocket, with no Engine.IO in it, and sends back what arrives until it ends.
    ///
    /// # Errors
    /// If a setting makes no sense, or the WebSocket cannot be opened.
    #[doc(hidden)]
    pub async fn echo_bare(self) -> Result<(), ConnectError> {
        let Self { runtime, connector, settings } = self;
        let Settings { url, config, headers, headers_hook, inspector, deflate, .. } = settings;
        let (url, headers, config) = (url?, headers?, config.build()?);
        let target = format!("{}?{}", config.path(), config.query());
        let plan = Plan {
            connector,
            jar: None,
            remembers: false,
            endpoint: url.endpoint,
            headers: with_defaults(headers, url.authority),
            headers_hook,
            deflate,
            max_response: config.max_response(),
            close_timeout: config.close_timeout(),
            inspector,
            connecting: Connecting::default(),
        };
        let failed = |source| ConnectError::failed(CloseReason::ForcedClose, source);
        let dialed = dial(Arc::new(plan), target).await.map_err(|failure| failed(failure.source))?;
        let wire = dialed.wire(config.max_response());
        bare::echo(&Timed::new(Box::new(runtime)), dialed.io, wire).await;
        Ok(())
    }
}
