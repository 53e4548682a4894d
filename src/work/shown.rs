//! Work as it may be shown: secrets are stored, but read as `***`. And the way back, for whoever sends back what was shown.

use super::{Command, Func, Http, Mode, Work};
use crate::error::{Error, Result};
use crate::mask::{self, MASK};

/// The least length of a secret that is looked for in what a job prints: `no` or `1` stand everywhere.
const LEAST_SECRET: usize = 5;

/// The text of work as it may be shown.
pub fn shown(mode: Mode, text: &str) -> String {
    match Work::parse(mode, text) {
        Ok(work) => work.masked().text(),
        Err(_) => mask::text(text).into_owned(),
    }
}

/// The same of a text that may be the work of any mode, or none at all.
pub fn shown_in_any_mode(text: &str) -> String {
    let brackets = text.trim_start().starts_with('【');
    let work = [Mode::Command, Mode::Http, Mode::Func]
        .into_iter()
        .filter(|_| brackets)
        .find_map(|mode| Work::parse(mode, text).ok());
    match work {
        Some(work) => work.masked().text(),
        None => mask::text(text).into_owned(),
    }
}

impl Work {
    /// The same with `***` in the place of each secret.
    pub fn masked(self) -> Work {
        let text = |text: String| mask::text(&text).into_owned();
        match self {
            Work::Command(work) => Work::Command(Command {
                command: text(work.command),
                env: pairs(work.env, |name, value| {
                    if mask::is_secret_name(name) {
                        MASK.to_string()
                    } else {
                        mask::text(value).into_owned()
                    }
                }),
                stdin: work.stdin.map(text),
                ..work
            }),
            Work::Http(work) => Work::Http(Http {
                url: text(work.url),
                headers: pairs(work.headers, |name, value| {
                    mask::header(name, value).into_owned()
                }),
                data: work.data.map(text),
                cookies: work.cookies.map(|_| MASK.to_string()),
                proxy: work.proxy.map(text),
                ..work
            }),
            Work::Func(work) => Work::Func(Func {
                args: work.args.into_iter().map(text).collect(),
                ..work
            }),
        }
    }

    /// Puts back what `***` stands for, from what is stored.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a secret that is `***` and not known.
    pub fn unmasked(self, stored: Option<&Work>) -> Result<Work> {
        let back = |given: String, stored: Option<&String>| match stored {
            Some(stored) if mask::text(stored) == given => stored.clone(),
            _ => given,
        };
        let maybe =
            |given: Option<String>, stored: Option<&String>| given.map(|given| back(given, stored));
        match (self, stored) {
            (Work::Command(work), stored) => {
                let stored = match stored {
                    Some(Work::Command(stored)) => Some(stored),
                    _ => None,
                };
                Ok(Work::Command(Command {
                    command: back(work.command, stored.map(|stored| &stored.command)),
                    env: known(
                        "env",
                        work.env,
                        stored.map(|stored| &stored.env),
                        |name, _| mask::is_secret_name(name).then(|| MASK.to_string()),
                    )?,
                    stdin: maybe(work.stdin, stored.and_then(|stored| stored.stdin.as_ref())),
                    ..work
                }))
            }
            (Work::Http(work), stored) => {
                let stored = match stored {
                    Some(Work::Http(stored)) => Some(stored),
                    _ => None,
                };
                let headers = stored.map(|stored| &stored.headers);
                let cookies = match (work.cookies.as_deref(), stored) {
                    (
                        Some(MASK),
                        Some(Http {
                            cookies: Some(cookies),
                            ..
                        }),
                    ) => Some(cookies.clone()),
                    (Some(MASK), _) => return Err(stands_for_a_secret("cookies", "cookies")),
                    _ => work.cookies,
                };
                Ok(Work::Http(Http {
                    url: back(work.url, stored.map(|stored| &stored.url)),
                    headers: known("headers", work.headers, headers, |name, value| {
                        let shown = mask::header(name, value);
                        (shown != value || shown.ends_with(MASK)).then(|| shown.into_owned())
                    })?,
                    data: maybe(work.data, stored.and_then(|stored| stored.data.as_ref())),
                    cookies,
                    proxy: maybe(work.proxy, stored.and_then(|stored| stored.proxy.as_ref())),
                    ..work
                }))
            }
            (Work::Func(work), stored) => {
                let stored = match stored {
                    Some(Work::Func(stored)) => stored.args.as_slice(),
                    _ => &[],
                };
                let args = work.args.into_iter().enumerate();
                Ok(Work::Func(Func {
                    args: args
                        .map(|(index, arg)| back(arg, stored.get(index)))
                        .collect(),
                    ..work
                }))
            }
        }
    }

