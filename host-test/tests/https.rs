//! The HTTPS client against a chatgpt.com on this machine: what it sends, what
//! it takes for an answer, and what it does with a peer that misbehaves.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod loopback;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs, thread};

use host_test::net::{Answer, BODY_CAP, Client, Endpoint, Failure, Fault, USAGE_URL};
use host_test::secret::Secret;
use loopback::{Identity, Loopback, LoopbackProxy, ProxyKind, Reply, Request, listen};

const TOKEN: &str = "FAKE-token-0123456789";
const SOON: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(20);

fn client(server: &Loopback) -> Client {
    Client::for_loopback(server.roots.clone(), server.address, None)
}

fn ask(client: &Client, timeout: Duration) -> Result<Answer, Fault> {
    client.get(Endpoint::Usage, &Secret::new(TOKEN), None, timeout)
}

/// Asks a new server that answers everything with `reply`.
fn ask_for(reply: Reply) -> Result<Answer, Fault> {
    ask(&client(&Loopback::start(move |_| reply.clone())), LONG)
}

fn outcome(result: Result<Answer, Fault>) -> (Failure, bool) {
    let fault = result.unwrap_err();
    (fault.failure, fault.sent)
}

#[test]
fn the_request_on_the_wire_is_exactly_this() {
    let server = Loopback::start(|_| Reply::json(200, "{}"));
    let token = Secret::new(TOKEN);
    client(&server).get(Endpoint::Usage, &token, Some("acct-FAKE-1"), LONG).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "GET /backend-api/wham/usage HTTP/1.1\r\n\
         user-agent: codex-profiler/{version}\r\n\
         accept: application/json\r\n\
         host: chatgpt.com\r\n\
         authorization: Bearer {TOKEN}\r\n\
         chatgpt-account-id: acct-FAKE-1\r\n\
         \r\n"
    );
    let heads: Vec<String> = server.requests().into_iter().map(|r| r.head).collect();
    assert_eq!(heads, [expected]);
}

#[test]
fn an_account_id_that_could_forge_a_header_is_left_out() {
    let server = Loopback::start(|_| Reply::json(200, "{}"));
    let client = client(&server);
    for id in ["", "a b", "a\r\nx: y", "a\n", "a\0", "\u{e9}", &"a".repeat(129)] {
        client.get(Endpoint::Usage, &Secret::new(TOKEN), Some(id), LONG).unwrap();
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 7);
    for request in requests {
        assert_eq!(request.header("chatgpt-account-id"), None);
        assert_eq!(request.head.lines().count(), 6, "{}", request.head);
    }
}

#[test]
fn a_token_of_ten_kilobytes_is_sent_whole() {
    let server = Loopback::start(|_| Reply::json(200, "{}"));
    let token = "t".repeat(10_000);
    client(&server).get(Endpoint::Usage, &Secret::new(token.clone()), None, LONG).unwrap();
    let requests = server.requests();
    let sent = requests[0].header("authorization").unwrap();
    assert_eq!(sent.strip_prefix("Bearer "), Some(token.as_str()));
}

#[test]
fn an_answer_is_taken_over_whole() {
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let answer = ask_for(
        Reply::new(
            200,
            &[("Content-Type", "application/json; charset=utf-8"), ("Set-Cookie", "a=b")],
            r#"{"plan_type":"plus"}"#,
        )
        .after(Duration::from_millis(50)),
    )
    .unwrap();
    assert!(answer.received_at >= before.as_secs() as i64);
    assert!(answer.received_at <= before.as_secs() as i64 + 20);
    assert!((50..20_000).contains(&answer.elapsed_ms), "{answer:?}");
    let expected = Answer {
        status: 200,
        retry_after: None,
        content_type: Some("application/json; charset=utf-8".to_owned()),
        challenged: false,
        body: br#"{"plan_type":"plus"}"#.to_vec(),
        ..answer.clone()
    };
    assert_eq!(answer, expected);
}

