//! Replaces the secrets of work with `***` to show it, and puts them back when a caller sends the shown text back.

use super::{Command, Func, Http, Mode, Work};
use jobs_error::{Error, Result};
use jobs_mask::{self as mask, MASK};

/// Shortest secret that is searched for in the output of a job, in bytes.
const MIN_SECRET_BYTES: usize = 4;

/// The text of work as it may be shown.
pub fn masked_text(mode: Mode, text: &str) -> String {
    match Work::parse(mode, text) {
        Ok(work) => work.masked().text(),
        Err(_) => mask::text(text).into_owned(),
    }
}

/// Like [`masked_text`], for a text that may be work of any mode, or not be work at all.
pub fn masked_text_of_any_mode(text: &str) -> String {
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
    /// Replaces each secret with `***`.
    pub fn masked(self) -> Work {
        let text = |text: String| mask::text(&text).into_owned();
        let secrets = match self.success().has_expressions() {
            true => self.secrets(),
            false => Vec::new(),
        };
        match self {
            Work::Command(work) => Work::Command(Command {
                command: text(work.command),
                env: pairs(work.env, variable),
                stdin: work.stdin.map(text),
                success: work.success.masked(&secrets),
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
                success: work.success.masked(&secrets),
                ..work
            }),
            Work::Func(work) => Work::Func(Func {
                args: work.args.into_iter().map(text).collect(),
                success: work.success.masked(&secrets),
                ..work
            }),
        }
    }

    /// Puts the stored secrets back in the place of `***`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a secret that is `***` and is not stored.
    pub fn unmasked(mut self, stored: Option<&Work>) -> Result<Work> {
        if let Some(name) = self.restore_rules(stored).first() {
            return Err(unknown_secret(name, name));
        }
        let maybe = |field: &str, given: Option<String>, stored: Option<&String>| {
            given.map(|given| restore(field, given, stored)).transpose()
        };
        match (self, stored) {
            (Work::Command(work), stored) => {
                let stored = match stored {
                    Some(Work::Command(stored)) => Some(stored),
                    _ => None,
                };
                Ok(Work::Command(Command {
                    command: restore(
                        "command",
                        work.command,
                        stored.map(|stored| &stored.command),
                    )?,
                    env: restore_pairs(
                        "env",
                        work.env,
                        stored.map(|stored| &stored.env),
                        variable,
                    )?,
                    stdin: maybe(
                        "stdin",
                        work.stdin,
                        stored.and_then(|stored| stored.stdin.as_ref()),
                    )?,
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
                    (Some(MASK), _) => return Err(unknown_secret("cookies", "cookies")),
                    _ => work.cookies,
                };
                Ok(Work::Http(Http {
                    url: restore("url", work.url, stored.map(|stored| &stored.url))?,
                    headers: restore_pairs("headers", work.headers, headers, |name, value| {
                        mask::header(name, value).into_owned()
                    })?,
                    data: maybe(
                        "data",
                        work.data,
                        stored.and_then(|stored| stored.data.as_ref()),
                    )?,
                    cookies,
                    proxy: maybe(
                        "proxy",
                        work.proxy,
                        stored.and_then(|stored| stored.proxy.as_ref()),
                    )?,
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
                        .map(|(index, arg)| restore("args", arg, stored.get(index)))
                        .collect::<Result<_>>()?,
                    ..work
                }))
            }
        }
    }

    /// The secrets in the work. They are searched for in its output.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<String> = Vec::new();
        let within = |text: &str| -> Vec<String> {
            let spans = mask::spans(text).into_iter();
            spans.map(|span| text[span].to_string()).collect()
        };
        match self {
            Work::Command(work) => {
                secrets.extend(within(&work.command));
                for (name, value) in &work.env {
                    if mask::is_secret_name(name) {
                        secrets.push(value.clone());
                    } else {
                        secrets.extend(within(value));
                    }
                }
            }
            Work::Http(work) => {
                for (name, value) in &work.headers {
                    if mask::header(name, value).ends_with(MASK) {
                        // The name of the scheme is not secret.
                        secrets.extend(value.rsplit(' ').next().map(str::to_string));
                    }
                }
                let cookies = work.cookies.iter().flat_map(|cookies| cookies.split(';'));
                secrets.extend(
                    cookies.filter_map(|cookie| Some(cookie.split_once('=')?.1.trim().to_string())),
                );
                let texts = [Some(&work.url), work.data.as_ref(), work.proxy.as_ref()];
                secrets.extend(texts.into_iter().flatten().flat_map(|text| within(text)));
            }
            Work::Func(work) => secrets.extend(work.args.iter().flat_map(|arg| within(arg))),
        }
        searchable_secrets(secrets)
    }
}

/// Prepares secrets for a search in output: drops those that are common words, and sorts the longest first, since a
/// secret may contain another one.
pub fn searchable_secrets(mut secrets: Vec<String>) -> Vec<String> {
    secrets.retain(|secret| is_searchable(secret));
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

fn pairs(
    pairs: Vec<(String, String)>,
    masked_text: impl Fn(&str, &str) -> String,
) -> Vec<(String, String)> {
    pairs
        .into_iter()
        .map(|(name, value)| {
            let value = masked_text(&name, &value);
            (name, value)
        })
        .collect()
}

/// Puts a stored text back if the given text is its masked form. A text that changed but holds `***` in the place of
/// a secret is an error: it is unknown which secret is meant.
fn restore(field: &str, given: String, stored: Option<&String>) -> Result<String> {
    match stored {
        Some(stored) if mask::text(stored) == given => Ok(stored.clone()),
        _ if mask::holds_mask(&given) => Err(unknown_secret(field, field)),
        _ => Ok(given),
    }
}

/// Puts the stored values back for masked ones, each stored value once. `show` masks a value.
fn restore_pairs(
    field: &str,
    given: Vec<(String, String)>,
    stored: Option<&Vec<(String, String)>>,
    show: impl Fn(&str, &str) -> String,
) -> Result<Vec<(String, String)>> {
    /// A value that would be masked if it were a secret.
    const PLACEHOLDER: &str = "x9x9x9";
    let mut stored: Vec<&(String, String)> = stored.into_iter().flatten().collect();
    given
        .into_iter()
        .map(|(name, value)| {
            if !value.contains(MASK) {
                return Ok((name, value));
            }
            let before = stored
                .iter()
                .position(|(other, before)| *other == name && show(&name, before) == value);
            match before {
                Some(index) => Ok((name, stored.remove(index).1.clone())),
                None if show(&name, &value.replace(MASK, PLACEHOLDER)) == value => {
                    Err(unknown_secret(field, &name))
                }
                None => Ok((name, value)),
            }
        })
        .collect()
}

/// Masks the value of a variable.
fn variable(name: &str, value: &str) -> String {
    if mask::is_secret_name(name) {
        MASK.to_string()
    } else {
        mask::text(value).into_owned()
    }
}

/// Whether a secret can be searched for in the output of a job. Texts such as `no`, `1` or `false` are too common.
fn is_searchable(secret: &str) -> bool {
    const WORDS: [&str; 8] = [
        "true", "false", "none", "null", "value", "test", "name", "default",
    ];
    secret.len() >= MIN_SECRET_BYTES && !WORDS.contains(&&*secret.to_ascii_lowercase())
}

fn unknown_secret(field: &str, name: &str) -> Error {
    Error::invalid(
        field,
        format!("the value of `{name}` is `{MASK}`, which stands for a secret that is not shown"),
    )
    .hint("give the secret itself, or leave the field out to keep the stored one")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(text: &str) -> Work {
        Work::parse(Mode::Http, text).unwrap()
    }

    #[test]
    fn masked_text_hides_secrets_in_every_mode() {
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
            assert_eq!(masked_text(mode, text), expected);
        }
        assert_eq!(masked_text(Mode::Command, "echo hi"), "echo hi");
    }

    #[test]
    fn unmasked_restores_stored_secrets() {
        let text = "【url】https://u:hunter2@h/?token=x\n【headers】Authorization:Bearer abc|||X-A:b\n【data】{\"key\":\"v\"}\n【cookies】a=b";
        let stored = http(text);
        let mut sent = stored.clone().masked();
        if let Work::Http(sent) = &mut sent {
            sent.headers[1].1 = "c".into();
        }
        let restore = sent.unmasked(Some(&stored)).unwrap();
        assert_eq!(restore.text(), text.replace("X-A:b", "X-A:c"));
        // Two headers of one name are two.
        let stored = http("【url】http://h/\n【headers】X-Token:aaaa|||X-Token:bbbb");
        let sent = stored.clone().masked();
        assert_eq!(sent.unmasked(Some(&stored)).unwrap(), stored);
        // A secret within a text that changed cannot be put back.
        let stored = Work::parse(
            Mode::Command,
            "【command】dump --password=hunter2 a\n【env】DB=pg://u:pw@h/",
        )
        .unwrap();
        assert_eq!(
            stored.clone().masked().unmasked(Some(&stored)).unwrap(),
            stored
        );
        let sent = Work::parse(Mode::Command, "dump --password=*** b").unwrap();
        let error = sent.unmasked(Some(&stored)).unwrap_err().to_string();
        assert!(
            error.contains("command") && error.contains("stands for a secret"),
            "{error}"
        );
        for text in [
            "【url】http://h/\n【cookies】***",
            "【url】http://u:***@h/",
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
    fn expressions_with_a_secret_are_masked_and_restored() {
        let text = "【command】x\n【env】TOKEN=Zq.81secret\n【expect】^got Zq.81secret$\n【fail_on】bad Zq\\.81secret";
        let stored = Work::parse(Mode::Command, text).unwrap();
        let shown = stored.clone().masked();
        assert!(!shown.text().contains("Zq"), "{}", shown.text());
        assert!(shown.text().contains("^got ***$"), "{}", shown.text());
        assert_eq!(shown.clone().unmasked(Some(&stored)).unwrap(), stored);
        let error = shown.clone().unmasked(None).unwrap_err().to_string();
        assert!(error.contains("stands for a secret"), "{error}");
        let (put_back, kept) = shown.with_secrets_of(&stored).unwrap();
        assert_eq!((put_back, kept), (stored, vec!["env TOKEN".to_string()]));
        let plain = Work::parse(Mode::Command, "【command】x\n【expect】^done a*$").unwrap();
        assert_eq!(plain.clone().masked(), plain);
    }

    #[test]
    fn secrets_finds_all_values() {
        let work = Work::parse(
            Mode::Command,
            "【command】x --password=pass99\n【env】TOKEN=hunter22|||KEY=no|||SORT_KEY=value|||A=b|||DB=pg://u:pa55word@h/",
        )
        .unwrap();
        assert_eq!(work.secrets(), ["hunter22", "pa55word", "pass99"]);
        let work = http(
            "【url】http://h/\n【headers】Authorization:Bearer abcdef\n【cookies】sid=123456; a=b",
        );
        assert_eq!(work.secrets(), ["abcdef", "123456"]);
    }
}