    /// The secrets in it, for finding them in what it prints.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<&str> = Vec::new();
        match self {
            Work::Command(work) => {
                let env = work.env.iter();
                secrets.extend(
                    env.filter(|(name, _)| mask::is_secret_name(name))
                        .map(|(_, value)| value.as_str()),
                );
            }
            Work::Http(work) => {
                let headers = work.headers.iter();
                secrets.extend(
                    headers
                        .filter(|(name, value)| mask::header(name, value).ends_with(MASK))
                        .map(|(_, value)| value.rsplit(' ').next().unwrap_or(value)),
                );
                let cookies = work.cookies.iter().flat_map(|cookies| cookies.split(';'));
                secrets.extend(cookies.filter_map(|cookie| Some(cookie.split_once('=')?.1.trim())));
            }
            Work::Func(_) => {}
        }
        secrets
            .into_iter()
            .filter(|secret| secret.len() >= LEAST_SECRET)
            .map(str::to_string)
            .collect()
    }
}

fn pairs(
    pairs: Vec<(String, String)>,
    shown: impl Fn(&str, &str) -> String,
) -> Vec<(String, String)> {
    pairs
        .into_iter()
        .map(|(name, value)| {
            let value = shown(&name, &value);
            (name, value)
        })
        .collect()
}

/// Puts back the values that are shown as what was given. `masked` is how a value is shown, when it is a secret.
fn known(
    field: &str,
    given: Vec<(String, String)>,
    stored: Option<&Vec<(String, String)>>,
    masked: impl Fn(&str, &str) -> Option<String>,
) -> Result<Vec<(String, String)>> {
    let stored = stored.map(Vec::as_slice).unwrap_or_default();
    given
        .into_iter()
        .map(|(name, value)| {
            let before = stored.iter().find(|(other, before)| {
                *other == name && masked(&name, before).is_some_and(|shown| shown == value)
            });
            match before {
                Some((_, before)) => Ok((name, before.clone())),
                None if value.ends_with(MASK) && masked(&name, &value).is_some() => {
                    Err(stands_for_a_secret(field, &name))
                }
                None => Ok((name, value)),
            }
        })
        .collect()
}

fn stands_for_a_secret(field: &str, name: &str) -> Error {
    Error::invalid(
        field,
        format!("the value of `{name}` is `{MASK}`, which stands for a secret that is not shown"),
    )
    .hint("give the secret itself; one that is stored stays when its field is left out")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(text: &str) -> Work {
        Work::parse(Mode::Http, text).unwrap()
    }

    #[test]
    fn secrets_are_masked_in_every_mode() {
        for (mode, text, expected) in [
            (
                Mode::Command,
                "【command】psql --password=hunter2\n【env】PGPASSWORD=a b c|||A=1",
                "【command】psql --password=***\n【env】PGPASSWORD=***|||A=1",
            ),
            (
                Mode::Http,
                "【url】https://u:hunter2@h/?token=x\n【headers】Authorization:Bearer abc|||X-A:b:c\n【data】{\"key\":\"v\"}\n【cookies】a=b\n【proxy】http://u:p@proxy:1",
                "【url】https://u:***@h/?token=***\n【headers】Authorization:Bearer ***|||X-A:b:c\n【data】{\"key\":\"***\"}\n【cookies】***\n【proxy】http://u:***@proxy:1",
            ),
            (
                Mode::Func,
                "【name】Webhook\n【arg】https://h/?key=abc,{\"token\":\"x\"}",
                "【name】Webhook\n【arg】https://h/?key=***,{\"token\":\"***\"}",
            ),
        ] {
            assert_eq!(shown(mode, text), expected);
        }
        assert_eq!(shown(Mode::Command, "echo hi"), "echo hi");
    }

    #[test]
    fn what_was_shown_can_be_sent_back() {
        let text = "【url】https://u:hunter2@h/?token=x\n【headers】Authorization:Bearer abc|||X-A:b\n【data】{\"key\":\"v\"}\n【cookies】a=b";
        let stored = http(text);
        let mut sent = stored.clone().masked();
        if let Work::Http(sent) = &mut sent {
            sent.headers[1].1 = "c".into();
        }
        let back = sent.unmasked(Some(&stored)).unwrap();
        assert_eq!(back.text(), text.replace("X-A:b", "X-A:c"));
        for text in [
            "【url】http://h/\n【cookies】***",
            "【url】http://h/\n【headers】X-Token:***",
            "【url】http://h/\n【headers】Authorization:Basic ***",
        ] {
            let error = http(text).unmasked(None).expect_err(text).to_string();
            assert!(error.contains("stands for a secret"), "{error}");
        }
        let kept = Work::parse(Mode::Command, "【command】echo '***'\n【env】A=***").unwrap();
        assert_eq!(kept.clone().unmasked(None).unwrap(), kept);
    }

    #[test]
    fn secrets_are_known() {
        let work = Work::parse(
            Mode::Command,
            "【command】x\n【env】TOKEN=hunter22|||KEY=no|||A=b",
        )
        .unwrap();
        assert_eq!(work.secrets(), ["hunter22"]);
        let work = http(
            "【url】http://h/\n【headers】Authorization:Bearer abcdef\n【cookies】sid=123456; a=b",
        );
        assert_eq!(work.secrets(), ["abcdef", "123456"]);
    }
}
