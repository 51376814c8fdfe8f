//! HTTPS to the two addresses this program may ask.
//!
//! Every request has a connection, a deadline and a record of its own: two
//! sign-ins never share a connection, nothing waits past its deadline at any
//! layer, and a fault can say for certain whether the request left. What is
//! shared is the TLS configuration with its trusted roots.
//!
//! The layers of a connection, outermost first: HTTP/1.1 (ureq) → `Tls` →
//! `Clock` → the CONNECT or SOCKS proxy, if there is one → TCP. A proxy sees
//! the name `chatgpt.com`, which it also resolves, and ciphertext.

use std::fmt;
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustls::pki_types::CertificateDer;
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use ureq::unversioned::transport::{
    ConnectProxyConnector, Connector, SocksConnector, TcpConnector,
};
use ureq::{Agent, Body, Proxy};

use self::connection::{Clock, Names, Tls};
use self::proxy::{from_environment, parse_proxy};
use self::trust::Trust;
use crate::secret::Secret;

mod connection;
mod proxy;
mod trust;

/// The address of the usage.
pub const USAGE_URL: &str = "https://chatgpt.com/backend-api/wham/usage";

/// The address of the list of banked resets. Nothing here redeems one.
pub const RESET_CREDITS_URL: &str = "https://chatgpt.com/backend-api/wham/rate-limit-reset-credits";

/// An address that is asked. There are no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// [`USAGE_URL`]
    Usage,
    /// [`RESET_CREDITS_URL`]
    ResetCredits,
}

impl Endpoint {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Usage, Self::ResetCredits];

    /// Its name in the policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::ResetCredits => "reset-credits",
        }
    }

    /// Its address.
    pub fn url(self) -> &'static str {
        match self {
            Self::Usage => USAGE_URL,
            Self::ResetCredits => RESET_CREDITS_URL,
        }
    }

    /// Whether `url` is its address, byte for byte; port 443 may be spelled out. There
    /// is no parser here whose idea of a URL could differ from another's.
    pub fn allows(self, url: &str) -> bool {
        let path = match self {
            Self::Usage => "backend-api/wham/usage",
            Self::ResetCredits => "backend-api/wham/rate-limit-reset-credits",
        };
        let rest = url.strip_prefix("https://");
        let split = rest.and_then(|rest| rest.split_once('/'));
        split.is_some_and(|(host, of)| {
            matches!(host, "chatgpt.com" | "chatgpt.com:443") && of == path
        })
    }
}

/// The largest body that is read, in bytes.
pub const BODY_CAP: usize = 256 * 1024;

/// No request waits longer, whatever it is allowed.
const LONGEST: Duration = Duration::from_secs(600);

const USER_AGENT: &str = concat!("codex-profiler/", env!("CARGO_PKG_VERSION"));

/// The largest response header, and the buffer that must have room for more
/// than it: a header that fills the buffer looks like a broken connection.
const HEADER_CAP: usize = 32 * 1024;
const INPUT_BUFFER: usize = 2 * HEADER_CAP;

/// A header line is written in one piece, so the longest token must fit.
const OUTPUT_BUFFER: usize = 32 * 1024;
const TOKEN_CAP: usize = 16 * 1024;

/// The longest value of a response header that is kept, in bytes.
const VALUE_CAP: usize = 128;

/// An answer of the endpoint, whatever its status. Its `Debug` leaves out what was
/// written by others, which may be anything.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status. A redirect is an answer: it is never followed.
    pub status: u16,
    /// The `retry-after` header as sent, where it has at most 128 bytes.
    pub retry_after: Option<String>,
    /// The `content-type` header as sent, where it has at most 128 bytes.
    pub content_type: Option<String>,
    /// Whether `cf-mitigated: challenge` was sent.
    pub challenged: bool,
    /// The whole body, at most [`BODY_CAP`] bytes.
    pub body: Vec<u8>,
    /// When the last byte had arrived, in seconds since the Unix epoch.
    pub received_at: i64,
    /// From the call to the last byte, in milliseconds.
    pub elapsed_ms: u32,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .field("elapsed_ms", &self.elapsed_ms)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The address or the credential is not one that may be sent.
    Denied,
    /// The time allowed ran out.
    TimedOut,
    /// The body is, or declares itself, larger than [`BODY_CAP`].
    TooLarge,
    /// No connection, no TLS session, or what came was not a whole answer.
    Unreachable,
}