#[test]
fn every_status_is_an_answer() {
    for status in [200, 204, 304, 400, 401, 402, 403, 404, 429, 500, 502, 503] {
        let body = if matches!(status, 204 | 304) { "" } else { "x" };
        let answer = ask_for(Reply::new(status, &[], body)).unwrap();
        assert_eq!((answer.status, answer.body), (status, body.into()));
    }
}

#[test]
fn the_headers_that_classify_an_answer_are_kept() {
    let html = "<!doctype html>";
    let reply =
        Reply::new(403, &[("CF-Mitigated", "challenge"), ("content-type", "text/html")], html);
    let answer = ask_for(reply).unwrap();
    assert!(answer.challenged);
    assert_eq!(answer.content_type.as_deref(), Some("text/html"));
    assert_eq!(answer.body, html.as_bytes());

    let answer = ask_for(Reply::new(429, &[("Retry-After", "120")], "{}")).unwrap();
    assert_eq!(answer.retry_after.as_deref(), Some("120"));
    assert!(!answer.challenged);

    let long = "a".repeat(5000);
    let answer = ask_for(Reply::new(503, &[("content-type", &long)], "")).unwrap();
    assert_eq!(answer.content_type, None);
    let answer = ask_for(Reply::new(503, &[("retry-after", "d\u{e9}j\u{e0}")], "")).unwrap();
    assert_eq!(answer.retry_after, None);
}

#[test]
fn a_redirect_is_an_answer_and_is_never_followed() {
    for status in [301, 302, 303, 307, 308] {
        for location in [USAGE_URL, "/elsewhere", "https://example.invalid/", "http://chatgpt.com/"]
        {
            let server =
                Loopback::start(move |_| Reply::new(status, &[("location", location)], "moved"));
            let answer = ask(&client(&server), LONG).unwrap();
            assert_eq!((answer.status, answer.body), (status, b"moved".to_vec()));
            assert_eq!(server.requests().len(), 1, "{status} {location}");
        }
    }
}

#[test]
fn early_hints_are_not_the_answer() {
    let early = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    let late = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    let answer = ask_for(Reply::raw(format!("{early}{late}"))).unwrap();
    assert_eq!((answer.status, answer.body), (200, b"{}".to_vec()));
}

#[test]
fn a_body_is_read_however_its_end_is_told() {
    for (head, body) in [
        ("content-length: 5", "whole"),
        ("transfer-encoding: chunked", "2\r\nwh\r\n3\r\nole\r\n0\r\n\r\n"),
        ("connection: close", "whole"),
    ] {
        let answer = ask_for(Reply::raw(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}")));
        assert_eq!(answer.unwrap().body, b"whole", "{head}");
    }
}

#[test]
fn half_a_body_is_never_an_answer() {
    for (head, body) in [
        ("content-length: 9", "half"),
        ("transfer-encoding: chunked", "9\r\nhalf"),
        ("transfer-encoding: chunked", "4\r\nhalf\r\n"),
        ("transfer-encoding: chunked", "4\r\nhalf\r\n0"),
        ("transfer-encoding: chunked", "x\r\nhalf\r\n0\r\n\r\n"),
    ] {
        let reply = Reply::raw(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}"));
        for reply in [reply.clone(), reply.cut()] {
            let (failure, sent) = outcome(ask_for(reply));
            assert_eq!((failure, sent), (Failure::Unreachable, true), "{head} {body:?}");
        }
    }
    // Without a length only the end of the TLS session tells the end of the body.
    let reply = Reply::raw("HTTP/1.1 200 OK\r\n\r\nhalf").cut();
    assert_eq!(outcome(ask_for(reply)), (Failure::Unreachable, true));
}

#[test]
fn a_body_of_exactly_the_cap_is_read_and_one_byte_more_is_not() {
    let body = vec![b'a'; BODY_CAP + 1];
    let answer = ask_for(Reply::json(200, &body[1..])).unwrap();
    assert_eq!(answer.body.len(), BODY_CAP);

    let one_more = [b"HTTP/1.1 200 OK\r\n\r\n", &body[..]].concat();
    assert_eq!(outcome(ask_for(Reply::raw(one_more))), (Failure::TooLarge, true));
    let exact = [b"HTTP/1.1 200 OK\r\n\r\n", &body[1..]].concat();
    assert_eq!(ask_for(Reply::raw(exact)).unwrap().body.len(), BODY_CAP);
}

#[test]
fn a_body_that_declares_itself_too_large_is_not_waited_for() {
    for length in ["262145", "18446744073709551615"] {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
        let started = Instant::now();
        let result = ask_for(Reply::raw(head).keep_open());
        assert_eq!(outcome(result), (Failure::TooLarge, true));
        assert!(started.elapsed() < LONG / 2);
    }
}

#[test]
fn an_endless_body_is_cut_off_at_the_cap() {
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    let endless =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}", chunk.repeat(100));
    let result = ask_for(Reply::raw(endless).keep_open());
    assert_eq!(outcome(result), (Failure::TooLarge, true));
}

