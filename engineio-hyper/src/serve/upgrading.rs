//! A connection, or a stream of one, that is to become something else.

use hyper::upgrade::{OnUpgrade, Upgraded};

/// A connection, or over HTTP/2 a stream, that is to become something else than a response.
#[derive(Debug)]
pub(crate) struct Upgrading {
    on_upgrade: OnUpgrade,
    held: Held,
}

/// Whoever uses what a connection has become keeps this meanwhile: [`serve`](crate::serve) then knows that a stream is no
/// longer used.
#[derive(Debug, Default)]
pub(crate) struct Held {
    #[cfg(feature = "http2")]
    _stream: Option<super::streams::Held>,
}

impl Upgrading {
    /// Takes it out of a request, as what keeps the request must not keep the connection. `None` if its server cannot do
    /// that.
    pub(crate) fn take(extensions: &mut http::Extensions) -> Option<Self> {
        #[cfg(feature = "http2")]
        let held = {
            let lease = extensions.remove::<super::streams::Lease>();
            Held { _stream: lease.and_then(|lease| lease.hold()) }
        };
        #[cfg(not(feature = "http2"))]
        let held = Held::default();
        Some(Self { on_upgrade: extensions.remove()?, held })
    }

    /// Waits until it has become that.
    ///
    /// # Errors
    /// If the connection has ended.
    pub(crate) async fn finish(self) -> hyper::Result<(Upgraded, Held)> {
        let Self { on_upgrade, held } = self;
        Ok((on_upgrade.await?, held))
    }
}
