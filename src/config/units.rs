//! Sizes, durations and secrets: how the configuration reads and shows them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

const KIB: u64 = 1024;

/// Units of a size, the largest first. Powers of two come first, so that they are the ones shown.
const SIZES: [(&str, u64); 9] = [
    ("TiB", KIB * KIB * KIB * KIB),
    ("GiB", KIB * KIB * KIB),
    ("MiB", KIB * KIB),
    ("KiB", KIB),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
    ("B", 1),
];

/// Units of a duration in seconds, the largest first.
const TIMES: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// A size in bytes. In JSON it is a plain number.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl Bytes {
    /// Reads `1048576`, `10MiB`, `64 KiB` or `5GB`; the unit in any case, `KiB` is 1024 bytes and
    /// `KB` is 1000. None when the text is no size or is past 64 bits.
    pub fn parse(text: &str) -> Option<Bytes> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let unit = unit.trim_start();
        let factor = SIZES
            .iter()
            .find(|(name, _)| unit.is_empty() || name.eq_ignore_ascii_case(unit))
            .map(|(_, factor)| if unit.is_empty() { 1 } else { *factor })?;
        number.parse::<u64>().ok()?.checked_mul(factor).map(Bytes)
    }
}

/// The largest unit of two that divides the size, `10MiB`; a plain number otherwise.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = SIZES[..4]
            .iter()
            .find(|(_, factor)| self.0 != 0 && self.0.is_multiple_of(*factor));
        match unit {
            Some((name, factor)) => write!(f, "{}{name}", self.0 / factor),
            None => write!(f, "{}", self.0),
        }
    }
}

/// A duration in whole seconds. In JSON it is a plain number.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seconds(pub u64);

impl Seconds {
    /// The same as a [`Duration`].
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }

    /// Reads `90`, `90s`, `1h30m` or `2d`: whole numbers, each unit once, the larger first.
    /// None when the text is no duration or is past 64 bits.
    pub fn parse(text: &str) -> Option<Seconds> {
        if let Ok(plain) = text.parse::<u64>() {
            return (!text.starts_with('+')).then_some(Seconds(plain));
        }
        let (mut total, mut rest, mut units) = (0u64, text, TIMES.iter());
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let number: u64 = rest[..end].parse().ok()?;
            let unit = rest[end..].chars().next()?.to_ascii_lowercase();
            // The iterator never goes back: so each unit comes at most once, the larger first.
            let (_, factor) = units.find(|(name, _)| *name == unit)?;
            total = total.checked_add(number.checked_mul(*factor)?)?;
            rest = &rest[end + 1..];
        }
        (!text.is_empty()).then_some(Seconds(total))
    }
}

/// The parts that are not zero, `1h30m`; `0s` for none.
impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, factor) in TIMES {
            if rest >= factor {
                write!(f, "{}{unit}", rest / factor)?;
                rest %= factor;
            }
        }
        Ok(())
    }
}

/// A text that is never shown: debug output and JSON have `***` instead.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, for the code that sends or checks it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn masked(&self) -> &'static str {
        if self.is_empty() { "" } else { "***" }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.masked())
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.masked())
    }
}

/// A value in text form, for which the empty text stands when there is none.
pub(super) mod empty_is_none {
    use serde::de::IntoDeserializer;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => value.serialize(serializer),
            None => serializer.serialize_str(""),
        }
    }

    pub(crate) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        match String::deserialize(deserializer)? {
            text if text.is_empty() => Ok(None),
            text => T::deserialize(text.into_deserializer()).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let good = [
            ("0", 0, "0"),
            ("1048576", 1_048_576, "1MiB"),
            ("10MiB", 10_485_760, "10MiB"),
            ("64 kib", 65_536, "64KiB"),
            ("2GiB", 2_147_483_648, "2GiB"),
            ("5MB", 5_000_000, "5000000"),
            ("7b", 7, "7"),
            ("1536KiB", 1_572_864, "1536KiB"),
        ];
        for (text, bytes, shown) in good {
            assert_eq!(Bytes::parse(text), Some(Bytes(bytes)), "{text}");
            assert_eq!(Bytes(bytes).to_string(), shown, "{text}");
            assert_eq!(Bytes::parse(shown), Some(Bytes(bytes)), "{text}");
        }
        let bad = [
            "",
            "MiB",
            "-1",
            "1.5GiB",
            "10 parsecs",
            "1é",
            "99999999999GiB",
            "+1",
        ];
        for text in bad {
            assert_eq!(Bytes::parse(text), None, "{text}");
        }
    }

    #[test]
    fn durations() {
        let good = [
            ("0", 0, "0s"),
            ("90", 90, "1m30s"),
            ("90s", 90, "1m30s"),
            ("1h30m", 5_400, "1h30m"),
            ("2D", 172_800, "2d"),
        ];
        for (text, seconds, shown) in good {
            assert_eq!(Seconds::parse(text), Some(Seconds(seconds)), "{text}");
            assert_eq!(Seconds(seconds).to_string(), shown, "{text}");
            assert_eq!(Seconds::parse(shown), Some(Seconds(seconds)), "{text}");
        }
        let bad = [
            "",
            "s",
            "-5",
            "+5",
            "1.5s",
            "30m1h",
            "1h1h",
            "5é",
            "10ms",
            "5 s",
            "1h30",
            "99999999999999999999s",
            "999999999999999999d",
        ];
        for text in bad {
            assert_eq!(Seconds::parse(text), None, "{text}");
        }
    }

    #[test]
    fn secret_is_not_shown() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "\"***\"");
        assert_eq!(serde_json::json!(secret), "***");
        assert_eq!(serde_json::json!(Secret::default()), "");
        assert_eq!(secret.reveal(), "hunter2");
    }
}