#[test]
fn a_length_that_lies_gives_no_more_than_it_says() {
    let reply = Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}and more");
    assert_eq!(ask_for(reply).unwrap().body, b"{}");
    for lengths in ["2\r\ncontent-length: 3", "-1", "2x", "99999999999999999999"] {
        let reply = Reply::raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {lengths}\r\n\r\n{{}}"));
        let (failure, sent) = outcome(ask_for(reply));
        assert_eq!((failure, sent), (Failure::Unreachable, true), "{lengths}");
    }
}

#[test]
fn what_is_not_an_answer_is_a_fault_after_sending() {
    let filler = format!("x: {}\r\n", "y".repeat(1000));
    for (name, reply) in [
        ("closed", Reply::raw("")),
        ("cut", Reply::raw("").cut()),
        ("garbage", Reply::raw("\0\u{1}garbage\r\n\r\n")),
        ("another protocol", Reply::raw("SSH-2.0-x\r\n\r\n")),
        ("half a head", Reply::raw("HTTP/1.1 200 OK\r\ncontent-")),
        ("bytes past TLS", Reply::raw("HTTP/1.1 200 OK\r\n\r\n").under_tls()),
        (
            "an endless head",
            Reply::raw(format!("HTTP/1.1 200 OK\r\n{}", filler.repeat(2000))).keep_open(),
        ),
        (
            "an endless header",
            Reply::raw(format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(4 << 20))).keep_open(),
        ),
        (
            "a head over the cap",
            Reply::raw(format!("HTTP/1.1 200 OK\r\n{}\r\n", filler.repeat(40))),
        ),
    ] {
        let (failure, sent) = outcome(ask_for(reply));
        assert_eq!((failure, sent), (Failure::Unreachable, true), "{name}");
    }
}

/// Asks with little time, and checks that no more was taken.
fn ask_soon(client: &Client) -> (Failure, bool) {
    let started = Instant::now();
    let fault = ask(client, SOON).unwrap_err();
    let elapsed = started.elapsed();
    assert!(elapsed < SOON + Duration::from_millis(700), "{elapsed:?}");
    assert!(u128::from(fault.elapsed_ms) <= elapsed.as_millis());
    (fault.failure, fault.sent)
}

