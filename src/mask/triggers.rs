//! A quick look for texts that may hold a secret. Most hold none, and the patterns are not tried on them.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// Parts of secret names.
const NAME_PARTS: &[&str] = &[
    "token",
    "pass",
    "pw",
    "_pat",
    "-pat",
    "secret",
    "credential",
    "key",
    "auth",
    "cookie",
    "jwt",
    "sess",
    "sig",
    "hmac",
    "private",
];

/// Every other secret that the patterns find has one of these before it or in it.
const TRIGGERS: &[&str] = &[
    // Logins in URLs.
    "://",
    // Forms of tokens.
    "bearer",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "npm_",
    "hf_",
    "gsk_",
    "dckr_",
    "lin_api_",
    "rdme_",
    "shpat_",
    "shpss_",
    "shpca_",
    "dop_v1_",
    "doo_v1_",
    "k_live_",
    "k_test_",
    "whsec_",
    "glc_",
    "glsa_",
    "pat_",
    "tfp_",
    "nfp_",
    "figd_",
    "ntn_",
    "glpat-",
    "glptt-",
    "gldt-",
    "glrt-",
    "glsoat-",
    "glcbt-",
    "glft-",
    "glagent-",
    "gloas-",
    "glimt-",
    "xox",
    "xapp-",
    "akia",
    "asia",
    "aroa",
    "aida",
    "abia",
    "acca",
    "eyj",
    "sk-",
    "aiza",
    "ya29.",
    "sg.",
    "hvb.",
    "hvs.",
    "hvr.",
    "pypi-",
    "tskey-",
    "sq0",
    ":aa",
    "hooks.slack.com",
    "api/webhooks/",
    "telegram.org/bot",
    "identified",
    // Programs whose arguments hold secrets.
    "curl",
    "http",
    "xh ",
    "mysql",
    "mariadb",
    "dumper",
    "backupex",
    "xtrabackup",
    "-cli",
    "mongo",
    "ldap",
    "smb",
    "rpcclient",
    "ftp",
    "ncftp",
];

/// More programs.
const PROGRAMS: &[&str] = &[
    "7z",
    "rar",
    "zip",
    "sqlcmd",
    "bcp",
    "tsql",
    "ipmitool",
    "snmp",
    "openssl",
    "login",
    "net ",
    "mariabackup",
    "sqlplus",
    "sqlldr",
    "expdp",
    "impdp",
    "mosquitto_",
    "plink",
    "pscp",
    "psftp",
    "putty",
    "rabbitmq",
    "freerdp",
    "rdesktop",
    // Escapes in the name of a secret.
    "\\u00",
    "%4",
    "%5",
    "%6",
    "%7",
];

static SEARCH: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .build(NAME_PARTS.iter().chain(TRIGGERS).chain(PROGRAMS))
        .expect("the triggers are few and short")
});

/// Whether a text holds a trigger.
pub(super) fn is_in(text: &[u8]) -> bool {
    SEARCH.is_match(text)
}

/// The positions of triggers, in order.
pub(super) fn positions(text: &[u8]) -> impl Iterator<Item = usize> {
    SEARCH.find_iter(text).map(|found| found.start())
}

/// Whether a text ends in the middle of a part of a secret name, after at least two bytes of it.
pub(super) fn is_begun(text: &[u8]) -> bool {
    NAME_PARTS.iter().any(|part| {
        let part = part.as_bytes();
        (2..part.len()).any(|length| {
            text.len() >= length
                && text[text.len() - length..].eq_ignore_ascii_case(&part[..length])
        })
    })
}
