//! The certificates to trust, and the TLS sessions that they allow.

use std::sync::Arc;

use anyhow::ensure;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::CertificateResult;

/// The certificates that the system trusts, or those that the environment names instead.
pub(super) fn trusted() -> CertificateResult {
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

/// The certificates of the system's bundle, where there is one and all of it is read. The
/// system's folder holds the same ones again, a file each, and the reader of the library
/// takes the time that private keys need: together ten times as long.
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
pub(super) fn tls_config(
    certificates: Vec<CertificateDer<'static>>,
) -> anyhow::Result<Arc<ClientConfig>> {
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
