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

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, anyhow, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_native_certs::CertificateResult;
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout,
    SocksConnector, TcpConnector, Transport, TransportAdapter,
};
use ureq::{Agent, Body, Proxy, Timeout};

use crate::secret::Secret;

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
    tls: Arc<ClientConfig>,
    proxy: Option<Proxy>,
    names: Names,
}

impl Client {
    /// A client that trusts what the system trusts, or what `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` name instead, and goes through the proxy of `HTTPS_PROXY`
    /// or `ALL_PROXY` unless `NO_PROXY` names chatgpt.com. Of two spellings the
    /// lower-case one wins.
    ///
    /// # Errors
    /// A proxy variable that is not a proxy's URL, and an empty trust store.
    pub fn system() -> anyhow::Result<Self> {
        let get = |name: &str| Some(std::env::var_os(name)?.to_string_lossy().into_owned());
        let found = trusted();
        let why = found.errors.first().map(|error| format!(": {error}"));
        Ok(Self {
            proxy: from_environment(get)?,
            tls: tls_config(found.certs).with_context(|| {
                let why = why.unwrap_or_default();
                format!("no trusted certificates{why}; SSL_CERT_FILE can name a PEM file of them")
            })?,
            names: Names::System,
        })
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
        Self {
            tls: tls_config(roots).expect("certificates to trust"),
            proxy,
            names,
        }
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
        let answer = match endpoint.allows(url) {
            true => self.exchange(url, token, account_id, &flight),
            false => Err(Failure::Denied),
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
                .chain(Tls {
                    config: self.tls.clone(),
                    sent: flight.sent.clone(),
                });
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
        Self {
            started,
            deadline: started + timeout.min(LONGEST),
            sent: Arc::default(),
        }
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

/// The proxy that the environment asks for, if it asks for one.
fn from_environment(get: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<Proxy>> {
    let first = |names: &[&'static str]| {
        names.iter().find_map(|name| {
            let value = get(name).filter(|value| !value.trim().is_empty())?;
            Some((*name, value))
        })
    };
    if first(&["no_proxy", "NO_PROXY"]).is_some_and(|(_, list)| exempts(&list, "chatgpt.com")) {
        return Ok(None);
    }
    let Some((name, url)) = first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]) else {
        return Ok(None);
    };
    // The value stays out of the message: it may hold a password.
    let proxy = parse_proxy(&url).ok_or_else(|| {
        anyhow!("{name} is not a proxy's URL, such as http://host:port or socks5://host:port")
    })?;
    Ok(Some(proxy))
}

/// Whether a `NO_PROXY` list names `host`: itself, a domain it is in (with or
/// without a leading dot or `*.`), or `*`.
fn exempts(list: &str, host: &str) -> bool {
    list.split([',', ' ']).any(|entry| {
        let entry = entry.trim().to_ascii_lowercase();
        let entry = entry.strip_suffix(":443").unwrap_or(&entry);
        let domain = entry.trim_start_matches('*').trim_start_matches('.');
        let is_inside = host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        entry == "*" || (!domain.is_empty() && is_inside)
    })
}

fn parse_proxy(url: &str) -> Option<Proxy> {
    let url = url.trim();
    // The name goes to the proxy, also where `socks5` would mean to some tools
    // that it is resolved here: people behind a proxy often have no DNS.
    let url = match url.split_once("://") {
        Some((scheme, rest)) if is_socks5(scheme) => Cow::Owned(format!("socks5h://{rest}")),
        _ => Cow::Borrowed(url),
    };
    let proxy = Proxy::new(&url).ok()?;
    let authority = proxy.uri().authority()?;
    let (_, after_host) = authority.as_str().rsplit_once(authority.host())?;
    // A port that is not one would silently become the scheme's own.
    let has_port = authority.port_u16().is_some_and(|port| port > 0);
    let is_whole = !authority.host().is_empty() && (after_host.is_empty() || has_port);
    is_whole.then_some(proxy)
}

fn is_socks5(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("socks") || scheme.eq_ignore_ascii_case("socks5")
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

/// The certificates of the system's bundle, where there is one and all of it is read. The
/// system's folder holds the same ones again, a file each, and the reader of the library
/// takes the time that private keys need: together ten times as long.
#[cfg(all(unix, not(target_os = "macos")))]
fn bundle() -> Option<Vec<CertificateDer<'static>>> {
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

/// Where names are looked up.
#[derive(Clone, Copy, Debug)]
enum Names {
    System,
    /// Every name is here.
    Loopback(SocketAddr),
    /// No name is anywhere: what an IP address says is all there is.
    Unresolvable,
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &ureq::http::Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let is_address = uri
            .host()
            .is_some_and(|host| host.parse::<IpAddr>().is_ok());
        match self {
            Self::Loopback(address) => {
                let mut addresses = self.empty();
                addresses.push(*address);
                Ok(addresses)
            }
            Self::Unresolvable if !is_address => Err(ureq::Error::HostNotFound),
            Self::System | Self::Unresolvable => {
                DefaultResolver::default().resolve(uri, config, timeout)
            }
        }
    }
}

/// Wraps a connection in TLS with the host that the URL names. That is a proxy
/// for a moment, where the proxy itself is reached over HTTPS.
#[derive(Debug)]
struct Tls {
    config: Arc<ClientConfig>,
    sent: Arc<AtomicBool>,
}

impl<In: Transport> Connector<In> for Tls {
    type Out = Either<In, TlsTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(transport) = chained else {
            return Ok(None);
        };
        if !details.needs_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let name = details.uri.host().unwrap_or_default().to_owned();
        let name = ServerName::try_from(name).map_err(|_| ureq::Error::Tls("not a host name"))?;
        let mut session = ClientConnection::new(self.config.clone(), name)
            .map_err(|_| ureq::Error::Tls("no TLS session"))?;
        let mut socket =
            TransportAdapter::new(Box::new(transport) as Box<_>, details.current_time.clone());
        socket.set_timeout(details.timeout);
        session.complete_io(&mut socket)?;
        let uri = details.uri.to_string();
        let is_endpoint = Endpoint::ALL.iter().any(|each| each.allows(&uri));
        Ok(Some(Either::B(TlsTransport {
            stream: StreamOwned::new(session, socket),
            buffers: LazyBuffers::new(INPUT_BUFFER, OUTPUT_BUFFER),
            sent: is_endpoint.then(|| self.sent.clone()),
        })))
    }
}

struct TlsTransport {
    stream: StreamOwned<ClientConnection, TransportAdapter>,
    buffers: LazyBuffers,
    /// Set before the first byte of the request goes out. None for a proxy.
    sent: Option<Arc<AtomicBool>>,
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsTransport")
    }
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if let Some(sent) = &self.sent {
            sent.store(true, Ordering::Relaxed);
        }
        self.stream.sock.set_timeout(timeout);
        self.stream
            .write_all(&self.buffers.output()[..amount])
            .map_err(ureq::Error::from)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.sock.set_timeout(timeout);
        let read = self.stream.read(self.buffers.input_append_buf());
        let amount = read.map_err(|error| match error.kind() {
            // The peer went away without ending the TLS session. ureq takes that
            // for the end of a body without a length: half a body would pass.
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted => io::ErrorKind::BrokenPipe.into(),
            _ => error,
        })?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        // Nothing is reused.
        false
    }

    fn is_tls(&self) -> bool {
        true
    }
}

