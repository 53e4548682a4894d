//! The texts of messages: one notice, or several in one message.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::matter::Matter;
use super::words::Language;
use jobs_model::{Condition, NoticeEvent, NoticeRow};
use jobs_schedule::{Time, Zone};
use jobs_text::duration;

/// Notices that a message names one by one; more are counted.
const NAMED: usize = 20;

/// Longest title, in characters.
const TITLE: usize = 200;

/// The facts that texts need besides the notices.
#[derive(Clone, Debug)]
pub struct Context {
    /// The language.
    pub language: Language,
    /// The zone in which times are written.
    pub zone: Zone,
    /// The name of this machine.
    pub host: String,
    /// The address of the web page, which ends with `/`; absent when readers do not reach it.
    pub page: Option<String>,
}

/// A message, in the words of its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The title, in one line.
    pub title: String,
    /// The text below it, complete.
    pub text: String,
    /// The command that shows more.
    pub command: String,
    /// The place on the web page that shows more.
    pub link: Option<String>,
}

/// The number of notices that one message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// All of them.
    pub all: u64,
    /// Those that tell the end of an alert.
    pub recovered: u64,
}

impl Totals {
    /// The numbers of these notices.
    pub fn of(notices: &[NoticeRow]) -> Totals {
        let recovered = notices
            .iter()
            .filter(|notice| notice.event == NoticeEvent::Recovered);
        Totals {
            all: notices.len() as u64,
            recovered: recovered.count() as u64,
        }
    }
}

/// The message of some notices to one channel; `totals` are the numbers of all of them, of which `notices` has the first ones.
pub fn message(context: &Context, notices: &[NoticeRow], totals: Totals) -> Message {
    match notices {
        [one] if totals.all <= 1 => of_one(context, one),
        [] | [_, ..] => of_several(context, notices, totals),
    }
}

fn of_one(context: &Context, notice: &NoticeRow) -> Message {
    let matter = Matter::parse(&notice.matter);
    let language = context.language;
    let name = name(context, notice);
    let mut title = headline(context, notice, &matter, &name);
    let reason = matter.reason.trim();
    if !reason.is_empty() && notice.event != NoticeEvent::Recovered {
        let _ = write!(title, "{}{reason}", language.of(": ", "："));
    }
    let mut text = String::new();
    let mut fact = |en: &str, zh: &str, value: String| {
        let label = language.of(en, zh);
        let colon = language.of(": ", "：");
        let _ = writeln!(text, "{label}{colon}{value}");
    };
    if !notice.job_name.is_empty() {
        let at = format!("{}{}", language.of(" on ", " @ "), context.host);
        fact("Job", "任务", format!("{}{at}", notice.job_name));
    }
    if let Some(status) = matter.status {
        let exit = matter.exit.map_or_else(String::new, |exit| {
            format!("{}{exit}", language.of(", exit code ", "，退出码 "))
        });
        fact("Status", "状态", format!("{status}{exit}"));
    }
    if !reason.is_empty() {
        let (en, zh) = match notice.event {
            NoticeEvent::Recovered => ("It was", "此前"),
            NoticeEvent::Opened
            | NoticeEvent::Repeated
            | NoticeEvent::Reminder
            | NoticeEvent::Digest
            | NoticeEvent::Test
            | NoticeEvent::Start
            | NoticeEvent::Success => ("Reason", "原因"),
        };
        fact(en, zh, reason.to_string());
    }
    if let Some(began) = matter.started_at {
        fact("Began", "开始", began.local(&context.zone));
    }
    if let Some(took) = matter.took_ms {
        let usual = matter.usual_ms.map_or_else(String::new, |usual| {
            format!(
                "{}{}{}",
                language.of(" (usually ", "（通常 "),
                duration(usual),
                language.of(")", "）")
            )
        });
        fact("Took", "耗时", format!("{}{usual}", duration(took)));
    }
    if let Some(since) = matter.since.filter(|_| matter.count > 1) {
        let since = since.local(&context.zone);
        let times = match language {
            Language::En => format!("{} times since {since}", matter.count),
            Language::Zh => format!("自 {since} 起 {} 次", matter.count),
        };
        fact("Seen", "次数", times);
    }
    if let Some(next) = matter.next_at {
        fact("Next run", "下次运行", next.local(&context.zone));
    }
    let command = command(notice, &matter);
    if !matter.lines.is_empty() {
        let label = language.of("Last lines:", "最后的输出：");
        let _ = writeln!(text, "\n{label}");
        for line in &matter.lines {
            let _ = writeln!(text, "  {line}");
        }
        text.push('\n');
    }
    let link = link(context, place(notice, &matter));
    write_more(&mut text, language, &command, link.as_deref());
    Message {
        title: cut(title),
        text,
        command,
        link,
    }
}

