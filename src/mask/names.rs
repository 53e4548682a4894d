//! Decides by its name whether a value is a secret.

/// A word that ends with one of these marks the value under the name as secret: `token`, `accesstoken`, `PGPASSWORD`.
const SECRET_WORDS: &[&str] = &[
    "token",
    "tokens",
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passphrases",
    "passcode",
    "secret",
    "secrets",
    "credential",
    "credentials",
    "apikey",
    "apikeys",
    "sshkey",
    "privatekey",
    "secretkey",
    "accesskey",
    "accountkey",
    "encryptionkey",
    "signingkey",
    "masterkey",
    "jwt",
    "cookie",
    "cookies",
    "sessionid",
];

/// Words before `key` that make the two a secret: `private_key`, `sshKey`.
const KEY_KINDS: &[&str] = &[
    "api",
    "private",
    "access",
    "ssh",
    "secret",
    "account",
    "encryption",
    "signing",
    "master",
    "deploy",
    "service",
    "shared",
    "storage",
];

/// Words that are joined with `pass`: `dbpass`. Other words that end with `pass`, such as `bypass`, name no secret.
const PASS_OWNERS: &[&str] = &[
    "admin", "api", "app", "auth", "bind", "cert", "client", "db", "ftp", "http", "imap", "jks",
    "key", "ldap", "login", "mail", "mongo", "my", "mysql", "net", "pg", "postgres", "proxy",
    "redis", "root", "server", "smtp", "sql", "ssh", "ssl", "store", "sudo", "svc", "tls", "user",
    "web",
];

/// Words before `pat` that make the two a personal access token: `GITHUB_PAT`. Elsewhere `pat` is a pattern.
const PAT_OWNERS: &[&str] = &[
    "github",
    "gitlab",
    "gh",
    "gl",
    "git",
    "gitea",
    "ghcr",
    "azure",
    "ado",
    "devops",
    "bitbucket",
    "databricks",
    "airtable",
    "access",
    "admin",
    "bot",
    "ci",
    "deploy",
    "docker",
    "jira",
    "user",
    "my",
];

/// A last word that says that the value only describes a secret, or where it is: `TOKEN_FILE`, `password_policy`,
/// `secrets.txt`.
const DESCRIBING_WORDS: &[&str] = &[
    "age",
    "arn",
    "bucket",
    "budget",
    "c",
    "cfg",
    "check",
    "conf",
    "count",
    "counts",
    "csv",
    "dir",
    "directory",
    "endpoint",
    "enc",
    "example",
    "expiration",
    "expired",
    "expires",
    "expiry",
    "fd",
    "field",
    "file",
    "files",
    "folder",
    "generator",
    "go",
    "gpg",
    "gz",
    "h",
    "helper",
    "hint",
    "host",
    "html",
    "ini",
    "js",
    "json",
    "label",
    "length",
    "len",
    "limit",
    "limits",
    "log",
    "manager",
    "max",
    "md",
    "min",
    "name",
    "names",
    "path",
    "paths",
    "php",
    "policies",
    "policy",
    "port",
    "prompt",
    "provider",
    "pub",
    "py",
    "rate",
    "rb",
    "reset",
    "rs",
    "service",
    "sh",
    "size",
    "sql",
    "stdin",
    "timer",
    "toml",
    "ts",
    "ttl",
    "txt",
    "type",
    "types",
    "usage",
    "version",
];

/// More of them, which are too short or too common to be sorted in above.
const MORE_DESCRIBING_WORDS: &[&str] = &["url", "uri", "yaml", "yml", "xml", "zip"];

/// The kind of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A value under this name is a secret wherever it stands.
    Secret,
    /// Exactly `pass` or `pw`: a password, or in the output of programs the opposite of `fail`.
    Pass,
    /// `key`, `keys` or `auth`: secret in work, but too common in data that programs print.
    Key,
    /// A signature: secret only as the value of a parameter, `sig=...`.
    Signature,
    /// No secret.
    Other,
}

/// Whether a value under this name is a secret: `GITHUB_TOKEN`, `apiKey`, `X-Secret`, `key`, `DB_PASS`.
pub fn is_secret_name(name: &str) -> bool {
    matches!(kind(name), Kind::Secret | Kind::Pass | Kind::Key)
}

pub(super) fn kind(name: &str) -> Kind {
    let words: Vec<String> = words(name)
        .map(|word| {
            word.trim_end_matches(|c: char| c.is_ascii_digit())
                .to_string()
        })
        .filter(|word| !word.is_empty())
        .collect();
    let Some(last) = words.last().map(String::as_str) else {
        return Kind::Other;
    };
    if words.len() > 1
        && (DESCRIBING_WORDS.contains(&last) || MORE_DESCRIBING_WORDS.contains(&last))
    {
        return Kind::Other;
    }
    let is_secret = |word: &String| {
        SECRET_WORDS.iter().any(|end| word.ends_with(end)) || word.ends_with("sessid")
    };
    let has_key = words
        .windows(2)
        .any(|pair| KEY_KINDS.contains(&&*pair[0]) && pair[1] == "key");
    let has_pat = words
        .windows(2)
        .any(|pair| PAT_OWNERS.contains(&&*pair[0]) && pair[1] == "pat");
    let has_pw = words.len() > 1 && last == "pw";
    // `PWD` alone is the working directory of a shell.
    let has_pwd = words.len() > 1 && words.iter().any(|word| word == "pwd");
    let is_joined = |word: &str| {
        word.strip_suffix("pass")
            .is_some_and(|owner| PASS_OWNERS.contains(&owner))
    };
    let has_pass = words.len() > 1 && last == "pass" || is_joined(last);
    if has_key
        || has_pat
        || has_pw
        || has_pwd
        || has_pass
        || words.iter().any(is_secret)
        || name.eq_ignore_ascii_case("awsaccesskeyid")
    {
        return Kind::Secret;
    }
    if last == "pass" || last == "pw" {
        return Kind::Pass;
    }
    if words
        .iter()
        .any(|word| ["key", "keys", "auth"].contains(&&**word))
    {
        return Kind::Key;
    }
    if ["sig", "signature", "hmac"].contains(&last) {
        return Kind::Signature;
    }
    Kind::Other
}

/// The words of a name: `access_key`, `accessKey` and `Access-Key` have two each.
pub(super) fn words(name: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let begins = !c.is_alphanumeric() || (c.is_uppercase() && was_lower);
        if begins {
            words.push(String::new());
        }
        was_lower = c.is_lowercase();
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.into_iter()
}
