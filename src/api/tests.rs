//! Flags, fields and bracket text are one definition: over generated work of all modes with all keys.

use clap::Parser;

use super::Add;
use jobs_work::{Mode, Work};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    add: Add,
}

/// A key with a value, as a flag and as it stands in the bracket text.
struct Given {
    flags: Vec<String>,
    key: &'static str,
    text: String,
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn any(&mut self) -> String {
        const PIECES: [&str; 20] = [
            "a", "b c", " ", "\n", "\r\n", "\t", "x【y】", "】", "=", ":", "\"", "\"\"", ",", "\\",
            "'", "$HOME", "é", "备份", "#", "|",
        ];
        (0..self.below(7)).map(|_| self.pick(&PIECES)).collect()
    }

    /// A text that is not empty, nor blank.
    fn some(&mut self) -> String {
        format!("{}z{}", self.any(), self.any())
    }

    /// The same on one line.
    fn word(&mut self) -> String {
        self.some().replace(['\n', '\r'], "")
    }
}

/// A member of a list does not end in what stands between them, nor hold it.
fn member(text: String) -> String {
    text.replace("||", "")
        .trim_end_matches(|c: char| c == '|' || c.is_whitespace())
        .to_string()
}

fn one(key: &'static str, flag: &str, value: String) -> Given {
    Given {
        flags: vec![format!("--{flag}={value}")],
        key,
        text: value,
    }
}

fn list(key: &'static str, flag: &str, members: &[String], between: &str) -> Given {
    Given {
        flags: members
            .iter()
            .map(|member| format!("--{flag}={member}"))
            .collect(),
        key,
        text: members.join(between),
    }
}

fn of_command(dice: &mut Dice) -> Vec<Given> {
    let variables: Vec<String> = (0..1 + dice.below(3))
        .map(|index| member(format!("V{index}={}", dice.any())))
        .collect();
    let mut limits = Vec::new();
    for (name, values) in [
        ("mem", ["64M", "1048576", "3G", "1536K"]),
        ("cpu", ["60s", "2m", "7", "1h"]),
        ("nofile", ["3", "64", "1024", "65536"]),
        ("nproc", ["1", "9", "64", "4096"]),
    ] {
        if dice.below(2) == 0 {
            limits.push(format!("{name}={}", dice.pick(&values)));
        }
    }
    let nice = (dice.below(40) as i32 - 20).to_string();
    let mut all = vec![
        one("workdir", "workdir", dice.word()),
        list("env", "env", &variables, "|||"),
        one("stdin", "stdin", dice.any()),
        one("shell", "shell", dice.word()),
        one("user", "user", dice.word()),
        one("env_file", "env-file", dice.word()),
        one(
            "umask",
            "umask",
            dice.pick(&["0", "027", "22", "0o077", "777"]).into(),
        ),
        one("nice", "nice", nice),
        one(
            "ionice",
            "ionice",
            dice.pick(&["idle", "best-effort:0", "best-effort", "realtime:7"])
                .into(),
        ),
        one("limit", "limit", limits.join(",")),
        one(
            "ok_exit",
            "ok-exit",
            dice.pick(&["0", "0,3", "1-4", " 7 ,0"]).into(),
        ),
    ];
    let (flag, text) = [
        ("--clean-env", "true"),
        ("--clean-env=true", "yes"),
        ("--clean-env=false", "0"),
    ][dice.below(3)];
    all.push(Given {
        flags: vec![flag.into()],
        key: "clean_env",
        text: text.into(),
    });
    all
}

fn of_http(dice: &mut Dice) -> Vec<Given> {
    let headers: Vec<String> = (0..1 + dice.below(3))
        .map(|index| member(format!("H{index}:{}", dice.word())))
        .collect();
    let proxy = dice.pick(&["http://p:1", "socks5://u:x@h:1080"]);
    vec![
        one(
            "mode",
            "method",
            dice.pick(&["get", "POST", "PURGE"]).into(),
        ),
        list("headers", "header", &headers, "|||"),
        one("data", "data", dice.any()),
        one("cookies", "cookies", dice.word()),
        one("proxy", "proxy", proxy.into()),
        one("result", "result", dice.some()),
    ]
}

fn of_func(dice: &mut Dice) -> Vec<Given> {
    let args: Vec<String> = (0..1 + dice.below(4)).map(|_| dice.any()).collect();
    let quoted: Vec<String> = args
        .iter()
        .map(|arg| format!("\"{}\"", arg.replace('\\', "\\\\").replace('"', "\"\"")))
        .collect();
    vec![Given {
        text: quoted.join(","),
        ..list("arg", "arg", &args, "")
    }]
}

fn of_all(dice: &mut Dice) -> Vec<Given> {
    ["timeout", "times", "interval"]
        .map(|key| one(key, key, dice.below(1_000).to_string()))
        .into()
}

#[test]
fn flags_fields_and_text_are_one() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut plain = 0;
    for round in 0..3_000 {
        let mode = [Mode::Command, Mode::Http, Mode::Func][round % 3];
        let (first, mut others) = match mode {
            Mode::Command => {
                // The blanks around a command that is given plainly do not count.
                let command = dice.some().trim().to_string();
                let given = Given {
                    flags: Vec::new(),
                    key: "command",
                    text: command,
                };
                (given, of_command(&mut dice))
            }
            Mode::Http => {
                let url = dice.pick(&["http://h/", "https://u:p@h:8443/a?b=c,d#e"]);
                (one("url", "url", url.into()), of_http(&mut dice))
            }
            Mode::Func => (one("name", "func", dice.word()), of_func(&mut dice)),
        };
        others.extend(of_all(&mut dice));
        // Some of the keys, in any order.
        let share = dice.below(4);
        others.retain(|_| dice.below(3) < share);
        for at in (1..others.len()).rev() {
            others.swap(at, dice.below(at + 1));
        }
        let all: Vec<&Given> = std::iter::once(&first).chain(&others).collect();

        let words = std::iter::once("add".to_string());
        let words = words.chain(all.iter().flat_map(|given| given.flags.clone()));
        let mut add = Line::try_parse_from(words).unwrap().add;
        add.command = (mode == Mode::Command).then(|| first.text.clone());
        let by_flags = Work::from_fields(mode, &add.work_fields()).unwrap();

        let lines: Vec<String> = all
            .iter()
            .map(|given| format!("【{}】{}", given.key, given.text))
            .collect();
        let mut text = lines.join("\n");
        if all.len() == 1 && mode == Mode::Command {
            text.clone_from(&first.text);
            plain += 1;
        }
        let by_text = Work::parse(mode, &text).unwrap();
        // JSON in which the work is given as one text.
        let whole = Add {
            command: Some(text.clone()),
            ..Add::default()
        };
        let by_field = Work::from_fields(mode, &whole.work_fields()).unwrap();

        let stored = by_flags.text();
        assert_eq!(by_text, by_flags, "{text:?}");
        assert_eq!(by_field, by_flags, "{text:?}");
        let read = Work::parse(mode, &stored).unwrap();
        assert_eq!((&read, read.text()), (&by_flags, stored), "{text:?}");
    }
    assert!(plain > 0, "a command alone is among them");
}
