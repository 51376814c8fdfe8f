//! The proxy that the environment names.

use std::borrow::Cow;

use anyhow::anyhow;
use ureq::Proxy;

/// The proxy that the environment asks for, if it asks for one.
pub(super) fn from_environment(
    get: impl Fn(&str) -> Option<String>,
) -> anyhow::Result<Option<Proxy>> {
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
        let is_inside =
            host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        entry == "*" || (!domain.is_empty() && is_inside)
    })
}

pub(super) fn parse_proxy(url: &str) -> Option<Proxy> {
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

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
        for url in ["p:1", "https://p", "socks5://p", "SOCKS5://p", "socks://p", "socks4a://p"] {
            let proxy = proxy(&[("ALL_PROXY", url)]).unwrap().unwrap();
            assert!(!proxy.resolve_target(), "{url}");
        }
        let proxy = proxy(&[("ALL_PROXY", "socks5://us%40er:p%3Aw@p:1")]).unwrap().unwrap();
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
        for list in
            ["", ",", ".", "localhost,10.0.0.0/8", "gpt.com", "x.chatgpt.com", "chatgpt.com:80"]
        {
            assert!(!exempts(list, "chatgpt.com"), "{list:?}");
        }
    }
}
