//! chatgpt.com on this machine.

use std::collections::{BTreeMap, BTreeSet};

use tempfile::TempDir;

use crate::loopback::{Loopback, LoopbackProxy, ProxyKind, Reply, Request};
use crate::sign_in::SignIn;

/// A chatgpt.com that knows these people, behind a proxy that leads to it.
pub(super) struct ChatGpt {
    server: Loopback,
    proxy: LoopbackProxy,
    folder: TempDir,
}

impl ChatGpt {
    pub(super) fn start(sign_ins: &[SignIn]) -> Self {
        let known: BTreeMap<String, SignIn> = sign_ins
            .iter()
            .map(|sign_in| (format!("Bearer {}", sign_in.access()), sign_in.clone()))
            .collect();
        let server = Loopback::start(move |request: &Request| {
            let bearer = request.header("authorization").unwrap_or_default();
            match known.get(bearer) {
                Some(sign_in) => Reply::json(200, sign_in.usage()),
                None => Reply::json(401, "{}"),
            }
        });
        let folder = tempfile::tempdir().unwrap();
        server.write_authority(&folder.path().join("roots.pem"));
        Self { proxy: LoopbackProxy::start(ProxyKind::Connect, server.address), server, folder }
    }

    /// The environment of a program that reaches it.
    pub(super) fn ways(&self) -> [(&'static str, String); 2] {
        let roots = self.folder.path().join("roots.pem");
        [
            ("SSL_CERT_FILE", roots.to_str().unwrap().to_owned()),
            ("HTTPS_PROXY", format!("http://{}", self.proxy.address)),
        ]
    }

    /// The token and the account of every request. None was sent twice.
    pub(super) fn asked(&self) -> BTreeSet<(String, String)> {
        let requests = self.server.requests();
        let header = |request: &Request, name| request.header(name).unwrap_or_default().to_owned();
        let asked: BTreeSet<_> = requests
            .iter()
            .map(|request| {
                assert_eq!(request.line(), "GET /backend-api/wham/usage HTTP/1.1");
                (header(request, "authorization"), header(request, "chatgpt-account-id"))
            })
            .collect();
        assert_eq!(asked.len(), requests.len());
        asked
    }
}
