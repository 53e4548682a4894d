//! The sections for what functions send: mail, short messages, webhooks.

use serde::{Deserialize, Serialize};

use super::units::Secret;
use super::words::SmtpTls;

/// `smtp`: the mail server of the function `Email`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Smtp {
    /// The name or address of the server; empty is not configured.
    pub host: String,
    /// The TCP port of the server; 0 is the usual one: 25 without TLS, 587 with `starttls`, 465 with `tls`.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: SmtpTls,
    /// The account; without one there is no login.
    pub username: String,
    /// The password of the account.
    pub password: Secret,
    /// The sender, as in `jobs@example.com` or `Jobs <jobs@example.com>`.
    pub from: String,
}

impl Default for Smtp {
    fn default() -> Self {
        Smtp {
            host: String::new(),
            port: 0,
            tls: SmtpTls::Starttls,
            username: String::new(),
            password: Secret::default(),
            from: String::new(),
        }
    }
}

/// `sms`: the HTTP gateway of the function `SMS`. In the URL, the headers and the body, `{phone}` and `{text}` stand for the
/// arguments: percent-encoded in the URL and in a form, escaped in JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sms {
    /// The URL of the gateway, which may have a key in it; empty is not configured.
    pub url: Secret,
    /// The HTTP method.
    pub method: String,
    /// `K:V|||K2:V2`, as in the bracket format.
    pub headers: Secret,
    /// The template of the body.
    pub body: Secret,
    /// A text that the answer must contain, besides a status of 2xx; empty is no such condition.
    pub success: String,
}

impl Default for Sms {
    fn default() -> Self {
        Sms {
            url: Secret::default(),
            method: "POST".into(),
            headers: Secret::default(),
            body: Secret::default(),
            success: String::new(),
        }
    }
}

/// `webhook`: the function `Webhook`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhook {
    /// The key of the signature (HMAC-SHA256 of the body, in hex); without one requests are not signed.
    pub secret: Secret,
    /// The name of the header with the signature, `sha256=HEX`.
    pub header: String,
}

impl Default for Webhook {
    fn default() -> Self {
        Webhook {
            secret: Secret::default(),
            header: "X-Hub-Signature-256".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::Config;
    use super::super::tests::load;

    #[test]
    fn databases_have_any_name_and_are_not_shown() {
        let config = Config::from_yaml(
            "databases:\n  shop: mysql://u:hunter2@db/shop\n  a-b_1: /srv/x.db\n",
            "c.yaml",
        )
        .unwrap();
        assert_eq!(
            config.databases["shop"].reveal(),
            "mysql://u:hunter2@db/shop"
        );
        assert_eq!(config.databases["a-b_1"].reveal(), "/srv/x.db");
        let shown = format!("{config:?}{}{}", config.to_yaml(), config.to_json());
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(
            config.to_yaml().contains("  shop: \"***\""),
            "{}",
            config.to_yaml()
        );
        let loaded = load("", &[("JOBS_DATABASES", "a=/x.db|||b=mysql://h/d?x=y")]).unwrap();
        assert_eq!(loaded.config.databases["b"].reveal(), "mysql://h/d?x=y");
        for (yaml, part) in [
            ("databases: {shop: shop.db}", "the place of `shop`"),
            ("databases: {'a b': /x.db}", "`a b` is no name"),
            ("databases: [a]", "a list is given where names are wanted"),
            ("databases: {shop: {x: y}}", "a section is given"),
            ("databases: {shop: secret-hunter2}", "the place of `shop`"),
        ] {
            let error = Config::from_yaml(yaml, "c.yaml")
                .expect_err(yaml)
                .to_string();
            assert!(
                error.contains(part) && !error.contains("hunter2"),
                "{error}"
            );
        }
    }

    #[test]
    fn function_settings_are_checked() {
        for (yaml, part) in [
            ("jobs: {func_roots: [srv]}", "`srv` is not an absolute path"),
            ("smtp: {tls: ssl}", "`none`, `starttls`, `tls`"),
            ("sms: {method: 'P T'}", "`P T` is not an HTTP method"),
        ] {
            let error = Config::from_yaml(yaml, "c.yaml")
                .expect_err(yaml)
                .to_string();
            assert!(error.contains(part), "{error}");
        }
        let many = vec!["/srv"; 201].join(", ");
        let error = Config::from_yaml(&format!("jobs: {{func_roots: [{many}]}}"), "c.yaml");
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("these are 201") && error.contains("at most 200"),
            "{error}"
        );
        let config = Config::from_yaml(
            "jobs: {func_roots: [/srv, /data]}\nsms: {method: put}",
            "c.yaml",
        )
        .unwrap();
        assert_eq!(
            config.jobs.func_roots,
            [PathBuf::from("/srv"), PathBuf::from("/data")]
        );
        assert_eq!(config.sms.method, "PUT");
    }
}
