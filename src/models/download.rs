//! Asking a mirror for a file, or for the rest of it. The only file that knows the HTTP library.

use std::io::Read;
use std::net::IpAddr;
use std::time::Duration;

use ureq::http::{StatusCode, header};
use ureq::{Agent, Proxy};

/// Long enough for a slow line; a host that does not answer must not hold up the next mirror.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Between two reads of the file, and for the answer's head: a line that stands still this long is
/// taken for dead. The whole file may take as long as it likes.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// What a mirror answers to the request for the bytes of a file from some offset on.
pub enum Answer {
    /// The bytes from `offset` on, which is 0 when the mirror cannot send parts. `bytes` is the
    /// size of the whole file, where the mirror says it.
    Bytes { offset: u64, bytes: Option<u64>, body: Box<dyn Read> },
    /// The file ends at the offset, or before it.
    NothingMore,
}

/// Asks for `url` from `offset` on, through the proxy that the environment names. The error is for
/// people.
pub fn ask(url: &str, offset: u64) -> Result<Answer, String> {
    let proxy = proxy_for(url, |name| std::env::var(name).ok())?;
    let agent: Agent = Agent::config_builder()
        .proxy(proxy)
        .http_status_as_error(false)
        .user_agent(concat!("pingcha/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(CONNECT_TIMEOUT))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_recv_response(Some(STALL_TIMEOUT))
        .timeout_per_read(Some(STALL_TIMEOUT))
        .build()
        .into();
    let mut request = agent.get(url);
    if offset > 0 {
        request = request.header(header::RANGE, format!("bytes={offset}-"));
    }
    let response = request.call().map_err(|error| error.to_string())?;
    let head = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    match response.status() {
        StatusCode::OK => {
            let bytes = head(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
            Ok(Answer::Bytes { offset: 0, bytes, body: Box::new(response.into_body().into_reader()) })
        }
        StatusCode::PARTIAL_CONTENT => {
            let range = head(header::CONTENT_RANGE).and_then(content_range);
            let Some((start, bytes)) = range.filter(|&(start, _)| start == offset) else {
                return Err("answers with another part of the file than was asked for".to_owned());
            };
            Ok(Answer::Bytes { offset: start, bytes, body: Box::new(response.into_body().into_reader()) })
        }
        StatusCode::RANGE_NOT_SATISFIABLE if offset > 0 => Ok(Answer::NothingMore),
        status => Err(format!("answers {status}")),
    }
}

/// Start and size of the whole, from `bytes 5-9/10`.
fn content_range(value: &str) -> Option<(u64, Option<u64>)> {
    let (range, bytes) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.parse().ok()?, bytes.parse().ok()))
}

/// The proxy for a URL as curl chooses it. The library's own choice takes `ALL_PROXY` first,
/// whatever the scheme, and drops an address that it does not understand without a word.
fn proxy_for(url: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>, String> {
    let first = |names: &[&str]| {
        names.iter().find_map(|name| variable(name).filter(|value| !value.trim().is_empty()))
    };
    let host = host(url);
    let exempt = first(&["no_proxy", "NO_PROXY"]).unwrap_or_default();
    // A proxy's own loopback is another machine's.
    if is_loopback(host) || exempt.split(',').any(|entry| is_within(host, entry.trim())) {
        return Ok(None);
    }
    let address = match url.starts_with("https:") {
        true => first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
        false => first(&["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]),
    };
    let proxy = address.map(|address| Proxy::new(address.trim()));
    proxy.transpose().map_err(|error| format!("the environment names a proxy that cannot be used: {error}"))
}

fn host(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    match place.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => place.split(':').next().unwrap_or_default(),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether an entry of `NO_PROXY` covers the host: `*`, the host itself, or a domain around it.
fn is_within(host: &str, entry: &str) -> bool {
    let (host, domain) = (host.to_ascii_lowercase(), entry.to_ascii_lowercase());
    let domain = domain.trim_start_matches("*.").trim_start_matches('.');
    let around = || host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    entry == "*" || (!domain.is_empty() && around())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(url: &str, environment: &[(&str, &str)]) -> Result<Option<String>, String> {
        let variable =
            |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string());
        proxy_for(url, variable).map(|proxy| proxy.map(|proxy| format!("{}:{}", proxy.host(), proxy.port())))
    }

    #[test]
    fn the_proxy_is_that_of_the_scheme() {
        let environment =
            [("ALL_PROXY", "socks5://a:1"), ("HTTPS_PROXY", "http://user:word@b:2"), ("http_proxy", "c:3")];
        assert_eq!(proxy("https://x/y", &environment), Ok(Some("b:2".into())));
        assert_eq!(proxy("http://x/y", &environment), Ok(Some("c:3".into())));
        assert_eq!(proxy("https://x/y", &environment[..1]), Ok(Some("a:1".into())));
        assert_eq!(proxy("https://x/y", &[("HTTPS_PROXY", "")]), Ok(None));
        assert!(proxy("https://x/y", &[("HTTPS_PROXY", "gopher://b")]).is_err());
    }

    #[test]
    fn hosts_in_no_proxy_are_asked_directly() {
        let exempt = |url: &str, entries: &str| {
            proxy(url, &[("ALL_PROXY", "http://a:1"), ("NO_PROXY", entries)]) == Ok(None)
        };
        assert!(exempt("https://files.bureau.cn:8443/m", "localhost, bureau.cn"));
        assert!(exempt("https://files.bureau.cn/m", ".bureau.cn"));
        assert!(exempt("https://files.bureau.cn/m", "*.Bureau.cn"));
        assert!(exempt("http://user@[2001:db8::1]:80/m", "2001:db8::1"));
        assert!(exempt("http://127.0.0.1:80/m", "") && exempt("http://[::1]/m", ""));
        assert!(exempt("http://10.1.2.3/m", "*"));
        assert!(!exempt("https://notbureau.cn/m", "bureau.cn"));
        assert!(!exempt("https://files.bureau.cn/m", ","));
    }

    #[test]
    fn ranges_are_read() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        assert_eq!(content_range("bytes */10"), None);
    }
}
