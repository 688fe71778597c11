//! Packets that left in the answer to a poll and of which the host has not said yet what became of them.

use crate::{SendId, Ticket};
use alloc::vec::Vec;

/// An answer with packets in it, between the decision and the transport (decided is not delivered).
///
/// There is at most one: until it is settled no further message leaves the session, so none can overtake it.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Flight {
    pub(super) ticket: Ticket,
    /// The messages in it whose senders want to know.
    pub(super) tracked: Vec<SendId>,
}

#[cfg(feature = "model")]
crate::model::canonical!(struct Flight { ticket, tracked });
