//! Importing crontabs.

mod again;
mod limits;
mod lines;
mod owners;
mod reading;

use serde_json::Value;

const TABLE: &str = r#"# m h dom mon dow command
SHELL=/bin/bash
PATH=/usr/local/bin:/usr/bin:/bin
MAILTO="ops@example.com"

0 3 * * * /usr/local/bin/backup.sh --full >/dev/null 2>&1
*/5 * * * * cd /srv/app && php artisan schedule:run >> /dev/null 2>&1
@daily date +\%F; cat%hello%world
CRON_TZ=Asia/Tokyo
30 8 * * mon-fri echo tokyo
@reboot /opt/start
61 * * * * never
this is no line
"#;

fn results(report: &Value) -> Vec<(u64, String)> {
    let lines = report["lines"].as_array().unwrap();
    lines
        .iter()
        .map(|line| {
            (
                line["line"].as_u64().unwrap(),
                line["result"].as_str().unwrap().to_string(),
            )
        })
        .collect()
}
