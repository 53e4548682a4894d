//! Signatures of requests.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use jobs_schedule::Time;

/// The name of the setting that has the key. Without a key, a request is not signed.
pub(super) const KEY: &str = "secret";

/// A kind of signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sign {
    /// HMAC-SHA256 of the body, in hexadecimal digits: GitHub's `X-Hub-Signature-256`. Only a header can have it.
    Hub,
    /// HMAC-SHA256 by the secret of the milliseconds, a line end and the secret, in base64: DingTalk's.
    Dingtalk,
    /// HMAC-SHA256 of nothing by the seconds, a line end and the secret, in base64: Feishu's.
    Feishu,
}

/// A signature, and the time that is in it.
pub(super) struct Signature {
    pub sign: String,
    pub timestamp: String,
}

impl Sign {
    /// The signature. `body` matters to [`Sign::Hub`] alone.
    pub(super) fn of(self, key: &str, body: &str, now: Time) -> Signature {
        match self {
            Sign::Hub => Signature {
                sign: hex(&hmac(key.as_bytes(), body.as_bytes())),
                timestamp: String::new(),
            },
            Sign::Dingtalk => {
                let timestamp = now.millis().to_string();
                let text = format!("{timestamp}\n{key}");
                Signature {
                    sign: BASE64_STANDARD.encode(hmac(key.as_bytes(), text.as_bytes())),
                    timestamp,
                }
            }
            Sign::Feishu => {
                let timestamp = now.millis().div_euclid(1_000).to_string();
                let text = format!("{timestamp}\n{key}");
                Signature {
                    sign: BASE64_STANDARD.encode(hmac(text.as_bytes(), b"")),
                    timestamp,
                }
            }
        }
    }
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first is the example of GitHub's documentation ("Testing the webhook payload validation"). The others were computed with
    /// the programs that DingTalk and Feishu show in theirs (Python: `hmac.new(...)`, `base64.b64encode(...)`).
    #[test]
    fn signatures_are_those_of_the_documentation() {
        let at = Time::from_millis(1_599_360_473_123);
        let hub = Sign::Hub.of("It's a Secret to Everybody", "Hello, World!", at);
        assert_eq!(
            hub.sign,
            "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
        let dingtalk = Sign::Dingtalk.of("SECtest", "", at);
        assert_eq!(dingtalk.timestamp, "1599360473123");
        assert_eq!(
            dingtalk.sign,
            "irKdoCRlHdl+63ikJkF5vUyRbaBf8QKVRI3eplFGeCk="
        );
        let feishu = Sign::Feishu.of("demo", "", at);
        assert_eq!(feishu.timestamp, "1599360473");
        assert_eq!(feishu.sign, "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=");
    }
}