#[test]
fn the_timeout_covers_everything_up_to_the_last_byte() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
    let pause = Duration::from_millis(20);
    let letters = "a".repeat(1000);
    // The beginning of a TLS record of 1000 bytes, which never ends.
    let record = [&[0x17, 3, 3, 3, 0xe8], letters.as_bytes()].concat();
    for (name, reply) in [
        ("silence", Reply::raw("").after(LONG)),
        ("silence after the head", Reply::raw(head).keep_open()),
        ("a head in drops", Reply::raw(format!("HTTP/1.1 200 OK\r\nx: {letters}")).drip(pause)),
        ("a body in drops", Reply::raw(format!("{head}{letters}")).drip(pause)),
        ("a record in drops", Reply::raw(record).under_tls().drip(pause)),
        (
            "early hints without end",
            Reply::raw("HTTP/1.1 103 Hints\r\n\r\n".repeat(100)).drip(pause / 10),
        ),
    ] {
        let server = Loopback::start(move |_| reply.clone());
        assert_eq!(ask_soon(&client(&server)), (Failure::TimedOut, true), "{name}");
    }
}

#[test]
fn a_handshake_that_never_ends_is_a_timeout_before_sending() {
    let roots = Loopback::start(|_| Reply::json(200, "{}")).roots;
    let silent = listen(|mut socket| socket.read_to_end(&mut Vec::new()).map(drop));
    let client = Client::for_loopback(roots.clone(), silent, None);
    assert_eq!(ask_soon(&client), (Failure::TimedOut, false));

    let dripping = listen(|mut socket| {
        // The beginning of a TLS record of 1000 bytes.
        socket.write_all(&[0x16, 3, 3, 3, 0xe8])?;
        loop {
            thread::sleep(Duration::from_millis(20));
            socket.write_all(b"a")?;
        }
    });
    let client = Client::for_loopback(roots, dripping, None);
    assert_eq!(ask_soon(&client), (Failure::TimedOut, false));
}

#[test]
fn no_time_at_all_is_a_timeout_and_nothing_is_sent() {
    let server = Loopback::start(|_| Reply::json(200, "{}"));
    let result = ask(&client(&server), Duration::ZERO);
    assert_eq!(outcome(result), (Failure::TimedOut, false));
    assert!(server.requests().is_empty());
    assert!(ask(&client(&server), Duration::MAX).is_ok());
}

#[test]
fn a_certificate_that_is_not_chatgpts_gets_no_request() {
    let stranger = Loopback::start(|_| Reply::json(200, "{}"));
    for (name, identity, is_trusted) in [
        ("untrusted", Identity::Genuine, false),
        ("expired", Identity::Expired, true),
        ("another name", Identity::OtherName, true),
    ] {
        let server = Loopback::start_as(identity, |_| Reply::json(200, "{}"));
        let believed = if is_trusted { &server } else { &stranger };
        let client = Client::for_loopback(believed.roots.clone(), server.address, None);
        let fault = outcome(ask(&client, LONG));
        assert_eq!(fault, (Failure::Unreachable, false), "{name}");
        assert!(server.requests().is_empty(), "{name}");
    }
}

#[test]
fn a_server_without_tls_never_sees_the_token() {
    let roots = Loopback::start(|_| Reply::json(200, "{}")).roots;
    let seen: Arc<Mutex<Vec<u8>>> = Arc::default();
    let log = seen.clone();
    let plain = listen(move |mut socket| {
        let mut bytes = [0; 4096];
        let count = socket.read(&mut bytes)?;
        log.lock().unwrap().extend_from_slice(&bytes[..count]);
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
    });
    let client = Client::for_loopback(roots, plain, None);
    assert_eq!(outcome(ask(&client, LONG)), (Failure::Unreachable, false));
    let seen = seen.lock().unwrap();
    assert!(!seen.is_empty() && !contains(&seen, TOKEN));
}

#[test]
fn nobody_listening_is_unreachable_before_sending() {
    let server = Loopback::start(|_| Reply::json(200, "{}"));
    let client = Client::for_loopback(server.roots.clone(), closed_port(), None);
    assert_eq!(outcome(ask(&client, LONG)), (Failure::Unreachable, false));
}

