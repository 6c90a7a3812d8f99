//! The encrypted way to PostgreSQL, by rustls, and what `sslmode` in an address asks for: as
//! PostgreSQL's own library understands it, so that an address means the same everywhere.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// How sure to be of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// Not at all: nobody can listen, but somebody in between could pretend to be the server.
    Nothing,
    /// An authority that is trusted has made its certificate, for whatever name.
    Authority,
    /// And the certificate is for the name that was asked for.
    Name,
}

/// What an address says of encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// What is checked if there is encryption.
    pub(super) check: Check,
    /// A file with the authorities that are trusted, in place of Mozilla's list.
    pub(super) roots: Option<PathBuf>,
}

/// Takes out of an address what the driver does not know of: returns the rest of it for the driver,
/// and what is wanted. An error names no part of the address, which may hold a password.
pub(super) fn read(address: &str) -> Result<(String, Wanted), String> {
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    let mut mode = None;
    let mut roots = None;
    let mut rest = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = Some(value.to_owned()),
            Some(("sslrootcert", value)) => roots = Some(PathBuf::from(decoded(value))),
            _ => rest.push(pair.to_owned()),
        }
    }
    if roots.as_ref().is_some_and(|path| path.is_relative()) {
        return Err("`sslrootcert` should be a whole path, such as /etc/lanai/ca.pem".to_owned());
    }
    // The authorities are named to be asked.
    let some = if roots.is_some() { Check::Authority } else { Check::Nothing };
    let (mode, check) = match mode.as_deref() {
        None | Some("prefer") => ("prefer", Check::Nothing),
        Some("disable") => ("disable", Check::Nothing),
        Some("require") => ("require", some),
        Some("verify-ca") => ("require", Check::Authority),
        Some("verify-full") => ("require", Check::Name),
        Some(_) => {
            return Err(
                "`sslmode` should be disable, prefer, require, verify-ca or verify-full".to_owned()
            );
        }
    };
    rest.push(format!("sslmode={mode}"));
    Ok((format!("{place}?{}", rest.join("&")), Wanted { check, roots }))
}

/// A value of an address as it is meant.
fn decoded(value: &str) -> String {
    let form = format!("v={}", value.replace('+', "%2B"));
    url::form_urlencoded::parse(form.as_bytes())
        .next()
        .map(|(_, v)| v.into_owned())
        .unwrap_or_default()
}

impl Wanted {
    /// The client's side of the encryption.
    pub(super) fn client(&self) -> Result<ClientConfig, String> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let verifier: Arc<dyn ServerCertVerifier> = match self.check {
            Check::Name => self.authorities(&provider)?,
            Check::Authority => {
                Arc::new(Lenient { authorities: Some(self.authorities(&provider)?), provider })
            }
            Check::Nothing => Arc::new(Lenient { authorities: None, provider }),
        };
        let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
        Ok(builder.with_no_client_auth())
    }

    fn authorities(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<WebPkiServerVerifier>, String> {
        let mut roots = RootCertStore::empty();
        match &self.roots {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(path) => {
                let wrong = |error: &dyn std::fmt::Display| {
                    format!("`sslrootcert` {}: {error}", path.display())
                };
                let certificates = CertificateDer::pem_file_iter(path).map_err(|e| wrong(&e))?;
                for certificate in certificates {
                    roots.add(certificate.map_err(|e| wrong(&e))?).map_err(|e| wrong(&e))?;
                }
            }
        }
        let builder =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        builder.build().map_err(|error| error.to_string())
    }
}

/// Somebody who checks less than the name. Whoever answers has to have the certificate's key.
#[derive(Debug)]
struct Lenient {
    authorities: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authorities) = &self.authorities else {
            return Ok(ServerCertVerified::assertion());
        };
        match authorities.verify_server_cert(certificate, between, name, ocsp, now) {
            // The name is looked at last: everything else is right.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The name of a server as certificates have it.
pub(super) fn server_name(host: &str) -> io::Result<ServerName<'static>> {
    ServerName::try_from(host.to_owned())
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(query: &str) -> Result<(String, Check), String> {
        let (rest, wanted) = read(&format!("postgres://ana:pw@db.example/ana{query}"))?;
        Ok((rest.replace("postgres://ana:pw@db.example/ana", ""), wanted.check))
    }

    #[test]
    fn an_address_says_how_sure_to_be() {
        for (query, rest, check) in [
            ("", "?sslmode=prefer", Check::Nothing),
            ("?sslmode=disable", "?sslmode=disable", Check::Nothing),
            ("?sslmode=require", "?sslmode=require", Check::Nothing),
            ("?sslmode=require&sslrootcert=/ca", "?sslmode=require", Check::Authority),
            ("?sslmode=verify-ca", "?sslmode=require", Check::Authority),
            ("?a=b&sslmode=verify-full&c=%41", "?a=b&c=%41&sslmode=require", Check::Name),
        ] {
            assert_eq!(wanted(query), Ok((rest.to_owned(), check)), "{query}");
        }
        let (_, wanted) = read("postgres:///x?sslrootcert=%2Fa+b%20c").unwrap();
        assert_eq!(wanted.roots, Some("/a+b c".into()));
    }

    #[test]
    fn mistakes_are_named_without_the_address() {
        for query in ["?sslmode=allow", "?sslmode=", "?sslrootcert=ca.pem"] {
            let said = wanted(query).unwrap_err();
            assert!(said.contains("`ssl") && !said.contains("pw"), "{said}");
        }
    }
}
