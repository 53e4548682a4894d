//! The tokens of logins: JSON Web Tokens, signed by HMAC with SHA-256 and nothing else.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

use super::key::Key;
use super::password::random;
use jobs_error::{Error, Result};
use jobs_model::{Admin, Role};
use jobs_schedule::Time;

/// Upper bound on the length of a token, in bytes. Valid tokens are much shorter.
const LONGEST: usize = 4_096;

/// The claims in the token of a login.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Claims {
    /// The id of the account.
    sub: String,
    /// The name and the role of the account at the login. For readers of the token only: a request is checked against the
    /// present role.
    name: String,
    role: Role,
    /// The generation of the account at the login. A change of the password starts a new one, which voids older tokens.
    #[serde(rename = "gen")]
    generation: i64,
    /// When the token was issued and when it expires, in seconds since 1970.
    iat: i64,
    exp: i64,
    /// A random id, so that two tokens never are the same.
    jti: String,
}

impl Claims {
    /// The claims of an account that has logged in at `now`.
    pub(super) fn of(admin: &Admin, now: Time, lifetime: Duration) -> Result<Claims> {
        Ok(Claims {
            sub: admin.id.to_string(),
            name: admin.username.clone(),
            role: admin.role,
            generation: admin.generation,
            iat: seconds(now),
            exp: seconds(now.plus(lifetime)),
            jti: URL_SAFE_NO_PAD.encode(random::<16>()?),
        })
    }

    /// The id and the generation of the account.
    pub(super) fn account(&self) -> Option<(i64, i64)> {
        Some((self.sub.parse().ok()?, self.generation))
    }

    pub(super) fn expires_at(&self) -> Time {
        Time::from_millis(self.exp.saturating_mul(1_000))
    }

    /// Makes a token of the claims.
    pub(super) fn sign(&self, key: &Key) -> Result<String> {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), self, &key.encoding)
            .map_err(|error| Error::io("a token cannot be signed", error))
    }

    /// The claims of a token, if it was signed with this key and has not expired.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthorized`]. The message does not tell which check failed, except expiry.
    pub(super) fn read(token: &str, key: &Key, now: Time) -> Result<Claims> {
        let not_ours = || Error::Unauthorized("the token is not valid: log in again".into());
        if token.len() > LONGEST {
            return Err(not_ours());
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "sub"]);
        // Checked below, against `now`.
        validation.validate_exp = false;
        validation.leeway = 0;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation)
            .map_err(|_| not_ours())?
            .claims;
        if claims.exp <= seconds(now) {
            return Err(Error::Unauthorized(
                "the token has expired: log in again".into(),
            ));
        }
        Ok(claims)
    }
}

fn seconds(time: Time) -> i64 {
    time.millis().div_euclid(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Time {
        Time::from_millis(1_800_000_000_500)
    }

    fn admin() -> Admin {
        Admin {
            id: 7,
            username: "alice".into(),
            email: String::new(),
            role: Role::Viewer,
            enabled: true,
            password: String::new(),
            generation: 3,
            last_login: None,
            created_at: now(),
            updated_at: now(),
        }
    }

    fn claims() -> Claims {
        Claims::of(&admin(), now(), Duration::from_secs(60)).unwrap()
    }

    fn key() -> Key {
        Key::of(&[7; 32])
    }

    /// A token made of these parts, with the signature as given.
    fn forged(header: &str, claims: &str, signature: &str) -> String {
        format!(
            "{}.{}.{signature}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims)
        )
    }

    #[test]
    fn read_signed_token_returns_the_account() {
        let token = claims().sign(&key()).unwrap();
        let read = Claims::read(&token, &key(), now()).unwrap();
        assert_eq!(read.account(), Some((7, 3)));
        assert_eq!((read.name.as_str(), read.role), ("alice", Role::Viewer));
        assert_eq!(read.expires_at(), Time::from_millis(1_800_000_060_000));
        assert_ne!(token, claims().sign(&key()).unwrap());
    }

    #[test]
    fn read_expired_token_is_refused() {
        let token = claims().sign(&key()).unwrap();
        for (seconds, is_good) in [(0, true), (59, true), (60, false), (3_600, false)] {
            let at = Time::from_millis(1_800_000_000_000).plus(Duration::from_secs(seconds));
            assert_eq!(
                Claims::read(&token, &key(), at).is_ok(),
                is_good,
                "{seconds}"
            );
        }
    }

    #[test]
    fn read_forged_token_is_refused() {
        let good = claims().sign(&key()).unwrap();
        let parts: Vec<&str> = good.split('.').collect();
        let [header, body, signature] = parts[..] else {
            panic!("{good}")
        };
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap();
        let promoted = text.replace("viewer", "admin");
        assert_ne!(text, promoted);
        let hs256 = r#"{"typ":"JWT","alg":"HS256"}"#;
        let signed_as = |algorithm| {
            jsonwebtoken::encode(&Header::new(algorithm), &claims(), &key().encoding).unwrap()
        };
        for (what, token) in [
            ("no algorithm", forged(r#"{"alg":"none"}"#, &text, "")),
            ("NONE", forged(r#"{"alg":"NONE"}"#, &text, signature)),
            ("no signature", forged(hs256, &text, "")),
            ("another role", forged(hs256, &promoted, signature)),
            ("another key", claims().sign(&Key::of(&[8; 32])).unwrap()),
            ("HS384", signed_as(Algorithm::HS384)),
            ("HS512", signed_as(Algorithm::HS512)),
            ("two parts", format!("{header}.{body}")),
            ("four parts", format!("{good}.x")),
            ("a changed signature", format!("{header}.{body}.AAAA")),
            ("nothing", String::new()),
            ("too long", format!("{good}{}", "A".repeat(LONGEST))),
        ] {
            assert!(
                matches!(
                    Claims::read(&token, &key(), now()),
                    Err(Error::Unauthorized(_))
                ),
                "{what}"
            );
        }
    }

    #[test]
    fn read_missing_claim_is_refused() {
        #[derive(Serialize)]
        struct Partly<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            sub: Option<&'a str>,
            name: &'a str,
            role: &'a str,
            #[serde(rename = "gen", skip_serializing_if = "Option::is_none")]
            generation: Option<i64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            iat: Option<i64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            exp: Option<i64>,
            jti: &'a str,
        }
        let all = || Partly {
            sub: Some("7"),
            name: "alice",
            role: "viewer",
            generation: Some(3),
            iat: Some(1_800_000_000),
            exp: Some(1_900_000_000),
            jti: "x",
        };
        for (what, claims, is_good) in [
            ("all", all(), true),
            ("sub", Partly { sub: None, ..all() }, false),
            (
                "gen",
                Partly {
                    generation: None,
                    ..all()
                },
                false,
            ),
            ("iat", Partly { iat: None, ..all() }, false),
            ("exp", Partly { exp: None, ..all() }, false),
            (
                "role",
                Partly {
                    role: "god",
                    ..all()
                },
                false,
            ),
        ] {
            let header = Header::new(Algorithm::HS256);
            let token = jsonwebtoken::encode(&header, &claims, &key().encoding).unwrap();
            assert_eq!(
                Claims::read(&token, &key(), now()).is_ok(),
                is_good,
                "{what}"
            );
        }
    }
}
