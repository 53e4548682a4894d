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

/// More than any token of ours has, in bytes.
const LONGEST: usize = 4_096;

/// What the token of a login says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Claims {
    /// The number of the account.
    sub: String,
    /// Its name and its role at the time. They are for who reads the token: what holds is what the account has now.
    name: String,
    role: Role,
    /// The generation of the account.
    #[serde(rename = "gen")]
    generation: i64,
    /// When it was given out and from when on it is void, in seconds since 1970.
    iat: i64,
    exp: i64,
    /// No two are the same.
    jti: String,
}

impl Claims {
    /// What is given to an account that has logged in at `now`.
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

    /// The account and its generation.
    pub(super) fn account(&self) -> Option<(i64, i64)> {
        Some((self.sub.parse().ok()?, self.generation))
    }

    pub(super) fn expires_at(&self) -> Time {
        Time::from_millis(self.exp.saturating_mul(1_000))
    }

    /// The token that says so.
    pub(super) fn sign(&self, key: &Key) -> Result<String> {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), self, &key.encoding)
            .map_err(|error| Error::io("a token cannot be signed", error))
    }

    /// What a token says that was signed with this key and is not past.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthorized`], without telling much.
    pub(super) fn read(token: &str, key: &Key, now: Time) -> Result<Claims> {
        let not_ours = || Error::Unauthorized("the token is not valid: log in again".into());
        if token.len() > LONGEST {
            return Err(not_ours());
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "sub"]);
        // By our own clock, below.
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

    /// A token of which each part is what it is said to be.
    fn forged(header: &str, claims: &str, signature: &str) -> String {
        format!(
            "{}.{}.{signature}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims)
        )
    }

    #[test]
    fn a_token_says_who_logged_in() {
        let token = claims().sign(&key()).unwrap();
        let read = Claims::read(&token, &key(), now()).unwrap();
        assert_eq!(read.account(), Some((7, 3)));
        assert_eq!((read.name.as_str(), read.role), ("alice", Role::Viewer));
        assert_eq!(read.expires_at(), Time::from_millis(1_800_000_060_000));
        assert_ne!(token, claims().sign(&key()).unwrap());
    }

    #[test]
    fn it_is_void_from_its_end_on() {
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
    fn what_is_forged_is_refused() {
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
    fn a_claim_that_is_missing_is_missed() {
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
