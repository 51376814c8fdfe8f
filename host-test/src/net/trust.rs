//! The certificates to trust, and the TLS sessions that they allow.

use std::sync::{Arc, LazyLock};
use std::thread;

use anyhow::{Context, anyhow, ensure};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::CertificateResult;

/// The TLS configuration, or why there is none.
type Made = Result<Arc<ClientConfig>, String>;

/// The TLS configuration of a client, which may still be in the making.
#[derive(Debug)]
pub(super) struct Trust(LazyLock<Made, Box<dyn FnOnce() -> Made + Send>>);

impl Trust {
    /// Trusts what the system trusts. A thread of its own reads the certificates, while the
    /// component is loaded and the sign-ins are read.
    pub(super) fn of_system() -> Self {
        let made = || made_of_system().map_err(|error| format!("{error:#}"));
        let reading = thread::Builder::new().spawn(made);
        Self(LazyLock::new(Box::new(move || match reading {
            Ok(reading) => reading.join().unwrap_or_else(|_| {
                Err("no trusted certificates: their reader ended early".to_owned())
            }),
            // Where the system has no thread left, whoever asks first reads them.
            Err(_) => made(),
        })))
    }

    /// Trusts these certificates and no others.
    ///
    /// # Errors
    ///
    /// Returns an error if there is none among them.
    pub(super) fn of(certificates: Vec<CertificateDer<'static>>) -> anyhow::Result<Self> {
        let config = tls_config(certificates)?;
        Ok(Self(LazyLock::new(Box::new(|| Ok(config)))))
    }

    /// Returns the configuration, once it is made.
    ///
    /// # Errors
    ///
    /// Returns an error if no certificate could be read.
    pub(super) fn config(&self) -> anyhow::Result<Arc<ClientConfig>> {
        self.0.as_ref().map(Arc::clone).map_err(|why| anyhow!("{why}"))
    }
}

fn made_of_system() -> anyhow::Result<Arc<ClientConfig>> {
    let found = trusted();
    let why = found.errors.first().map(|error| format!(": {error}"));
    tls_config(found.certs).with_context(|| {
        let why = why.unwrap_or_default();
        format!("no trusted certificates{why}; SSL_CERT_FILE can name a PEM file of them")
    })
}

/// The certificates that the system trusts, or those that the environment names instead.
fn trusted() -> CertificateResult {
    #[cfg(all(unix, not(target_os = "macos")))]
    {
        let variables = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
        let is_set = |name: &&str| std::env::var_os(name).is_some();
        if !variables.iter().any(is_set)
            && let Some(certs) = bundle()
        {
            let mut found = CertificateResult::default();
            found.certs = certs;
            return found;
        }
    }
    rustls_native_certs::load_native_certs()
}

/// The certificates in the system's bundle, if there is one and all of it can be read. The
/// system's folder has the same ones again, one per file, and the library decodes them in
/// constant time, as if they were private keys. Together that takes ten times as long.
#[cfg(all(unix, not(target_os = "macos")))]
fn bundle() -> Option<Vec<CertificateDer<'static>>> {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;

    let pem = std::fs::read_to_string(openssl_probe::probe().cert_file?).ok()?;
    let decoded = |block: &str| {
        let (body, _) = block.split_once("-----END CERTIFICATE-----")?;
        let body: String = body.lines().collect();
        BASE64_STANDARD.decode(body).ok().map(CertificateDer::from)
    };
    let blocks = pem.split("-----BEGIN CERTIFICATE-----").skip(1);
    let certs: Vec<_> = blocks.map(decoded).collect::<Option<_>>()?;
    (!certs.is_empty()).then_some(certs)
}

/// Both protocol versions, both verified; HTTP/1.1 is all this client speaks.
fn tls_config(certificates: Vec<CertificateDer<'static>>) -> anyhow::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    // System stores hold certificates that no library parses. Those are not trusted.
    roots.add_parsable_certificates(certificates);
    ensure!(!roots.is_empty(), "the trust store is empty");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(all(test, unix, not(target_os = "macos")))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn the_bundle_is_read_as_the_library_reads_it() {
        let Some(path) = openssl_probe::probe().cert_file else {
            return;
        };
        let mut certs = bundle().unwrap();
        certs.sort_by(|a, b| a.as_ref().cmp(b.as_ref()));
        certs.dedup();
        let library = rustls_native_certs::load_certs_from_paths(Some(&path), None);
        assert_eq!(certs, library.certs);
    }
}
