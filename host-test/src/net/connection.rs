//! The layers of a connection: names, the deadline, and TLS.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use ureq::Timeout;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
    TransportAdapter,
};

use super::trust::Trust;
use super::{Endpoint, INPUT_BUFFER, OUTPUT_BUFFER};

/// Where names are looked up.
#[derive(Clone, Copy, Debug)]
pub(super) enum Names {
    System,
    /// Every name is here.
    Loopback(SocketAddr),
    /// No name resolves. Only IP addresses can be reached.
    Unresolvable,
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &ureq::http::Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let is_address = uri.host().is_some_and(|host| host.parse::<IpAddr>().is_ok());
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

/// Wraps a connection in TLS with the host in the URL. If the proxy itself is reached over
/// HTTPS, that host is first the proxy.
#[derive(Debug)]
pub(super) struct Tls {
    pub(super) trust: Arc<Trust>,
    pub(super) sent: Arc<AtomicBool>,
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
        let config = self.trust.config();
        let config = config.map_err(|_| ureq::Error::Tls("no trusted certificates"))?;
        let mut session =
            ClientConnection::new(config, name).map_err(|_| ureq::Error::Tls("no TLS session"))?;
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

pub(super) struct TlsTransport {
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
        self.stream.write_all(&self.buffers.output()[..amount]).map_err(ureq::Error::from)
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

/// Applies the deadline to every read and write of a connection. ureq restarts its own timeout
/// at each read, so a proxy could send its answer byte by byte for ever.
#[derive(Debug)]
pub(super) struct Clock(pub(super) Instant);

impl<In: Transport> Connector<In> for Clock {
    type Out = Clocked<In>;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(|inner| Clocked { inner, deadline: self.0 }))
    }
}

#[derive(Debug)]
pub(super) struct Clocked<T> {
    inner: T,
    deadline: Instant,
}

impl<T> Clocked<T> {
    fn left(&self, timeout: NextTimeout) -> Result<NextTimeout, ureq::Error> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ureq::Error::Timeout(Timeout::Global));
        }
        Ok(NextTimeout { after: left.min(*timeout.after).into(), ..timeout })
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

    use std::time::Duration;

    use super::*;

    #[test]
    fn no_read_is_allowed_more_than_is_left() {
        let left = |millis: u64| {
            let clocked =
                Clocked { inner: (), deadline: Instant::now() + Duration::from_millis(millis) };
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
}