/// The last lines of a message: the command that shows more, and the place on the page.
fn write_more(text: &mut String, language: Language, command: &str, link: Option<&str>) {
    let label = language.of("More: ", "详情：");
    let _ = write!(text, "{label}{command}");
    if let Some(link) = link {
        let label = language.of("Page: ", "页面：");
        let _ = write!(text, "\n{label}{link}");
    }
}

fn link(context: &Context, place: String) -> Option<String> {
    let page = context.page.as_ref()?;
    Some(format!("{page}#/{place}"))
}

/// The place on the page that shows more of a notice.
fn place(notice: &NoticeRow, matter: &Matter) -> String {
    match matter.exec_id {
        Some(exec_id) if matter.status.is_some() => format!("runs/{exec_id}"),
        Some(_) | None if notice.job_name.is_empty() => ALERTS.into(),
        Some(_) | None => {
            let name = jobs_text::Escape::Url.escaped(&notice.job_name);
            format!("jobs/{name}")
        }
    }
}

/// The view of alerts on the page.
const ALERTS: &str = "system/alerts";

/// The command that shows more of a notice.
fn command(notice: &NoticeRow, matter: &Matter) -> String {
    match matter.exec_id {
        Some(exec_id) if matter.status.is_some() => format!("jobs logs --exec {exec_id}"),
        Some(_) | None if notice.job_name.is_empty() => "jobs alerts".to_string(),
        Some(_) | None => format!("jobs show {}", jobs_text::shell_word(&notice.job_name)),
    }
}

/// The name of the job; for the daemon its machine.
fn name(context: &Context, notice: &NoticeRow) -> String {
    match notice.job_name.is_empty() {
        true => context.host.clone(),
        false => notice.job_name.clone(),
    }
}

fn headline(context: &Context, notice: &NoticeRow, matter: &Matter, name: &str) -> String {
    let language = context.language;
    let verb = language.verb(notice.condition);
    let since = matter.since.unwrap_or(notice.made_at);
    let colon = match notice.job_name.is_empty() {
        true => ": ",
        false => " ",
    };
    match notice.event {
        NoticeEvent::Recovered => {
            let lasted = notice.made_at.since(since).as_millis();
            let lasted = duration(i64::try_from(lasted).unwrap_or(i64::MAX));
            match language {
                Language::En => format!("{name} is well again (before: {verb}, for {lasted})"),
                Language::Zh => format!("{name} 已恢复（此前：{verb}，持续 {lasted}）"),
            }
        }
        NoticeEvent::Reminder => {
            let since = short(context, since);
            match language {
                Language::En => format!("still open since {since}: {name}{colon}{verb}"),
                Language::Zh => format!("自 {since} 起仍未恢复：{name} {verb}"),
            }
        }
        NoticeEvent::Opened
        | NoticeEvent::Repeated
        | NoticeEvent::Digest
        | NoticeEvent::Test
        | NoticeEvent::Start
        | NoticeEvent::Success => format!("{name}{colon}{verb}"),
    }
}