/// Holds every read and write of a connection to the deadline, also those that
/// ureq gives a fresh allowance each: a proxy's answer that comes drop by drop.
#[derive(Debug)]
struct Clock(Instant);

impl<In: Transport> Connector<In> for Clock {
    type Out = Clocked<In>;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(|inner| Clocked {
            inner,
            deadline: self.0,
        }))
    }
}

#[derive(Debug)]
struct Clocked<T> {
    inner: T,
    deadline: Instant,
}

impl<T> Clocked<T> {
    fn left(&self, timeout: NextTimeout) -> Result<NextTimeout, ureq::Error> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ureq::Error::Timeout(Timeout::Global));
        }
        Ok(NextTimeout {
            after: left.min(*timeout.after).into(),
            ..timeout
        })
    }
}

impl<T: Transport> Transport for Clocked<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let timeout = self.left(timeout)?;
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let timeout = self.left(timeout)?;
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
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
    fn no_read_is_allowed_more_than_is_left() {
        let left = |millis: u64| {
            let clocked = Clocked {
                inner: (),
                deadline: Instant::now() + Duration::from_millis(millis),
            };
            let allowed = NextTimeout {
                after: Duration::from_secs(60).into(),
                reason: Timeout::Global,
                per_read: None,
                per_write: None,
            };
            clocked.left(allowed).map(|left| *left.after)
        };
        assert!(left(1_000).unwrap() <= Duration::from_secs(1));
        assert_eq!(left(90_000).unwrap(), Duration::from_secs(60));
        assert!(left(0).is_err());
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
        let fault = Fault {
            failure: Failure::TimedOut,
            sent: true,
            elapsed_ms: 7,
        };
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

    fn proxy(environment: &[(&str, &str)]) -> anyhow::Result<Option<Proxy>> {
        from_environment(|name| {
            let found = environment.iter().find(|(key, _)| *key == name)?;
            Some(found.1.to_owned())
        })
    }

    fn port(environment: &[(&str, &str)]) -> Option<u16> {
        Some(proxy(environment).unwrap()?.port())
    }

    #[test]
    fn the_proxy_is_the_one_that_people_expect() {
        assert_eq!(port(&[]), None);
        assert_eq!(port(&[("HTTPS_PROXY", "http://p:1")]), Some(1));
        assert_eq!(port(&[("https_proxy", "http://p:2")]), Some(2));
        assert_eq!(port(&[("ALL_PROXY", "socks5://p:3")]), Some(3));
        assert_eq!(port(&[("all_proxy", "p:4")]), Some(4));
        let both = [("HTTPS_PROXY", "http://p:1"), ("https_proxy", "http://p:2")];
        assert_eq!(port(&both), Some(2));
        let general = [("all_proxy", "http://p:4"), ("HTTPS_PROXY", "http://p:1")];
        assert_eq!(port(&general), Some(1));
        let empty = [("HTTPS_PROXY", " "), ("ALL_PROXY", "http://p:3")];
        assert_eq!(port(&empty), Some(3));
        assert_eq!(port(&[("HTTP_PROXY", "http://p:5")]), None);
        assert_eq!(port(&[("HTTPS_PROXY", "http://p")]), Some(80));
        assert_eq!(port(&[("HTTPS_PROXY", "https://p/")]), Some(443));
        assert_eq!(port(&[("HTTPS_PROXY", "socks5h://[::1]")]), Some(1080));
    }

    #[test]
    fn the_proxy_resolves_the_name() {
        for url in [
            "p:1",
            "https://p",
            "socks5://p",
            "SOCKS5://p",
            "socks://p",
            "socks4a://p",
        ] {
            let proxy = proxy(&[("ALL_PROXY", url)]).unwrap().unwrap();
            assert!(!proxy.resolve_target(), "{url}");
        }
        let proxy = proxy(&[("ALL_PROXY", "socks5://us%40er:p%3Aw@p:1")])
            .unwrap()
            .unwrap();
        assert_eq!(proxy.username(), Some("us@er"));
        assert_eq!(proxy.password(), Some("p:w"));
    }

    #[test]
    fn a_broken_proxy_is_named_and_its_password_is_not() {
        for url in [
            "http://user:hunter2@",
            "http://user:hunter2@:8080",
            "http://user:hunter2@p:99999",
            "http://user:hunter2@p:0",
            "http://user:hunter2@p:",
            "http://user:hunter2@p:port",
            "ftp://user:hunter2@p",
            "http//user:hunter2@p",
            "user hunter2",
            "http://user:hunter2\u{fffd}@p",
        ] {
            let error = format!("{:?}", proxy(&[("ALL_PROXY", url)]).unwrap_err());
            assert!(error.contains("ALL_PROXY"), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn no_proxy_names_the_host_or_a_domain_it_is_in() {
        for list in [
            "*",
            "chatgpt.com",
            ".chatgpt.com",
            "*.com",
            "com",
            "localhost, ChatGPT.com",
            "a b chatgpt.com:443",
        ] {
            assert!(exempts(list, "chatgpt.com"), "{list:?}");
            let environment = [("HTTPS_PROXY", "p:1"), ("NO_PROXY", list)];
            assert_eq!(port(&environment), None, "{list:?}");
        }
        for list in [
            "",
            ",",
            ".",
            "localhost,10.0.0.0/8",
            "gpt.com",
            "x.chatgpt.com",
            "chatgpt.com:80",
        ] {
            assert!(!exempts(list, "chatgpt.com"), "{list:?}");
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

    #[cfg(all(unix, not(target_os = "macos")))]
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

    #[test]
    fn what_may_not_be_sent_is_not() {
        let root = rcgen::generate_simple_self_signed([])
            .unwrap()
            .cert
            .der()
            .clone();
        // Nothing listens there; nothing needs to.
        let address = SocketAddr::from(([127, 0, 0, 1], 9));
        let client = Client::for_loopback(vec![root], address, None);
        let denied = |endpoint: Endpoint, url: &str, token: &str| {
            let (token, patience) = (Secret::new(token), Duration::from_secs(5));
            let fault = client.get_at(endpoint, url, &token, None, patience);
            let fault = fault.unwrap_err();
            assert_eq!(
                (fault.failure, fault.sent),
                (Failure::Denied, false),
                "{url} {token:?}"
            );
        };
        for url in [
            "https://example.invalid/backend-api/wham/usage",
            "http://chatgpt.com/backend-api/wham/usage",
            RESET_CREDITS_URL,
        ] {
            denied(Endpoint::Usage, url, "token");
        }
        denied(Endpoint::ResetCredits, USAGE_URL, "token");
        for token in [
            "",
            " ",
            "to ken",
            "token\r\nx: y",
            "tok\u{e9}n",
            "t\0",
            &"t".repeat(TOKEN_CAP + 1),
        ] {
            denied(Endpoint::Usage, USAGE_URL, token);
        }
    }
}
