//! The words of messages, in English and Chinese.

use serde::{Deserialize, Serialize};

use jobs_model::Condition;

/// The language of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

impl Language {
    /// The text in this language.
    pub(super) const fn of<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Language::En => en,
            Language::Zh => zh,
        }
    }

    /// The words of a condition about a job: `backup failed`.
    pub(super) const fn verb(self, condition: Condition) -> &'static str {
        let (en, zh) = match condition {
            Condition::Failed => ("failed", "失败"),
            Condition::Timeout => ("ran into its timeout", "超时"),
            Condition::Interrupted => ("was interrupted", "被中断"),
            Condition::Missed => ("was missed", "错过运行"),
            Condition::Late => ("has not begun in time", "未按时开始"),
            Condition::Stale => ("has not succeeded in time", "太久没有成功"),
            Condition::TooLong => ("runs for too long", "运行时间过长"),
            Condition::TooShort => ("ended too soon", "结束过早"),
            Condition::Skipped => ("was skipped again and again", "连续被跳过"),
            Condition::Flapping => ("changes between success and failure", "时好时坏"),
            Condition::AutoStopped => ("was stopped after its failures", "因连续失败已停止"),
            Condition::StoppedTooLong => ("has been stopped for two weeks", "已停止两周"),
            Condition::ChannelDown => ("messages to a channel fail", "通知渠道不可用"),
            Condition::CannotRecord => ("the database cannot be written", "数据库无法写入"),
            Condition::Disk => ("the disk is nearly full", "磁盘空间不足"),
            Condition::Crashed => ("the daemon had ended by itself", "守护进程曾意外退出"),
            Condition::Clock => ("the clock was set", "系统时钟被改动"),
            Condition::ReloadRefused => ("the configuration was refused", "配置被拒绝"),
        };
        self.of(en, zh)
    }

    /// The same of several jobs: `14 jobs failed`.
    pub(super) const fn verb_of_many(self, condition: Condition) -> &'static str {
        match (self, condition) {
            (Language::En, Condition::Timeout) => "ran into their timeouts",
            (Language::En, Condition::Interrupted) => "were interrupted",
            (Language::En, Condition::Missed) => "were missed",
            (Language::En, Condition::Late) => "have not begun in time",
            (Language::En, Condition::Stale) => "have not succeeded in time",
            (Language::En, Condition::TooLong) => "run for too long",
            (Language::En, Condition::Skipped) => "were skipped again and again",
            (Language::En, Condition::Flapping) => "change between success and failure",
            (Language::En, Condition::AutoStopped) => "were stopped after their failures",
            (Language::En, Condition::StoppedTooLong) => "have been stopped for two weeks",
            (Language::En | Language::Zh, _) => self.verb(condition),
        }
    }
}