/// A request that brought no answer. It holds no text that a peer could choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Why.
    pub failure: Failure,
    /// Whether the request may have reached the endpoint. False for everything
    /// up to and including the TLS handshake.
    pub sent: bool,
    /// From the call to the fault, in milliseconds.
    pub elapsed_ms: u32,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.failure {
            Failure::Denied => "the request is not one that may be sent",
            Failure::TimedOut => "no whole answer in the time allowed",
            Failure::TooLarge => "the answer is larger than 256 KiB",
            Failure::Unreachable => "no connection to chatgpt.com, or it broke",
        })?;
        write!(f, " (after {} ms)", self.elapsed_ms)
    }
}

impl std::error::Error for Fault {}

/// Asks the endpoint. One client serves any number of threads at once.
#[derive(Debug)]
pub struct Client {
    trust: Arc<Trust>,
    proxy: Option<Proxy>,
    names: Names,
}

impl Client {
    /// A client that trusts what the system trusts, or what `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` name instead, and goes through the proxy of `HTTPS_PROXY`
    /// or `ALL_PROXY` unless `NO_PROXY` names chatgpt.com. Of two spellings the
    /// lower-case one wins. The certificates are still being read when this returns.
    ///
    /// # Errors
    /// A proxy variable that is not a proxy's URL.
    pub fn system() -> anyhow::Result<Self> {
        let get = |name: &str| Some(std::env::var_os(name)?.to_string_lossy().into_owned());
        let proxy = from_environment(get)?;
        Ok(Self { trust: Arc::new(Trust::of_system()), proxy, names: Names::System })
    }

    /// Waits until the certificates are read.
    ///
    /// # Errors
    /// An empty trust store. Every request is [`Failure::Unreachable`] then.
    pub fn ready(&self) -> anyhow::Result<()> {
        self.trust.config().map(drop)
    }

    /// A client for tests, which reaches nothing but this machine: it trusts
    /// `roots` alone and takes every name to be at `address`. Behind a `proxy`
    /// (a URL with a loopback IP address) no name can be resolved at all.
    ///
    /// # Panics
    /// Where `address` or `proxy` is not on the loopback interface, or `roots`
    /// holds no certificate.
    pub fn for_loopback(
        roots: Vec<CertificateDer<'static>>,
        address: SocketAddr,
        proxy: Option<&str>,
    ) -> Self {
        assert!(address.ip().is_loopback(), "not a loopback address");
        let proxy = proxy.map(|url| parse_proxy(url).expect("a proxy URL"));
        let names = match &proxy {
            None => Names::Loopback(address),
            Some(proxy) => {
                let ip: IpAddr = proxy.host().parse().expect("a proxy by IP address");
                assert!(ip.is_loopback(), "not a loopback proxy");
                Names::Unresolvable
            }
        };
        let trust = Trust::of(roots).expect("certificates to trust");
        Self { trust: Arc::new(trust), proxy, names }
    }

    /// Asks an endpoint about the sign-in that `token` belongs to. An
    /// `account_id` that is not plain visible ASCII is left out. The `timeout`
    /// covers everything: name, proxy, handshake, request, and the last byte.
    ///
    /// # Errors
    /// A [`Fault`] where no whole answer came. A status is never an error.
    pub fn get(
        &self,
        endpoint: Endpoint,
        token: &Secret,
        account_id: Option<&str>,
        timeout: Duration,
    ) -> Result<Answer, Fault> {
        self.get_at(endpoint, endpoint.url(), token, account_id, timeout)
    }

    fn get_at(
        &self,
        endpoint: Endpoint,
        url: &str,
        token: &Secret,
        account_id: Option<&str>,
        timeout: Duration,
    ) -> Result<Answer, Fault> {
        let flight = Flight::new(timeout);
        let answer = if endpoint.allows(url) {
            self.exchange(url, token, account_id, &flight)
        } else {
            Err(Failure::Denied)
        };
        answer.map_err(|failure| Fault {
            failure,
            sent: flight.sent.load(Ordering::Relaxed),
            elapsed_ms: flight.elapsed_ms(),
        })
    }