#[test]
fn eight_threads_ask_at_once_and_each_has_its_own_connection() {
    // The server answers nobody before all eight have asked.
    let all_here = Barrier::new(8);
    let server = Loopback::start(move |request: &Request| {
        all_here.wait();
        Reply::json(200, request.header("authorization").unwrap())
    });
    let client = client(&server);
    thread::scope(|scope| {
        for number in 0..8 {
            let client = &client;
            scope.spawn(move || {
                let token = format!("token-{number}");
                let answer = client.get(Endpoint::Usage, &Secret::new(token.as_str()), None, LONG);
                assert_eq!(answer.unwrap().body, format!("Bearer {token}").as_bytes());
            });
        }
    });
    let mut connections: Vec<usize> = server.requests().iter().map(|r| r.connection).collect();
    connections.sort_unstable();
    assert_eq!(connections, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn a_connection_is_never_used_twice() {
    let server = Loopback::start(|_| Reply::json(200, "{}"));
    let client = client(&server);
    for _ in 0..3 {
        ask(&client, LONG).unwrap();
    }
    let connections: Vec<usize> = server.requests().iter().map(|r| r.connection).collect();
    assert_eq!(connections, [0, 1, 2]);
}

#[test]
fn a_connect_proxy_learns_the_name_and_nothing_else() {
    let server = Loopback::start(|_| Reply::json(200, "{}"));
    let proxy = LoopbackProxy::start(ProxyKind::Connect, server.address);
    let url = format!("http://us%40er:pass@{}", proxy.address);
    let client = Client::for_loopback(server.roots.clone(), closed_port(), Some(&url));
    assert_eq!(ask(&client, LONG).unwrap().status, 200);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        proxy.asked(),
        [format!(
            "CONNECT chatgpt.com:443 HTTP/1.1\r\n\
             Host: chatgpt.com:443\r\n\
             User-Agent: codex-profiler/{version}\r\n\
             Proxy-Connection: Keep-Alive\r\n\
             Proxy-Authorization: Basic dXNAZXI6cGFzcw==\r\n\
             \r\n"
        )]
    );
    assert!(!contains(&proxy.carried(), TOKEN));
    assert!(!contains(&proxy.carried(), "authorization"));
    assert_eq!(server.requests()[0].header("proxy-authorization"), None);
}

#[test]
fn a_proxy_may_itself_be_reached_over_tls() {
    let server = Loopback::start(|_| Reply::json(200, "{}"));
    let proxy = LoopbackProxy::start(ProxyKind::ConnectOverTls, server.address);
    let url = format!("https://{}", proxy.address);
    let roots = [&server.roots[..], &proxy.roots].concat();
    let client = Client::for_loopback(roots, closed_port(), Some(&url));
    assert_eq!(ask(&client, LONG).unwrap().status, 200);
    assert!(!proxy.asked()[0].contains("Proxy-Authorization"));
    assert!(!contains(&proxy.carried(), TOKEN));

    // Where the server behind it is not believed, nothing was sent to it.
    let client = Client::for_loopback(proxy.roots.clone(), closed_port(), Some(&url));
    assert_eq!(outcome(ask(&client, LONG)), (Failure::Unreachable, false));
}

#[test]
fn a_socks_proxy_learns_the_name_and_nothing_else() {
    let server = Loopback::start(|_| Reply::json(200, "{}"));
    let proxy = LoopbackProxy::start(ProxyKind::Socks5, server.address);
    for prefix in ["socks5://", "socks5h://", "socks5://user:pa%3Ass@"] {
        let url = format!("{prefix}{}", proxy.address);
        let client = Client::for_loopback(server.roots.clone(), closed_port(), Some(&url));
        assert_eq!(ask(&client, LONG).unwrap().status, 200);
    }
    let name = "chatgpt.com:443";
    assert_eq!(proxy.asked(), [name, name, &format!("user:pa:ss@{name}")]);
    assert!(!contains(&proxy.carried(), TOKEN));
}

#[test]
fn a_proxy_that_refuses_is_unreachable_before_sending() {
    let server = Loopback::start(|_| Reply::json(200, "{}"));
    for answer in [
        "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
        "HTTP/1.1 502 Bad\r\n\r\n",
        "HTTP/1.1 302 Moved\r\nlocation: https://chatgpt.com/\r\n\r\n",
        "garbage\r\n\r\n",
        "",
    ] {
        let proxy = LoopbackProxy::start(ProxyKind::Answering(answer), server.address);
        let url = format!("http://{}", proxy.address);
        let client = Client::for_loopback(server.roots.clone(), closed_port(), Some(&url));
        let fault = outcome(ask(&client, LONG));
        assert_eq!(fault, (Failure::Unreachable, false), "{answer:?}");
        assert!(!proxy.asked()[0].contains(TOKEN));
    }
    let url = format!("http://{}", closed_port());
    let client = Client::for_loopback(server.roots.clone(), closed_port(), Some(&url));
    assert_eq!(outcome(ask(&client, LONG)), (Failure::Unreachable, false));
    assert!(server.requests().is_empty());
}

#[test]
fn a_proxy_that_answers_in_drops_does_not_outlive_the_timeout() {
    let server = Loopback::start(|_| Reply::json(200, "{}"));
    let slow =
        "HTTP/1.1 200 OK\r\nx: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n";
    let proxy = LoopbackProxy::start(ProxyKind::Answering(slow), server.address);
    let url = format!("http://{}", proxy.address);
    let client = Client::for_loopback(server.roots.clone(), closed_port(), Some(&url));
    assert_eq!(ask_soon(&client), (Failure::TimedOut, false));
}

#[test]
fn the_system_client_follows_the_environment() {
    let server = Loopback::start(|_| Reply::json(200, "{}"));
    let proxy = LoopbackProxy::start(ProxyKind::Connect, server.address);
    let folder = tempfile::tempdir().unwrap();
    let roots = folder.path().join("roots.pem");
    server.write_authority(&roots);
    let roots = roots.to_str().unwrap();
    let url = format!("http://{}", proxy.address);

    let trusting = [("SSL_CERT_FILE", roots), ("HTTPS_PROXY", url.as_str())];
    assert_eq!(in_a_child(&trusting), "status 200");
    assert_eq!(server.requests().len(), 1);

    let nobody = folder.path().join("nobody.pem");
    fs::write(&nobody, "").unwrap();
    let distrusting = [("SSL_CERT_FILE", nobody.to_str().unwrap()), trusting[1]];
    let told = in_a_child(&distrusting);
    assert!(told.contains("no trusted certificates") && told.contains("SSL_CERT_FILE"), "{told}");

    let broken = [trusting[0], ("all_proxy", "http://user:hunter2@:x")];
    let told = in_a_child(&broken);
    assert!(told.contains("all_proxy") && !told.contains("hunter2"), "{told}");
    assert_eq!(server.requests().len(), 1);
}

const CHILD: &str = "CODEX_PROFILER_TEST_CHILD";

/// Runs the child below with this environment and returns what it told. A
/// variable cannot be set in this process: other tests run in it.
fn in_a_child(environment: &[(&str, &str)]) -> String {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child_of_the_system_client", "--ignored", "--nocapture"])
        .env_clear()
        .env(CHILD, "1")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let told = text.split_once("told: ").expect("the child tells").1;
    told.lines().next().unwrap().to_owned()
}

#[test]
#[ignore = "the test above runs it, with an environment of its own"]
fn child_of_the_system_client() {
    if env::var_os(CHILD).is_none() {
        return;
    }
    match Client::system().and_then(|client| client.ready().map(|()| client)) {
        Ok(client) => println!("told: status {}", ask(&client, LONG).unwrap().status),
        Err(error) => println!("told: {error:#}"),
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// An address where nothing listens.
fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}
