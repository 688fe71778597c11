//! The bug that this library was written after, put back where it was, so that it is seen to be found.
//!
//! On a host whose responses are objects with a flag, the transition for an upgrade request closed the response in
//! three of its cases and did not return. Closing is at once the response's abort and its end; what follows then
//! writes to a response that is none any more. In the core neither can be written down: an answer consumes the only
//! handle that there is. So the transition stands here, in front of the core, for a [`World`](crate::World) that asks
//! for it.

use crate::Violation;
use crate::violation::Checked;

/// Who decides about a request to become a session's WebSocket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Upgrades {
    /// The core.
    #[default]
    Core,
    /// The transition as it was.
    Faulty,
    /// The transition as it was mended.
    Mended,
}

/// What is known of a session when somebody asks to become its WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Polling,
    Upgrading,
    Upgraded,
    Closing,
}

/// A response that anybody may call, at any time.
pub(crate) struct Response {
    exchange: u32,
    gone: bool,
}

impl Response {
    pub(crate) const fn new(exchange: u32) -> Self {
        Self { exchange, gone: false }
    }

    /// Runs the abort handler before it returns.
    const fn close(&mut self) {
        self.gone = true;
    }

    fn write_101(&self) -> Checked {
        if self.gone {
            let exchange = self.exchange;
            return Err(Violation::new(
                "I2",
                format!("exchange {exchange} was closed, and then 101 was written to it"),
            ));
        }
        Ok(())
    }
}

impl Upgrades {
    /// Says whether the request is let through to the session.
    pub(crate) fn admit(self, standing: Standing, response: &mut Response) -> Checked<bool> {
        if self == Self::Core {
            return Ok(true);
        }
        match standing {
            Standing::Closing | Standing::Upgrading | Standing::Upgraded => {
                response.close();
                if self == Self::Mended {
                    return Ok(false);
                }
            }
            Standing::Polling => {}
        }
        response.write_101()?;
        Ok(true)
    }
}
