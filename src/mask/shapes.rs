//! Finds secrets by their own form, whatever stands before them: logins in URLs, headers, well-known tokens, private keys.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{MASK, regex};

/// `scheme://user:password@host`, also with an empty user. A password that starts with digits could be a port: it
/// counts as a password only if no `/` follows directly after the digits.
static PASSWORD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#:@'`]*:(?P<secret>[^\s/?#'`]+|[^\s/'`]*[^\s/0-9'`][^\s'`]*)@",
    )
});

/// `https://token@host`: a web URL with a user but without a password has a token as its user.
static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)\bhttps?://(?P<secret>[^\s/?#:@'`]+)@"));

/// `"Authorization: Bearer ..."`, up to the closing quote.
static QUOTED_HEADER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)(?:"(?:proxy-)?authorization"?\s*[:=]\s*"?(?P<a>[^"\n]+)|'(?:proxy-)?authorization'?\s*[:=]\s*'?(?P<b>[^'\n]+)|"(?:set-)?cookie"?\s*[:=]\s*"?(?P<c>[^"\n]+)|'(?:set-)?cookie'?\s*[:=]\s*'?(?P<d>[^'\n]+))"#,
    )
});

/// A whole line that is such a header.
static HEADER_LINE: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?im)^[<>* \t]*(?:(?:proxy-)?authorization|(?:set-)?cookie):[ \t]*(?P<secret>[^\n]+)$")
});

/// Such a header within other text: the secret is the next word after the scheme, also in brackets.
static BARE_HEADER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)\b(?:proxy-)?authorization\\?["']?[:=][ \t]*[\[{(\\"']*(?:(?:bearer|basic|token|digest|negotiate)[ \t]+)?(?P<secret>[^\s"'|\\]+)"#,
    )
});

/// Cookies within other text, with all that follow after `;`.
static BARE_COOKIE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)\b(?:set-)?cookie\\?["']?[:=][ \t]*[\[{(\\"']*(?P<secret>[^\s"'|;\\]+(?:;[ \t]*[^\s"'|;=\\]+=[^\s"'|;\\]*)*)"#,
    )
});

/// `Bearer` and a token, without the name of the header.
static BEARER: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b[Bb]earer[ \t]+(?P<secret>[A-Za-z0-9._~+/-]{20,}=*|\*\*\*)"));

/// Tokens that begin with the mark of the service that issued them. The mark stays visible.
static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"\b(?:gh[opsur]_|github_pat_|npm_|hf_|gsk_|dckr_pat_|dckr_oat_|lin_api_|rdme_|shpat_|shpss_|shpca_|dop_v1_|doo_v1_|",
        r"sk_live_|sk_test_|rk_live_|rk_test_|whsec_|glc_|glsa_|pat_|tfp_|nfp_|figd_|ntn_)(?P<a>[A-Za-z0-9_]{16,}|\*\*\*)",
        r"|\bgl(?:pat|ptt|dt|rt|soat|cbt|ft|agent|oas|imt)-(?P<b>[A-Za-z0-9_.-]{16,}|\*\*\*)",
        r"|\bx(?:ox[abceoprs]|app|oxe\.xox[bp])-(?P<c>[A-Za-z0-9-]{8,}|\*\*\*)",
        r"|\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)(?P<d>[A-Z0-9]{16}\b|\*\*\*)",
        r"|\beyJ(?P<e>[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,3}|\*\*\*)",
        r"|\bsk-(?:ant-|proj-|svcacct-|or-v1-)(?P<f>[A-Za-z0-9_-]{16,}|\*\*\*)",
        r"|\bsk-(?P<g>[A-Za-z0-9]{32,})",
        r"|\bAIza(?P<h>[A-Za-z0-9_-]{30,}|\*\*\*)",
        r"|\bya29\.(?P<i>[A-Za-z0-9_-]{20,}|\*\*\*)",
        r"|\bSG\.(?P<j>[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|\*\*\*)",
        r"|\bhv[bsr]\.(?P<k>[A-Za-z0-9_-]{20,}|\*\*\*)",
        r"|\bpypi-(?P<l>[A-Za-z0-9_-]{40,}|\*\*\*)",
        r"|\btskey-[a-z]+-(?P<m>[A-Za-z0-9-]{16,}|\*\*\*)",
        r"|\bAGE-SECRET-KEY-1(?P<n>[A-Z0-9]{40,}|\*\*\*)",
        r"|\bsq0(?:atp|csp)-(?P<o>[A-Za-z0-9_-]{20,}|\*\*\*)",
        r"|\b[0-9]{8,10}:AA(?P<p>[A-Za-z0-9_-]{32,})",
        r"|\bhooks\.slack\.com/(?:services|workflows|triggers)/(?P<q>[A-Za-z0-9/_-]{16,}|\*\*\*)",
        r"|\bdiscord(?:app)?\.com/api/webhooks/[0-9]+/(?P<r>[A-Za-z0-9_-]{20,}|\*\*\*)",
        r"|\bapi\.telegram\.org/bot(?P<s>[0-9]+:[A-Za-z0-9_-]{20,}|\*\*\*)",
    ))
});

/// Passwords in SQL and in a `.netrc`.
static STATEMENT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:\bidentified\s+(?:with\s+\S+\s+)?by\s+'(?P<a>[^'\n]+)|\bpassword\s+'(?P<b>[^'\n]+)|\blogin\s+\S+\s+password\s+(?P<c>\S+))",
    )
});

/// The first line of a private key.
static KEY_BEGINS: LazyLock<Regex> =
    LazyLock::new(|| regex(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"));

/// A line of a key that has no end.
static KEY_LINE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:\s|\\[nr])*(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash): [^\n]*|[A-Za-z0-9+/=]{4,}|=[A-Za-z0-9+/]{4})",
    )
});

/// Upper bound on the bytes of a private key.
const LONGEST_KEY: usize = 16 * 1024;

/// Adds the secrets of these forms that begin in `range` of `text`.
pub(super) fn find(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let slice = &text[range.clone()];
    let at = |span: Range<usize>| span.start + range.start..span.end + range.start;
    for pattern in [
        &PASSWORD,
        &TOKEN,
        &QUOTED_HEADER,
        &HEADER_LINE,
        &BARE_HEADER,
        &BARE_COOKIE,
        &BEARER,
        &TOKENS,
        &STATEMENT,
    ] {
        for captures in pattern.captures_iter(slice) {
            let secret = captures.iter().skip(1).flatten().next();
            found.extend(secret.map(|secret| at(secret.range())));
        }
    }
    for begin in KEY_BEGINS.find_iter(slice) {
        found.extend(key_body(text, range.start + begin.end()));
    }
}

/// The lines of a private key after its first line.
fn key_body(text: &str, start: usize) -> Option<Range<usize>> {
    let end = text.floor_char_boundary(text.len().min(start.saturating_add(LONGEST_KEY)));
    let body = &text[start..end];
    if let Some(length) = body.find("-----END") {
        return Some(trimmed(text, start..start + length));
    }
    if body.trim_start().starts_with(MASK) {
        let mask = body.find(MASK).unwrap_or_default();
        return Some(start + mask..start + mask + MASK.len());
    }
    let mut length = 0;
    while let Some(line) = KEY_LINE.find(&body[length..]) {
        length += line.end();
    }
    (length > 0).then(|| trimmed(text, start..start + length))
}

/// A span without the line ends around it.
fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let inner = &text[span.clone()];
    let start = span.start + (inner.len() - inner.trim_start().len());
    start
        ..span
            .end
            .max(start)
            .min(start + text[start..span.end.max(start)].trim_end().len())
}
