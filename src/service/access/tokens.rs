//! Tokens for programs: `jobs_`, the number of the token, `_`, and 43 random characters.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::super::{Cx, Service, audit, job_input};
use super::names;
use super::password::random;
use jobs_api::{NewToken, Secret, TokenAdd, TokenInfo, TokenList, TokenRm};
use jobs_error::{Error, Result};
use jobs_model as model;

/// The beginning of a token for programs. No token of a login begins so.
pub(super) const PREFIX: &str = "jobs_";

impl Service {
    pub(crate) fn token_add(&self, cx: &Cx, request: TokenAdd) -> Result<NewToken> {
        names::check("name", &request.name)?;
        let now = cx.now;
        let zone = self.scheduler.settings().zone.clone();
        let expires_at = request
            .expires
            .as_deref()
            .filter(|text| !text.trim().is_empty())
            .map(|text| job_input::when("expires", text, &zone, now))
            .transpose()?;
        if let Some(end) = expires_at.filter(|end| *end <= now) {
            return Err(
                Error::invalid("expires", format!("`{}` is past", end.local(&zone)))
                    .hint("a time that is to come, such as `2027-01-01` or `in 90d`"),
            );
        }
        let secret = URL_SAFE_NO_PAD.encode(random::<32>()?);
        let new = model::NewToken {
            name: request.name,
            role: request.role.unwrap_or_default(),
            hash: hash(&secret),
            expires_at,
            created_at: now,
            created_by: audit::who(cx.caller),
        };
        let token = self.change_access(cx, move |tx| {
            if tx.token(&new.name)?.is_some() {
                return Err(Error::Conflict(format!(
                    "name: `{}` is taken by another token",
                    new.name
                )));
            }
            tx.insert_token(&new)
        })?;
        Ok(NewToken {
            secret: Secret::new(format!("{PREFIX}{}_{secret}", token.id)),
            token: TokenInfo::from(token),
        })
    }

    pub(crate) fn token_list(&self, _: &Cx, _: TokenList) -> Result<Vec<TokenInfo>> {
        let tokens = self.store.read(|reader| reader.tokens())?;
        Ok(tokens.into_iter().map(TokenInfo::from).collect())
    }

    pub(crate) fn token_rm(&self, cx: &Cx, request: TokenRm) -> Result<TokenInfo> {
        if request.token.as_str().is_empty() {
            return Err(Error::invalid("token", "is missing")
                .hint("give the name or the number of a token"));
        }
        let token = self.change_access(cx, move |tx| {
            let token = tx.token(request.token.as_str())?.ok_or(Error::NoSuch {
                what: "token",
                name: request.token.to_string(),
            })?;
            tx.delete_token(token.id)?;
            Ok(token)
        })?;
        Ok(TokenInfo::from(token))
    }
}

/// The number and the secret of a token.
pub(super) fn split(token: &str) -> Option<(i64, &str)> {
    let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
    Some((id.parse().ok()?, secret))
}

/// The stored hash of a secret: SHA-256 in hexadecimal digits.
pub(super) fn hash(secret: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest = Sha256::digest(secret.as_bytes());
    let mut text = String::with_capacity(2 * digest.len());
    for byte in digest {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_token_returns_id_and_secret() {
        for (token, expected) in [
            ("jobs_7_abc", Some((7, "abc"))),
            ("jobs_7_a_b-c", Some((7, "a_b-c"))),
            ("jobs_7_", Some((7, ""))),
            ("jobs_7", None),
            ("jobs_x_abc", None),
            ("jobs__abc", None),
            ("job_7_abc", None),
            ("", None),
        ] {
            assert_eq!(split(token), expected, "{token}");
        }
        assert_eq!(
            hash("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
