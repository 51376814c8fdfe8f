//! A chatgpt.com on this machine: a TLS server that answers as a test tells it
//! to, and the proxies that people put in front of it. Nothing leaves the
//! loopback interface. Every server has a certificate authority of its own,
//! which only a client that is given its `roots` trusts.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "every test file uses a part of this module, and it may fail loudly"
)]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, thread};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

type TlsStream = StreamOwned<ServerConnection, TcpStream>;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// Everything up to and including the empty line.
    pub head: String,
    /// The number of the server's connection it came on, counted from 0.
    pub connection: usize,
}

impl Request {
    /// The first line, such as `GET / HTTP/1.1`.
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut named = pairs.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        Some(named.next()?.1)
    }
}

/// The server's answer, byte for byte.
#[derive(Clone, Debug)]
pub struct Reply {
    bytes: Vec<u8>,
    delay: Duration,
    drip: Option<Duration>,
    under_tls: bool,
    ending: Ending,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    /// Wait for the next request.
    KeepOpen,
    /// End the TLS session, then the connection.
    Close,
    /// End the connection alone, as a broken network does.
    Cut,
}

impl Reply {
    /// A well-formed answer with a `content-length`.
    pub fn new(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut head = format!("HTTP/1.1 {status} Status\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-length: {}\r\n\r\n", body.len());
        let mut reply = Self::raw([head.as_bytes(), body].concat());
        reply.ending = Ending::KeepOpen;
        reply
    }

    /// A JSON answer.
    pub fn json(status: u16, body: impl AsRef<[u8]>) -> Self {
        Self::new(status, &[("content-type", "application/json")], body)
    }

    /// These bytes, then an orderly end of the connection.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            delay: Duration::ZERO,
            drip: None,
            under_tls: false,
            ending: Ending::Close,
        }
    }

    /// Starts to answer only after `delay`.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sends one byte at a time, with `pause` before each.
    pub fn drip(mut self, pause: Duration) -> Self {
        self.drip = Some(pause);
        self
    }

    /// Sends the bytes past the TLS session, straight onto the wire.
    pub fn under_tls(mut self) -> Self {
        self.under_tls = true;
        self
    }

    /// Ends the connection without ending the TLS session.
    pub fn cut(mut self) -> Self {
        self.ending = Ending::Cut;
        self
    }

    /// Leaves the connection open, so that the client waits for more.
    pub fn keep_open(mut self) -> Self {
        self.ending = Ending::KeepOpen;
        self
    }

    fn send(&self, stream: &mut TlsStream) -> io::Result<()> {
        thread::sleep(self.delay);
        if self.under_tls { self.write(&mut stream.sock) } else { self.write(stream) }
    }

    fn write(&self, stream: &mut impl Write) -> io::Result<()> {
        let Some(pause) = self.drip else {
            return stream.write_all(&self.bytes);
        };
        self.bytes.iter().try_for_each(|byte| {
            thread::sleep(pause);
            stream.write_all(&[*byte])?;
            stream.flush()
        })
    }
}

/// The claims of the server's certificate.
#[derive(Clone, Copy, Debug)]
pub enum Identity {
    /// It is chatgpt.com's, and valid.
    Genuine,
    /// It was chatgpt.com's until 2020.
    Expired,
    /// It is another name's.
    OtherName,
}

/// A running chatgpt.com. It serves until the test process ends.
pub struct Loopback {
    /// Where it listens.
    pub address: SocketAddr,
    /// The certificate that a client has to trust to believe it.
    pub roots: Vec<CertificateDer<'static>>,
    authority_pem: String,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Loopback {
    /// Starts a server that answers each request as `handler` says.
    pub fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_as(Identity::Genuine, handler)
    }

