//! Earlier work, of which only the masked text is known: its secrets are those of the present work.

use super::{Command, Func, Http, Work};
use jobs_mask::{self as mask, MASK};

impl Work {
    /// This work, which was shown with secrets masked, with the secrets of `present` in their places. Also returns the names of the
    /// values that could not be put back: they keep the present value, or are left out when there is none.
    ///
    /// `None` when nothing is left that could run: the command or the address had a secret that `present` does not have.
    pub fn with_secrets_of(mut self, present: &Work) -> Option<(Work, Vec<String>)> {
        let unknown = self.restore_rules(Some(present));
        let mut kept: Vec<String> = unknown.iter().map(|name| name.to_string()).collect();
        self.take_rules(&unknown, present);
        let work = match self {
            Work::Command(earlier) => {
                let now = match present {
                    Work::Command(now) => Some(now),
                    Work::Http(_) | Work::Func(_) => None,
                };
                Work::Command(Command {
                    command: required(
                        "command",
                        earlier.command,
                        now.map(|now| &now.command),
                        &mut kept,
                    )?,
                    env: pairs("env", earlier.env, now.map(|now| &now.env), &mut kept),
                    stdin: optional(
                        "stdin",
                        earlier.stdin,
                        now.and_then(|now| now.stdin.as_ref()),
                        &mut kept,
                    ),
                    ..earlier
                })
            }
            Work::Http(earlier) => {
                let now = match present {
                    Work::Http(now) => Some(now),
                    Work::Command(_) | Work::Func(_) => None,
                };
                let mut text = |name, earlier, now| optional(name, earlier, now, &mut kept);
                let data = text("data", earlier.data, now.and_then(|now| now.data.as_ref()));
                let proxy = text(
                    "proxy",
                    earlier.proxy,
                    now.and_then(|now| now.proxy.as_ref()),
                );
                let cookies = text(
                    "cookies",
                    earlier.cookies,
                    now.and_then(|now| now.cookies.as_ref()),
                );
                Work::Http(Http {
                    url: required("url", earlier.url, now.map(|now| &now.url), &mut kept)?,
                    headers: pairs(
                        "headers",
                        earlier.headers,
                        now.map(|now| &now.headers),
                        &mut kept,
                    ),
                    data,
                    proxy,
                    cookies,
                    ..earlier
                })
            }
            Work::Func(earlier) => {
                let now = match present {
                    Work::Func(now) => Some(now),
                    Work::Command(_) | Work::Http(_) => None,
                };
                let is_masked = earlier.args.iter().any(|arg| mask::holds_mask(arg));
                // An argument alone has no meaning: its place among the others counts.
                let args = match (is_masked, now) {
                    (false, _) => earlier.args,
                    (true, Some(now)) if now.name == earlier.name => {
                        kept.push("args".to_string());
                        now.args.clone()
                    }
                    (true, Some(_) | None) => return None,
                };
                Work::Func(Func { args, ..earlier })
            }
        };
        Some((work, kept))
    }

    /// The text of the work with its key at the beginning, so that it replaces all values of other work.
    pub fn whole_text(&self) -> String {
        let text = self.text();
        match self {
            Work::Command(_) if !text.starts_with('【') => format!("【command】{text}"),
            Work::Command(_) | Work::Http(_) | Work::Func(_) => text,
        }
    }
}

/// A text that the work cannot be without.
fn required(
    name: &str,
    earlier: String,
    now: Option<&String>,
    kept: &mut Vec<String>,
) -> Option<String> {
    optional(name, Some(earlier), now, kept)
}

fn optional(
    name: &str,
    earlier: Option<String>,
    now: Option<&String>,
    kept: &mut Vec<String>,
) -> Option<String> {
    let earlier = earlier?;
    if earlier != MASK && !mask::holds_mask(&earlier) {
        return Some(earlier);
    }
    kept.push(name.to_string());
    now.cloned()
}

/// Variables or headers. Each present value is used once.
fn pairs(
    field: &str,
    earlier: Vec<(String, String)>,
    now: Option<&Vec<(String, String)>>,
    kept: &mut Vec<String>,
) -> Vec<(String, String)> {
    let mut now: Vec<&(String, String)> = now.into_iter().flatten().collect();
    let mut all = Vec::with_capacity(earlier.len());
    for (name, value) in earlier {
        if !value.contains(MASK) {
            all.push((name, value));
            continue;
        }
        kept.push(format!("{field} {name}"));
        if let Some(index) = now.iter().position(|(other, _)| *other == name) {
            all.push(now.remove(index).clone());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs_model::Mode;

    #[test]
    fn with_secrets_of_keeps_present_secrets_and_names_them() {
        for (mode, earlier, present, expected, kept) in [
            (
                Mode::Command,
                "echo 1",
                "【command】echo 2\n【timeout】60",
                Some("echo 1"),
                &[][..],
            ),
            (
                Mode::Command,
                "【command】dump --password=*** a\n【env】A=1|||TOKEN=***|||KEY=***",
                "【command】dump --password=hunter2 b\n【env】TOKEN=t99999",
                Some("【command】dump --password=hunter2 b\n【env】A=1|||TOKEN=t99999"),
                &["command", "env TOKEN", "env KEY"],
            ),
            (
                Mode::Http,
                "【url】http://h/1\n【headers】Authorization:Bearer ***|||X-A:1\n【cookies】***",
                "【url】http://h/2\n【headers】Authorization:Bearer abcdef",
                Some("【url】http://h/1\n【headers】Authorization:Bearer abcdef|||X-A:1"),
                &["cookies", "headers Authorization"],
            ),
            (
                Mode::Func,
                "【name】Webhook\n【arg】https://h/?key=***",
                "【name】Webhook\n【arg】https://g/?key=abc",
                Some("【name】Webhook\n【arg】https://g/?key=abc"),
                &["args"],
            ),
            (
                Mode::Func,
                "【name】Webhook\n【arg】https://h/?key=***",
                "【name】Echo",
                None,
                &[],
            ),
        ] {
            let earlier = Work::parse(mode, earlier).unwrap();
            let present = Work::parse(mode, present).unwrap();
            let seen = earlier.with_secrets_of(&present);
            let text = seen.as_ref().map(|(work, _)| work.text());
            assert_eq!(text.as_deref(), expected);
            if let Some((_, names)) = seen {
                assert_eq!(names, kept);
            }
        }
        let other_mode = Work::parse(Mode::Func, "【name】Echo").unwrap();
        let earlier = |text| Work::parse(Mode::Command, text).unwrap();
        assert_eq!(
            earlier("x --password=***").with_secrets_of(&other_mode),
            None
        );
        assert!(earlier("x").with_secrets_of(&other_mode).is_some());
    }

    #[test]
    fn whole_text_replaces_all_values() {
        let text = |text: &str| Work::parse(Mode::Command, text).unwrap().whole_text();
        assert_eq!(text("echo 1"), "【command】echo 1");
        assert_eq!(
            text("【command】a\n【timeout】5"),
            "【command】a\n【timeout】5"
        );
    }
}
