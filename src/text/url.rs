//! The host in the URL of a web server, where it is taken as it was typed: `url::Url` lowers its case, and reads `https:///path` as
//! a host `path`.

/// The host of an `http` or `https` URL, with its port if the URL names one. None when the text is not such a URL, or has blanks or
/// control characters in it.
pub fn http_host(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let is_http = ["http", "https"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let is_plain = !url.contains(|c: char| c.is_whitespace() || c.is_control());
    (is_http && is_plain && !host.is_empty() && !host.starts_with(':')).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_is_taken_as_it_was_typed() {
        for (url, expected) in [
            ("http://h", Some("h")),
            ("HTTPS://Example.com:8443/a?b#c", Some("Example.com:8443")),
            ("https://u:p@h/", Some("h")),
            ("https://[::1]:80/", Some("[::1]:80")),
            ("https:///hook", None),
            ("http://:80/", None),
            ("ftp://h/", None),
            ("h", None),
            ("http://a b/", None),
            ("http://h/\n", None),
        ] {
            assert_eq!(http_host(url), expected, "{url}");
        }
    }
}