    /// The same, with another certificate.
    pub fn start_as(
        identity: Identity,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let authority = Authority::new();
        let tls = authority.server_config(identity);
        let log: Arc<Mutex<Vec<Request>>> = Arc::default();
        let requests = log.clone();
        let connections = AtomicUsize::new(0);
        let address = listen(move |socket| {
            let connection = connections.fetch_add(1, Ordering::SeqCst);
            let mut stream = accept(tls.clone(), socket)?;
            loop {
                let head = read_head(&mut stream)?;
                let request = Request { head, connection };
                requests.lock().unwrap().push(request.clone());
                let reply = handler(&request);
                reply.send(&mut stream)?;
                match reply.ending {
                    Ending::KeepOpen => continue,
                    Ending::Close => stream.conn.send_close_notify(),
                    Ending::Cut => {}
                }
                return stream.flush();
            }
        });
        Self { address, roots: vec![authority.root], authority_pem: authority.pem, log }
    }

    /// The requests so far, in the order of their arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }

    /// Writes the authority's certificate where `SSL_CERT_FILE` can name it.
    pub fn write_authority(&self, path: &Path) {
        fs::write(path, &self.authority_pem).unwrap();
    }
}

/// The protocol of a proxy, and its behaviour.
#[derive(Clone, Debug)]
pub enum ProxyKind {
    /// Forwards a CONNECT to chatgpt.com:443, refuses any other.
    Connect,
    /// The same, over TLS.
    ConnectOverTls,
    /// Answers a CONNECT with these bytes, one each 20 ms, and forwards nothing.
    Answering(&'static str),
    /// Forwards a SOCKS5 request for chatgpt.com:443, refuses any other.
    Socks5,
}

/// A running proxy. It serves until the test process ends.
pub struct LoopbackProxy {
    /// Where it listens.
    pub address: SocketAddr,
    /// The certificate that a client of a proxy over TLS has to trust.
    pub roots: Vec<CertificateDer<'static>>,
    log: Arc<Mutex<ProxyLog>>,
}

#[derive(Default)]
struct ProxyLog {
    asked: Vec<String>,
    carried: Vec<u8>,
}

impl LoopbackProxy {
    /// Starts a proxy for which chatgpt.com:443 is at `upstream`.
    pub fn start(kind: ProxyKind, upstream: SocketAddr) -> Self {
        let authority = Authority::new();
        let tls = authority.server_config(Identity::OtherName);
        let log: Arc<Mutex<ProxyLog>> = Arc::default();
        let shared = log.clone();
        let address = listen(move |mut socket| match kind {
            ProxyKind::Connect => {
                if is_granted_connect(&mut socket, &shared)? {
                    patience(&socket)?;
                    tunnel(&mut socket, upstream, &shared)?;
                }
                Ok(())
            }
            ProxyKind::ConnectOverTls => {
                let mut stream = accept(tls.clone(), socket)?;
                if is_granted_connect(&mut stream, &shared)? {
                    patience(&stream.sock)?;
                    tunnel(&mut stream, upstream, &shared)?;
                }
                Ok(())
            }
            ProxyKind::Answering(text) => {
                let head = read_head(&mut socket)?;
                shared.lock().unwrap().asked.push(head);
                Reply::raw(text).drip(Duration::from_millis(20)).write(&mut socket)
            }
            ProxyKind::Socks5 => {
                if is_granted_socks5(&mut socket, &shared)? {
                    patience(&socket)?;
                    tunnel(&mut socket, upstream, &shared)?;
                }
                Ok(())
            }
        });
        Self { address, roots: vec![authority.root], log }
    }

    /// The requests it got: the heads of CONNECT requests; of SOCKS requests
    /// `user:password@host:port`.
    pub fn asked(&self) -> Vec<String> {
        self.log.lock().unwrap().asked.clone()
    }

    /// Every byte that a client sent through a tunnel.
    pub fn carried(&self) -> Vec<u8> {
        self.log.lock().unwrap().carried.clone()
    }
}

/// Listens on a free port and gives every connection a thread. An error ends its
/// connection: the client is gone, which is often what a test is about.
pub fn listen(serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || {
                socket.set_nodelay(true)?;
                serve(socket)
            });
        }
    });
    address
}