    fn exchange(
        &self,
        url: &str,
        token: &Secret,
        account_id: Option<&str>,
        flight: &Flight,
    ) -> Result<Answer, Failure> {
        let agent = self.agent(flight);
        let mut request = agent.get(url).header(AUTHORIZATION, bearer(token)?);
        if let Some(id) = account_id.filter(|id| is_plain(id, VALUE_CAP)) {
            request = request.header("chatgpt-account-id", id);
        }
        let mut response = request.call().map_err(failure)?;
        // Of a refusal the status says enough, however much is written below it.
        let body = match read_body(response.body_mut()) {
            Err(Failure::TooLarge) if response.status() != 200 => Vec::new(),
            body => body?,
        };
        let headers = response.headers();
        Ok(Answer {
            status: response.status().as_u16(),
            retry_after: headers.get(RETRY_AFTER).and_then(visible),
            content_type: headers.get(CONTENT_TYPE).and_then(visible),
            challenged: is_challenge(headers),
            body,
            received_at: epoch_seconds(SystemTime::now()),
            elapsed_ms: flight.elapsed_ms(),
        })
    }

    /// An agent for one request: its connector carries what belongs to that
    /// request alone, and its connection ends with it.
    fn agent(&self, flight: &Flight) -> Agent {
        let config = Config::builder()
            .https_only(true)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(self.proxy.clone())
            .user_agent(USER_AGENT)
            .accept("application/json")
            .accept_encoding(AutoHeaderValue::None)
            .max_response_header_size(HEADER_CAP)
            .input_buffer_size(INPUT_BUFFER)
            .output_buffer_size(OUTPUT_BUFFER)
            .max_idle_connections(0)
            .timeout_global(Some(flight.left()))
            .build();
        let connector =
            ().chain(SocksConnector::default())
                .chain(ConnectProxyConnector::default())
                .chain(TcpConnector::default())
                .chain(Clock(flight.deadline))
                .chain(Tls { trust: self.trust.clone(), sent: flight.sent.clone() });
        Agent::with_parts(config, connector, self.names)
    }
}

/// State that one request shares with the layers of its connection.
struct Flight {
    started: Instant,
    deadline: Instant,
    sent: Arc<AtomicBool>,
}

impl Flight {
    fn new(timeout: Duration) -> Self {
        let started = Instant::now();
        Self { started, deadline: started + timeout.min(LONGEST), sent: Arc::default() }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    fn elapsed_ms(&self) -> u32 {
        u32::try_from(self.started.elapsed().as_millis()).unwrap_or(u32::MAX)
    }
}

fn bearer(token: &Secret) -> Result<HeaderValue, Failure> {
    if !is_plain(token.expose(), TOKEN_CAP) {
        return Err(Failure::Denied);
    }
    let mut value =
        HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| Failure::Denied)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether a value can stand in a header without changing what is around it.
fn is_plain(value: &str, cap: usize) -> bool {
    !value.is_empty() && value.len() <= cap && value.bytes().all(|byte| byte.is_ascii_graphic())
}

fn read_body(body: &mut Body) -> Result<Vec<u8>, Failure> {
    let cap = BODY_CAP as u64;
    if body.content_length().is_some_and(|length| length > cap) {
        return Err(Failure::TooLarge);
    }
    let mut bytes = Vec::new();
    body.as_reader()
        .take(cap + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failure(error.into()))?;
    if bytes.len() > BODY_CAP {
        return Err(Failure::TooLarge);
    }
    Ok(bytes)
}

fn failure(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::Timeout(_) => Failure::TimedOut,
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Failure::TimedOut,
        _ => Failure::Unreachable,
    }
}

fn visible(value: &HeaderValue) -> Option<String> {
    // Longer ones are dropped and not cut: a cut secret is not recognised as one.
    let bytes = value.as_bytes();
    let is_short = bytes.len() <= VALUE_CAP;
    let is_visible = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    (is_short && is_visible).then(|| String::from_utf8_lossy(bytes).into_owned())
}

