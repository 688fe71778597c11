//! What makes settings impossible.

use engineio_proto::ConfigError;

/// Settings with which no engine can be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A setting that the core decides by makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// JSONP is enabled beside a rule about origins. Browsers send no `Origin` with JSONP's requests, so the rule could
    /// not hold.
    #[error("`jsonp` lets pages of any origin in, so it cannot be combined with `allowed_origins` or `same_origin`")]
    JsonpWithOrigins,
    /// Requests without an `Origin` are to be refused, but those with any `Origin` are allowed.
    #[error("`allow_missing_origin(false)` has no effect without `allowed_origins` or `same_origin`")]
    MissingOriginWithoutOrigins,
    /// An entry of [`allowed_hosts`](crate::EngineBuilder::allowed_hosts) is no host that a request could name.
    #[error(
        "`{0:.100}` is not a host as requests name it, such as `example.org`, `localhost:3000`, `127.0.0.1` or `[::1]`"
    )]
    InvalidHost(String),
    /// [`allowed_hosts`](crate::EngineBuilder::allowed_hosts) is empty, so every request would be refused.
    #[error("`allowed_hosts` needs at least one host")]
    NoHost,
}