fn accept(tls: Arc<ServerConfig>, socket: TcpStream) -> io::Result<TlsStream> {
    let session = ServerConnection::new(tls).map_err(io::Error::other)?;
    Ok(StreamOwned::new(session, socket))
}

/// Reads byte by byte, so that nothing after the empty line is taken.
fn read_head(stream: &mut impl Read) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn is_granted_connect(stream: &mut (impl Read + Write), log: &Mutex<ProxyLog>) -> io::Result<bool> {
    let head = read_head(stream)?;
    let is_granted = head.starts_with("CONNECT chatgpt.com:443 HTTP/1.1\r\n");
    log.lock().unwrap().asked.push(head);
    let status = if is_granted { "200 OK" } else { "403 No" };
    write!(stream, "HTTP/1.1 {status}\r\n\r\n")?;
    stream.flush()?;
    Ok(is_granted)
}

/// RFC 1928, with the password of RFC 1929 where the client offers one.
fn is_granted_socks5(stream: &mut TcpStream, log: &Mutex<ProxyLog>) -> io::Result<bool> {
    let [5, count] = read_array(stream)? else {
        return Ok(false);
    };
    let methods = read_bytes(stream, count)?;
    let mut asked = String::new();
    if methods.contains(&2) {
        stream.write_all(&[5, 2])?;
        let [_, length] = read_array(stream)?;
        let user = read_bytes(stream, length)?;
        let [length] = read_array(stream)?;
        let password = read_bytes(stream, length)?;
        asked = format!("{}:{}@", text(&user), text(&password));
        stream.write_all(&[1, 0])?;
    } else {
        stream.write_all(&[5, 0])?;
    }
    let [_, _, _, kind] = read_array(stream)?;
    let host = match kind {
        3 => {
            let [length] = read_array(stream)?;
            text(&read_bytes(stream, length)?)
        }
        _ => return Ok(false),
    };
    let port = u16::from_be_bytes(read_array(stream)?);
    let target = format!("{host}:{port}");
    let is_granted = target == "chatgpt.com:443";
    log.lock().unwrap().asked.push(asked + &target);
    stream.write_all(&[5, u8::from(!is_granted) * 2, 0, 1, 0, 0, 0, 0, 0, 0])?;
    Ok(is_granted)
}

fn read_array<const N: usize>(stream: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_bytes(stream: &mut TcpStream, length: u8) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length.into()];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A tunnel looks at its two ends in turn, so neither may block for long.
fn patience(socket: &TcpStream) -> io::Result<()> {
    socket.set_read_timeout(Some(Duration::from_millis(1)))
}

fn tunnel(
    client: &mut (impl Read + Write),
    upstream: SocketAddr,
    log: &Mutex<ProxyLog>,
) -> io::Result<()> {
    let mut server = TcpStream::connect(upstream)?;
    server.set_nodelay(true)?;
    patience(&server)?;
    loop {
        let bytes = available(client)?;
        log.lock().unwrap().carried.extend_from_slice(&bytes);
        server.write_all(&bytes)?;
        client.write_all(&available(&mut server)?)?;
        client.flush()?;
    }
}

/// Returns the bytes that have arrived, which may be none. The end of a stream is an error.
fn available(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 16 * 1024];
    match stream.read(&mut bytes) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(count) => Ok(bytes[..count].to_vec()),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

/// A certificate authority that lives as long as its server.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap();
        Self { root: root.der().clone(), pem: root.pem(), issuer: Issuer::new(params, key) }
    }

    fn server_config(&self, identity: Identity) -> Arc<ServerConfig> {
        let names: &[&str] = match identity {
            Identity::Genuine | Identity::Expired => &["chatgpt.com"],
            Identity::OtherName => &["chatgpt.com.example.invalid", "127.0.0.1"],
        };
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        if matches!(identity, Identity::Expired) {
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Arc::new(config)
    }
}