fn of_several(context: &Context, notices: &[NoticeRow], totals: Totals) -> Message {
    let language = context.language;
    let recovered = totals.recovered;
    let bad = totals.all.saturating_sub(recovered);
    // The reasons of notices that were not read are not known.
    let is_whole = totals.all == notices.len() as u64;
    let opened: Vec<&NoticeRow> = notices
        .iter()
        .filter(|notice| notice.event != NoticeEvent::Recovered)
        .collect();
    let mut parts = Vec::new();
    if bad > 0 {
        parts.push(bad_part(context, &opened, bad, is_whole));
    }
    if recovered > 0 {
        parts.push(match (language, recovered) {
            (Language::En, 1) => "1 job is well again".to_string(),
            (Language::En, _) => format!("{recovered} jobs are well again"),
            (Language::Zh, _) => format!("{recovered} 个任务已恢复"),
        });
    }
    let title = parts.join(language.of(", ", "，"));
    let mut text = String::new();
    for notice in notices.iter().take(NAMED) {
        let matter = Matter::parse(&notice.matter);
        let name = name(context, notice);
        let at = short(context, notice.made_at);
        let _ = write!(text, "{at}  {}", headline(context, notice, &matter, &name));
        let reason = matter.reason.trim();
        if !reason.is_empty() && notice.event != NoticeEvent::Recovered {
            let _ = write!(text, "{}{reason}", language.of(": ", "："));
        }
        text.push('\n');
    }
    let more = totals.all.saturating_sub(notices.len().min(NAMED) as u64);
    if more > 0 {
        let _ = match language {
            Language::En => writeln!(text, "and {more} more"),
            Language::Zh => writeln!(text, "另有 {more} 条"),
        };
    }
    let command = "jobs alerts".to_string();
    let host = language.of("On ", "主机 ");
    let _ = writeln!(text, "{host}{}", context.host);
    let link = link(context, ALERTS.into());
    write_more(&mut text, language, &command, link.as_deref());
    Message {
        title: cut(title),
        text,
        command,
        link,
    }
}

/// `14 jobs failed since 03:00, 13 of them: connection refused`.
fn bad_part(context: &Context, opened: &[&NoticeRow], number: u64, is_whole: bool) -> String {
    let language = context.language;
    let first = opened.iter().map(|notice| notice.made_at).min();
    let since = first.map_or_else(String::new, |at| short(context, at));
    let verb = opened
        .first()
        .map(|first| first.condition)
        .filter(|first| opened.iter().all(|other| other.condition == *first))
        .map_or(
            language.of("need a look", "需要关注"),
            |condition: Condition| language.verb_of_many(condition),
        );
    let mut part = match language {
        Language::En if number == 1 => format!("1 job {verb} since {since}"),
        Language::En => format!("{number} jobs {verb} since {since}"),
        Language::Zh => format!("自 {since} 起 {number} 个任务{verb}"),
    };
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    for notice in opened.iter().filter(|_| is_whole) {
        let reason = Matter::parse(&notice.matter).reason;
        *reasons.entry(reason).or_default() += 1;
    }
    let most = reasons.into_iter().max_by_key(|(_, count)| *count);
    if let Some((reason, count)) = most.filter(|(reason, count)| *count > 1 && !reason.is_empty()) {
        let _ = match language {
            Language::En if count == number => write!(part, ": {reason}"),
            Language::En => write!(part, ", {count} of them: {reason}"),
            Language::Zh if count == number => write!(part, "：{reason}"),
            Language::Zh => write!(part, "，其中 {count} 个：{reason}"),
        };
    }
    part
}

/// The time of the day.
fn short(context: &Context, at: Time) -> String {
    let local = at.local(&context.zone);
    local.get(11..16).unwrap_or(&local).to_string()
}

fn cut(mut title: String) -> String {
    title.retain(|c| !c.is_control());
    jobs_text::ellipsis(&title, TITLE)
}
