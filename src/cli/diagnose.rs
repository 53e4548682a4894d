//! `jobs diagnose`: why an execution failed.

use clap::Args;

use super::out::{Highlight, Out};
use super::{Context, DONE, text};
use jobs_api::{self as api, Diagnosis, JobRef};
use jobs_clock::now;
use jobs_schedule::Language;

#[derive(Args, Debug)]
pub struct DiagnoseArgs {
    /// The number of an execution, or the name of a job: its last execution that failed
    #[arg(value_name = "EXEC|JOB")]
    pub which: JobRef,
    /// The language, en or zh [default: by LC_ALL, LC_MESSAGES or LANG]
    #[arg(long, value_name = "LANG", value_parser = ["en", "zh"])]
    pub lang: Option<String>,
}

pub fn diagnose(context: &Context, args: DiagnoseArgs, out: &mut Out) -> anyhow::Result<i32> {
    let language = text::language(args.lang.as_deref());
    let exec_id = args.which.id();
    let request = api::Diagnose {
        job: exec_id.is_none().then_some(args.which),
        exec_id,
        lang: Some(language),
    };
    let diagnosis = context.client()?.call(&request)?;
    if out.wants_json() {
        out.data(&diagnosis)?;
    } else {
        print(&diagnosis, language, out)?;
    }
    Ok(DONE)
}

fn print(diagnosis: &Diagnosis, language: Language, out: &mut Out) -> anyhow::Result<()> {
    let words = Words::of(language);
    let ended = diagnosis.ended_at.map(|at| text::relative(at, now()));
    let exit = diagnosis.exit_code.filter(|code| *code != 0);
    out.line(&format!(
        "#{} {}: {}{}{}",
        diagnosis.exec_id,
        text::visible(&diagnosis.job_name),
        diagnosis.status,
        exit.map(|code| format!(" {code}")).unwrap_or_default(),
        ended.map(|ended| format!(", {ended}")).unwrap_or_default(),
    ))?;
    for (index, cause) in diagnosis.causes.iter().enumerate() {
        let confidence = words.confidence(cause.confidence);
        let title = format!(
            "{}. {} ({confidence})",
            index + 1,
            text::visible(&cause.text)
        );
        out.line(&out.paint(Highlight::Warn, &title))?;
        for line in &cause.evidence {
            out.line(&format!("   {}: {}", words.evidence, text::visible(line)))?;
        }
        for remedy in &cause.remedies {
            out.line(&format!(
                "   {}: {}",
                words.remedy,
                text::visible(&remedy.text)
            ))?;
            if let Some(command) = &remedy.command {
                out.line(&format!("     {}", text::visible(command)))?;
            }
        }
    }
    if let Some(unknown) = &diagnosis.unknown {
        out.line(words.unknown)?;
        out.line(&format!("   {}", text::visible(&unknown.template)))?;
        out.line(&format!(
            "   {}: #{}, {} (x {})",
            words.first_seen,
            unknown.first_exec_id,
            text::relative(unknown.first_seen, now()),
            unknown.count
        ))?;
    } else if diagnosis.causes.is_empty() {
        out.line(words.nothing)?;
    }
    Ok(())
}

/// The words around the texts of the daemon.
struct Words {
    language: Language,
    evidence: &'static str,
    remedy: &'static str,
    unknown: &'static str,
    first_seen: &'static str,
    nothing: &'static str,
}

impl Words {
    const fn of(language: Language) -> Words {
        match language {
            Language::English => Words {
                language,
                evidence: "evidence",
                remedy: "remedy",
                unknown: "unknown: no rule knows this failure",
                first_seen: "first seen",
                nothing: "it did not fail, so there is nothing to diagnose",
            },
            Language::Chinese => Words {
                language,
                evidence: "证据",
                remedy: "办法",
                unknown: "未知：没有规则认得此失败",
                first_seen: "首次出现",
                nothing: "没有失败，无需诊断",
            },
        }
    }

    const fn confidence(&self, confidence: api::Confidence) -> &'static str {
        match (self.language, confidence) {
            (Language::English, confidence) => confidence.as_str(),
            (Language::Chinese, api::Confidence::Sure) => "确定",
            (Language::Chinese, api::Confidence::Likely) => "很可能",
            (Language::Chinese, api::Confidence::Possible) => "可能",
        }
    }
}
