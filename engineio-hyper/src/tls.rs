//! TLS by rustls, with ring's cryptography: settings for both roles. The streams are the adapters'.

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, ServerConfig, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName, UnixTime,
        pem::{self, PemObject},
    },
};
use std::{
    io,
    sync::{Arc, OnceLock},
};

/// The certificate and the key of a server. Clones are cheap.
///
/// ```no_run
/// use engineio_hyper::ServerTls;
///
/// # fn f() -> Result<(), Box<dyn std::error::Error>> {
/// let tls = ServerTls::from_pem(&std::fs::read("cert.pem")?, &std::fs::read("key.pem")?)?;
/// # drop(tls);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ServerTls(Arc<ServerConfig>);

/// Whom a client trusts. Clones are cheap, and share what speeds up the next connection to a server.
///
/// By [default](Self::public) these are the authorities that Mozilla's browsers trust, as the crate `webpki-roots` lists
/// them. Whoever it is, a server's certificate is verified, its name included.
#[derive(Clone, Debug)]
pub struct ClientTls(Arc<ClientConfig>);

/// Why settings for TLS cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsConfigError {
    /// It is no PEM, or has no key.
    #[error("the PEM cannot be read")]
    Pem(#[from] pem::Error),
    /// There is no certificate.
    #[error("there is no certificate")]
    NoCertificate,
    /// rustls does not take it: a key that is not the certificate's, say.
    #[error(transparent)]
    Rustls(#[from] Error),
}

impl ServerTls {
    /// From a chain of certificates, the server's own first, and its key. Offers HTTP/1.1 and, with the feature `http2`,
    /// HTTP/2.
    ///
    /// # Errors
    /// If one of them cannot be read, or they do not belong together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, TlsConfigError> {
        let (chain, key) = (certificates_in(certificates)?, PrivateKeyDer::from_pem_slice(key)?);
        let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
        if cfg!(feature = "http2") {
            config.alpn_protocols.push(b"h2".to_vec());
        }
        config.alpn_protocols.push(b"http/1.1".to_vec());
        Ok(Self(Arc::new(config)))
    }

    /// What rustls is to be given.
    #[must_use]
    pub const fn config(&self) -> &Arc<ServerConfig> {
        &self.0
    }
}

/// With settings of your own: client certificates, several names, another provider of cryptography. ALPN, if it is
/// used, has to offer `http/1.1`.
impl From<ServerConfig> for ServerTls {
    fn from(config: ServerConfig) -> Self {
        Self(Arc::new(config))
    }
}

impl ClientTls {
    /// Trusts these authorities, or certificates that are their own authority, and no others. A server's own
    /// certificate must not say that it is an authority's (`CA:TRUE`), which `openssl req -x509` does unless told
    /// otherwise.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn trusting_pem(certificates: &[u8]) -> Result<Self, TlsConfigError> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates_in(certificates)? {
            roots.add(certificate)?;
        }
        Ok(Self::trusting(roots)?)
    }

    /// Trusts the [public](Self::public) authorities, and these as well: an internal authority, for instance.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn public_and_pem(certificates: &[u8]) -> Result<Self, TlsConfigError> {
        let mut roots = public_roots();
        for certificate in certificates_in(certificates)? {
            roots.add(certificate)?;
        }
        Ok(Self::trusting(roots)?)
    }

    /// Trusts the authorities that the operating system trusts, or that the environment variables `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` name. It reads files, so make one and clone it. Certificates that cannot be read are left out.
    ///
    /// # Errors
    /// If there is none.
    #[cfg(feature = "native-certs")]
    pub fn platform() -> Result<Self, TlsConfigError> {
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if added == 0 {
            return Err(TlsConfigError::NoCertificate);
        }
        Ok(Self::trusting(roots)?)
    }

    /// **Trusts whoever answers**: there is nobody in between who could not read and change everything. For tests.
    ///
    /// # Errors
    /// Never with this version of rustls.
    pub fn dangerous_without_verification() -> Result<Self, TlsConfigError> {
        let provider = provider();
        let verifier = Arc::new(Anybody(provider.signature_verification_algorithms));
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        Ok(Self::http1(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()))
    }

    fn trusting(roots: RootCertStore) -> Result<Self, Error> {
        let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        Ok(Self::http1(builder.with_root_certificates(roots).with_no_client_auth()))
    }

    fn http1(mut config: ClientConfig) -> Self {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self(Arc::new(config))
    }

    /// Trusts the authorities that browsers trust: what a client does by default.
    ///
    /// # Errors
    /// Never with this version of rustls.
    pub fn public() -> Result<Self, TlsConfigError> {
        static PUBLIC: OnceLock<ClientTls> = OnceLock::new();
        if let Some(public) = PUBLIC.get() {
            return Ok(public.clone());
        }
        let public = Self::trusting(public_roots())?;
        Ok(PUBLIC.get_or_init(|| public).clone())
    }

    /// What rustls is to be given.
    #[must_use]
    pub const fn config(&self) -> &Arc<ClientConfig> {
        &self.0
    }
}

/// With settings of your own: a client's certificate, another verifier, another provider of cryptography. ALPN, if it
/// is used, must not offer but `http/1.1`.
impl From<ClientConfig> for ClientTls {
    fn from(config: ClientConfig) -> Self {
        Self(Arc::new(config))
    }
}

/// Why a certificate was not accepted, if that is why a connection failed.
pub(crate) fn refused(error: &io::Error) -> Option<CertificateError> {
    match error.get_ref()?.downcast_ref()? {
        Error::InvalidCertificate(error) => Some(error.clone()),
        _ => None,
    }
}

fn public_roots() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn certificates_in(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsConfigError> {
    let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() { Err(TlsConfigError::NoCertificate) } else { Ok(certificates) }
}

/// Takes everybody for everybody. Signatures are verified, as they show that the handshake was not broken.
#[derive(Debug)]
struct Anybody(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_something_else_are_told() {
        let broken = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        for (pem, is_pem) in [(&b""[..], true), (b"nonsense", true), (broken, false)] {
            for error in [ServerTls::from_pem(pem, b"").unwrap_err(), ClientTls::trusting_pem(pem).unwrap_err()] {
                assert_eq!(matches!(error, TlsConfigError::NoCertificate), is_pem, "{error}");
                assert_eq!(matches!(error, TlsConfigError::Pem(_)), !is_pem, "{error}");
            }
        }
    }
}
