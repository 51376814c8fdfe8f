//! The gain of a hostile network: nothing before it has proved to be chatgpt.com, and one
//! request after. What it sends back is bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use host_test::contract::https;
use host_test::net::{self, BODY_CAP, Client, Failure, USAGE_URL};
use host_test::policy::policy;
use host_test::secret::Secret;
use libtest_mimic::Failed;
use serde_json::Value;

use crate::guest::{Guest, USAGE};
use crate::loopback::{self, Identity, Loopback, Reply};
use crate::needles::{Needles, canary};
use crate::table::{Count, Promise};

/// The promises of this section.
pub fn promises() -> Vec<Promise> {
    let promise =
        |name: &str, run: fn() -> Result<Count, Failed>| Promise::new("hostile guest", name, run);
    vec![
        promise("an address that is not the one, letter for letter, is not asked", addresses),
        promise("a redirect is told, and not followed", redirects),
        promise("an answer that lies, drips or floods is none", answers),
        promise("a name that leads elsewhere gets no request", impostors),
        promise("nothing that is stored beside a token forges a header", headers),
    ]
}

/// Neither the contract nor the client takes an address, so the function that has the
/// last word is asked itself.
fn addresses() -> Result<Count, Failed> {
    // Two cases: this is no pattern for three.
    let named = |endpoint: https::Endpoint| match endpoint {
        https::Endpoint::Usage => net::Endpoint::Usage,
        https::Endpoint::ResetCredits => net::Endpoint::ResetCredits,
    };
    for endpoint in [https::Endpoint::Usage, https::Endpoint::ResetCredits].map(named) {
        assert_eq!(policy().endpoints[endpoint.name()].url, endpoint.url());
    }
    let tried = net::Endpoint::ALL.into_iter().map(addresses_of);
    let tried: Result<Vec<usize>, Failed> = tried.collect();
    let tried = tried?.into_iter().sum();
    Ok(Count::new(tried, "refused before connecting"))
}

/// Counts the addresses that were refused that are not this endpoint's own.
fn addresses_of(endpoint: net::Endpoint) -> Result<usize, Failed> {
    let own = endpoint.url();
    let with_port = own.replacen(".com", ".com:443", 1);
    let is_one = |url: &str| [own, &with_port].contains(&url);
    let table: Value = serde_json::from_str(include_str!("../../tables/urls.json"))?;
    let listed = table["refused"].as_array().unwrap().iter();
    let mut urls: Vec<String> = listed.map(|url| url.as_str().unwrap().to_owned()).collect();
    let odd = [
        "/",
        "\\",
        "//evil.invalid/",
        "\\\\evil.invalid\\",
        "@evil.invalid",
        "@evil.invalid/",
        "https://evil.invalid/",
        ":443",
        ":80",
        ":",
        "\r\n",
        "\n",
        "\r",
        "\t",
        " ",
        "\0",
        "%00",
        "%2e%2e/",
        "../",
        "./",
        "/../",
        "%2f",
        "%5c",
        "?",
        "?a=b",
        "#",
        "#a",
        ";a",
        "&",
        "*",
        "\r\nhost: evil.invalid",
        "\r\n\r\nGET / HTTP/1.1",
        "\u{430}",
        "\u{ff0e}",
        "\u{3002}",
        "\u{2024}",
        "\u{200b}",
        "\u{202e}",
        "\u{feff}",
        "xn--",
        "[::1]",
        "0",
        "1",
        "-",
        ".",
        "..",
    ];
    let others = net::Endpoint::ALL.iter().map(|each| each.url().to_owned());
    urls.extend(others);
    for base in [own, &with_port] {
        // Each put in everywhere, in place of everything, and each letter left out,
        // doubled, in another case or percent-encoded.
        for at in 0..=base.len() {
            let (before, behind) = base.split_at(at);
            urls.extend(odd.iter().map(|odd| format!("{before}{odd}{behind}")));
            let Some(letter) = behind.chars().next() else {
                continue;
            };
            let rest = &behind[1..];
            urls.extend(odd.iter().map(|odd| format!("{before}{odd}{rest}")));
            urls.push(format!("{before}{rest}"));
            urls.push(format!("{before}{letter}{letter}{rest}"));
            urls.push(format!("{before}{}{rest}", letter.to_ascii_uppercase()));
            urls.push(format!("{before}%{:02x}{rest}", letter as u32));
            urls.push(before.to_owned());
            urls.push(behind.to_owned());
        }
    }
    let path = own.trim_start_matches("https://chatgpt.com");
    let schemes = ["http", "HTTPS", "ftp", "file", "ws", "wss", "data", "javascript", "gopher", ""];
    urls.extend(schemes.map(|scheme| format!("{scheme}://chatgpt.com{path}")));
    let hosts = [
        "evil.invalid",
        "chatgpt.com.evil.invalid",
        "evilchatgpt.com",
        "www.chatgpt.com",
        "api.chatgpt.com",
        "chatgpt.co",
        "chatgpt.comm",
        "chatgpt.com.",
        "auth.openai.com",
        "openai.com",
        "localhost",
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:169.254.169.254]",
        "169.254.169.254",
        "10.0.0.1",
        "192.168.0.1",
        "172.16.0.1",
        "100.64.0.1",
        "0.0.0.0",
        "[fd00::1]",
        "[fe80::1]",
        "metadata.google.internal",
        "chatgpt.com@127.0.0.1",
        "xn--chatgp-4nf.com",
    ];
    urls.extend(hosts.map(|host| format!("https://{host}{path}")));
    urls.push(format!("{own}{}", "x".repeat(10_000_000)));
    urls.push("x".repeat(10_000_000));
    urls.retain(|url| !is_one(url));
    for url in &urls {
        assert!(!endpoint.allows(url), "{url:.200}");
    }
    assert!(endpoint.allows(own) && endpoint.allows(&with_port));
    Ok(urls.len())
}