fn is_challenge(headers: &HeaderMap) -> bool {
    headers
        .get_all("cf-mitigated")
        .iter()
        .any(|value| value.as_bytes().eq_ignore_ascii_case(b"challenge"))
}

fn epoch_seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use std::collections::BTreeMap;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Urls {
        allowed: BTreeMap<String, Vec<String>>,
        refused: Vec<String>,
    }

    #[test]
    fn an_answer_that_is_late_is_told_from_one_that_broke_off() {
        let of = |kind: io::ErrorKind| failure(ureq::Error::Io(kind.into()));
        assert_eq!(of(io::ErrorKind::TimedOut), Failure::TimedOut);
        assert_eq!(of(io::ErrorKind::BrokenPipe), Failure::Unreachable);
        assert_eq!(failure(ureq::Error::HostNotFound), Failure::Unreachable);
    }

    #[test]
    fn what_is_printed_of_an_answer_is_no_word_of_it() {
        let answer = Answer {
            status: 200,
            retry_after: Some("FAKE".into()),
            content_type: Some("FAKE".into()),
            challenged: false,
            body: b"FAKE".to_vec(),
            received_at: 0,
            elapsed_ms: 7,
        };
        let printed = "Answer { status: 200, body_bytes: 4, elapsed_ms: 7, .. }";
        assert_eq!(format!("{answer:?}"), printed);
        let fault = Fault { failure: Failure::TimedOut, sent: true, elapsed_ms: 7 };
        let said = "no whole answer in the time allowed (after 7 ms)";
        assert_eq!(fault.to_string(), said);
    }

    #[test]
    fn each_endpoint_is_one_address_and_no_other() {
        let urls: Urls = serde_json::from_str(include_str!("../tables/urls.json")).unwrap();
        assert_eq!(urls.allowed.len(), Endpoint::ALL.len());
        for endpoint in Endpoint::ALL {
            assert!(endpoint.allows(endpoint.url()));
            for (name, allowed) in &urls.allowed {
                let is_its_own = name == endpoint.name();
                assert!(allowed.iter().all(|url| endpoint.allows(url) == is_its_own));
            }
            for url in &urls.refused {
                assert!(!endpoint.allows(url), "{url:?}");
            }
        }
    }

    #[test]
    fn a_header_value_is_short_and_visible_or_absent() {
        let value = |bytes: &[u8]| visible(&HeaderValue::from_bytes(bytes).unwrap());
        assert_eq!(value(b"120").as_deref(), Some("120"));
        assert_eq!(value(&[b'a'; 128]).unwrap().len(), 128);
        assert_eq!(value(&[b'a'; 129]), None);
        assert_eq!(value(b"a\tb"), None);
        assert_eq!(value("é".as_bytes()), None);
        assert_eq!(value(&[0xff]), None);
    }

    #[test]
    fn what_may_not_be_sent_is_not() {
        let root = rcgen::generate_simple_self_signed([]).unwrap().cert.der().clone();
        // Nothing listens there; nothing needs to.
        let address = SocketAddr::from(([127, 0, 0, 1], 9));
        let client = Client::for_loopback(vec![root], address, None);
        let denied = |endpoint: Endpoint, url: &str, token: &str| {
            let (token, patience) = (Secret::new(token), Duration::from_secs(5));
            let fault = client.get_at(endpoint, url, &token, None, patience);
            let fault = fault.unwrap_err();
            assert_eq!((fault.failure, fault.sent), (Failure::Denied, false), "{url} {token:?}");
        };
        for url in [
            "https://example.invalid/backend-api/wham/usage",
            "http://chatgpt.com/backend-api/wham/usage",
            RESET_CREDITS_URL,
        ] {
            denied(Endpoint::Usage, url, "token");
        }
        denied(Endpoint::ResetCredits, USAGE_URL, "token");
        for token in
            ["", " ", "to ken", "token\r\nx: y", "tok\u{e9}n", "t\0", &"t".repeat(TOKEN_CAP + 1)]
        {
            denied(Endpoint::Usage, USAGE_URL, token);
        }
    }
}
