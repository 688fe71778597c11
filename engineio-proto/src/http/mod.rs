//! What an HTTP request and the answer to one are.

mod cookie;
mod query;
mod refusal;
mod reply;
mod response;

pub use cookie::{Cookie, CookieBuilder, CookieError, SameSite};
pub(crate) use query::names_protocol_parameter;
pub use query::{Eio, Query};
pub use refusal::{BadRequest, Refusal};
pub(crate) use reply::Reply;
pub use reply::{Answer, Verdict};
pub use response::Response;