fn redirects() -> Result<Count, Failed> {
    let evil = Loopback::start(|_| Reply::json(200, "{}"));
    let elsewhere = format!("https://{}/", evil.address);
    let targets = [
        elsewhere.as_str(),
        USAGE_URL,
        "/backend-api/wham/usage",
        "//evil.invalid/",
        "http://chatgpt.com/",
        "https://chatgpt.com@evil.invalid/",
        "",
    ];
    let mut tried = 0;
    for status in [301, 302, 303, 307, 308] {
        for target in targets {
            let location = target.to_owned();
            let guest =
                Guest::with(move |_| Reply::new(status, &[("location", &location)], "moved"));
            let told = guest.does("ask openai:work", &USAGE);
            assert_eq!(told, format!(r#"Ok(({status}, None, "moved"))"#));
            assert_eq!(guest.left().asked, 1, "{status} {target}");
            tried += 1;
        }
    }
    assert_eq!(evil.requests().len(), 0);
    Ok(Count::new(tried, "one request, none elsewhere"))
}

fn answers() -> Result<Count, Failed> {
    let raw =
        |head: &str, body: &str| Reply::raw(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}"));
    let pause = Duration::from_millis(30);
    let long = "a".repeat(2000);
    let large = "a".repeat(BODY_CAP + 1);
    let endless = format!("10000\r\n{}\r\n", "a".repeat(0x10000)).repeat(40);
    let replies = [
        ("Unreachable", raw("content-length: 9", "half")),
        ("Unreachable", raw("content-length: 9", "half").cut()),
        ("Unreachable", raw("content-length: -1", "{}")),
        ("Unreachable", raw("content-length: 2\r\ncontent-length: 3", "{}")),
        ("Unreachable", raw("transfer-encoding: chunked", "9\r\nhalf")),
        ("Unreachable", Reply::raw("SSH-2.0-x\r\n\r\n")),
        ("Unreachable", Reply::raw("HTTP/1.1 200 OK\r\n\r\n").under_tls()),
        ("TooLarge", raw("content-length: 262145", "").keep_open()),
        ("TooLarge", raw("content-length: 18446744073709551615", "").keep_open()),
        ("TooLarge", raw("connection: close", &large)),
        ("TooLarge", raw("transfer-encoding: chunked", &endless).keep_open()),
        ("TimedOut", raw("content-length: 2000", &long).drip(pause)),
        ("TimedOut", raw("content-length: 2000", "").keep_open()),
        ("TimedOut", Reply::raw("").after(Duration::from_secs(5))),
    ];
    let count = replies.len();
    for (index, (failure, reply)) in replies.into_iter().enumerate() {
        let guest = Guest::with(move |_| reply.clone());
        let started = Instant::now();
        let told = guest.does("ask openai:work", &USAGE);
        let took = started.elapsed();
        let expected = format!("Err(Error {{ failure: Failure::{failure}, sent: true");
        assert!(told.starts_with(&expected), "{index}: {told}");
        assert_eq!(guest.left().asked, 1);
        // The guest gave it a second.
        assert!(took < Duration::from_secs(4), "{index}: {took:?}");
    }
    let lie = raw("content-length: 2", "{}and more");
    let guest = Guest::with(move |_| lie.clone());
    assert_eq!(guest.does("ask openai:work", &USAGE), r#"Ok((200, None, "{}"))"#);
    Ok(Count::new(count + 1, "a fault, or what was declared"))
}

/// Wherever chatgpt.com is looked up to be, only who has its certificate is asked. Here
/// it is always a private address: what listens there is not chatgpt.com.
fn impostors() -> Result<Count, Failed> {
    let token = canary("of an impostor");
    let needles = Needles::new([token.clone()]);
    let mut tried = 0;
    let answer = |_: &loopback::Request| Reply::json(200, "{}");
    let genuine = Loopback::start(answer);
    let expired = Loopback::start_as(Identity::Expired, answer);
    let other = Loopback::start_as(Identity::OtherName, answer);
    let strange = Loopback::start(answer);
    let servers = [
        (&expired, &expired.roots),
        (&other, &other.roots),
        // Its authority is not one that is trusted.
        (&strange, &genuine.roots),
    ];
    for (server, roots) in servers {
        let client = Client::for_loopback(roots.clone(), server.address, None);
        let fault =
            client.get(net::Endpoint::Usage, &Secret::new(&*token), None, Duration::from_secs(5));
        let fault = fault.expect_err("an impostor was asked");
        assert_eq!((fault.failure, fault.sent), (Failure::Unreachable, false));
        assert_eq!(server.requests().len(), 0);
        tried += 1;
    }
    // No TLS at all, as a metadata service: it reads what comes, and finds no token.
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let connections = Arc::new(AtomicUsize::new(0));
    let (into, counted) = (Arc::clone(&heard), Arc::clone(&connections));
    let address = loopback::listen(move |mut socket| {
        counted.fetch_add(1, Ordering::SeqCst);
        let mut bytes = [0; 4096];
        let count = std::io::Read::read(&mut socket, &mut bytes)?;
        into.lock().unwrap().extend_from_slice(&bytes[..count]);
        std::io::Write::write_all(&mut socket, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
    });
    let client = Client::for_loopback(genuine.roots.clone(), address, None);
    let fault =
        client.get(net::Endpoint::Usage, &Secret::new(&*token), None, Duration::from_secs(5));
    assert!(fault.is_err_and(|fault| !fault.sent));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    needles.assert_none("what a server without TLS heard", &heard.lock().unwrap());
    // The one that is chatgpt.com does get it.
    let client = Client::for_loopback(genuine.roots.clone(), genuine.address, None);
    client.get(net::Endpoint::Usage, &Secret::new(&*token), None, Duration::from_secs(5))?;
    let head = &genuine.requests()[0].head;
    assert!(needles.find(head.as_bytes()).is_some());
    Ok(Count::new(tried + 1, "no request, no token"))
}

fn headers() -> Result<Count, Failed> {
    let server = Loopback::start(|_| Reply::json(200, "{}"));
    let client = Client::for_loopback(server.roots.clone(), server.address, None);
    let tails = [
        "\r\nx: y",
        "\nx: y",
        "\rx",
        "\0",
        " ",
        "\t",
        "\u{e9}",
        "\u{7f}",
        "\r\n\r\nGET / HTTP/1.1",
    ];
    for tail in tails {
        let time = Duration::from_secs(5);
        let token = Secret::new(format!("{}{tail}", canary("of a header")));
        let fault = client.get(net::Endpoint::Usage, &token, None, time).expect_err("it was sent");
        assert_eq!((fault.failure, fault.sent), (Failure::Denied, false), "{tail:?}");
        assert_eq!(server.requests().len(), 0);
    }
    for (index, tail) in tails.iter().enumerate() {
        let account = format!("account{tail}");
        let token = Secret::new(canary("of a header"));
        client.get(net::Endpoint::Usage, &token, Some(&account), Duration::from_secs(5))?;
        let requests = server.requests();
        assert_eq!(requests.len(), index + 1);
        assert_eq!(requests[index].header("chatgpt-account-id"), None, "{tail:?}");
        assert_eq!(requests[index].head.lines().count(), 6);
    }
    Ok(Count::new(2 * tails.len(), "not sent, or left out"))
}
