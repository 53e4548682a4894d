//! The names of the jobs that lines of real crontabs become.

use crate::{file_stem, name_for};

#[test]
fn name_for_real_lines_tells_the_work() {
    for (command, name) in [
        // Debian's packages.
        (
            "cd / && run-parts --report /etc/cron.hourly",
            "run-parts-cron.hourly",
        ),
        (
            "test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }",
            "run-parts-cron.daily",
        ),
        (
            "test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )",
            "run-parts-cron.daily",
        ),
        (
            "test -x /usr/bin/certbot -a \\! -d /run/systemd/system && perl -e 'sleep int(rand(43200))' && certbot -q renew",
            "certbot-renew",
        ),
        (
            "[ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then /usr/lib/php/sessionclean; fi",
            "sessionclean",
        ),
        (
            "if [ -x /usr/share/mdadm/checkarray ] && [ $(date +%d) -le 7 ]; then /usr/share/mdadm/checkarray --cron --all --idle --quiet; fi",
            "checkarray",
        ),
        (
            "command -v debian-sa1 > /dev/null && debian-sa1 1 1",
            "debian-sa1",
        ),
        (
            "[ -x /etc/init.d/anacron ] && if [ ! -d /run/systemd/system ]; then /usr/sbin/invoke-rc.d anacron start >/dev/null; fi",
            "invoke-rc.d-anacron",
        ),
        (
            "if [ -x /usr/bin/mrtg ] && [ -r /etc/mrtg.cfg ] && [ -d \"$(grep '^[[:space:]]*[^#]*[[:space:]]*WorkDir' /etc/mrtg.cfg | awk '{ print $NF }')\" ]; then mkdir -p /var/log/mrtg ; env LANG=C /usr/bin/mrtg /etc/mrtg.cfg 2>&1 | tee -a /var/log/mrtg/mrtg.log ; fi",
            "mrtg-mrtg.cfg",
        ),
        (
            "test -x /etc/cron.daily/popularity-contest && /etc/cron.daily/popularity-contest --crond",
            "popularity-contest",
        ),
        (
            "[ -x /usr/sbin/e2scrub_all ] && SERVICE_MODE=1 /sbin/e2scrub_all -A -r",
            "e2scrub_all",
        ),
        (
            "if [ -x /usr/bin/munin-cron ]; then /usr/bin/munin-cron; fi",
            "munin-cron",
        ),
        (
            "test -e /run/systemd/system || SERVICE_MODE=1 /usr/lib/x86_64-linux-gnu/e2fsprogs/e2scrub_all_cron",
            "e2scrub_all_cron",
        ),
        // cronie's.
        ("run-parts /etc/cron.hourly", "run-parts-cron.hourly"),
        ("/usr/lib64/sa/sa1 1 1", "sa1-1"),
        // Wrappers.
        (
            "flock -n /run/backup.lock /usr/local/bin/backup.sh",
            "backup",
        ),
        (
            "flock -w 10 /run/x.lock -c '/opt/bin/sync-orders --all'",
            "sync-orders",
        ),
        (
            "/usr/bin/flock --nonblock /tmp/l nice -n 19 ionice -c3 /opt/reindex",
            "reindex",
        ),
        ("nice -n 19 ionice -c 2 -n 7 /opt/backup/full.sh", "full"),
        ("nice -19 /opt/tidy", "tidy"),
        ("timeout -k 5 1h /opt/fetch_mail", "fetch_mail"),
        (
            "sudo -u www-data php /var/www/nextcloud/occ files:scan --all",
            "occ-files-scan",
        ),
        (
            "sudo -u postgres -- pg_dumpall > /backup/all.sql",
            "pg_dumpall",
        ),
        (
            "su - deploy -c 'cd /srv/app && ./bin/rotate-keys'",
            "rotate-keys",
        ),
        ("su postgres -c \"vacuumdb -a -z\"", "vacuumdb"),
        ("env PATH=/opt/bin LANG=C report.py --month", "report"),
        ("FOO=1 BAR=2 nice -n 10 /opt/report.py monthly", "report"),
        ("chronic /opt/check-disks", "check-disks"),
        ("systemd-cat -t nightly /opt/nightly.sh", "nightly"),
        ("setsid nohup /opt/daemonise &", "daemonise"),
        ("xvfb-run -a /opt/render", "render"),
        ("runitor -uuid 1-2-3 -- /opt/ping-me", "ping-me"),
        // Shells and interpreters.
        ("bash -lc 'cd /srv/app && rake jobs:work'", "rake-jobs-work"),
        ("/bin/bash /opt/scripts/log-rotate.sh daily", "log-rotate"),
        ("sh -c 'sleep $((RANDOM % 60)); /opt/poll'", "poll"),
        ("python3 /opt/clean.py", "clean"),
        ("python3 -m http_monitor --once", "http_monitor"),
        (
            "python -c 'import time; time.sleep(9)' && /opt/late",
            "late",
        ),
        ("java -Xmx1g -jar /opt/etl.jar run", "etl-run"),
        (
            "cd /srv/app && php artisan schedule:run >> /dev/null 2>&1",
            "artisan-schedule-run",
        ),
        (
            "cd /srv/site && /srv/venv/bin/python manage.py clearsessions",
            "manage-clearsessions",
        ),
        (
            "php -d memory_limit=-1 /var/www/shop/bin/console cache:clear",
            "console-cache-clear",
        ),
        (
            "perl /usr/local/awstats/awstats_updateall.pl now",
            "awstats_updateall",
        ),
        // Lines with a shell around the work.
        ("python3 /opt/report.py -c /etc/report.conf", "report"),
        ("sudo -u backup tar -c /srv", "tar-srv"),
        ("bash /opt/run -c conf", "run-conf"),
        // Lines with a shell around the work.
        ("echo start && /opt/backup-all; echo end", "backup-all"),
        ("sleep 30; /opt/second-half", "second-half"),
        (
            "for f in /var/spool/in/*; do /opt/load-file \"$f\"; done",
            "load-file",
        ),
        (
            "while read h; do ping-host $h; done < /etc/hosts.list",
            "ping-host",
        ),
        (
            "[ \"$(hostname)\" = a ] && /opt/leader-task || /opt/alarm",
            "leader-task",
        ),
        (
            "set -o pipefail; pg_dump shop | gzip > /backup/shop.gz",
            "pg_dump",
        ),
        (". /etc/profile; /opt/oracle/export", "export"),
        ("( /opt/one; /opt/two ) 2>&1 | logger -t both", "one"),
        ("! /opt/must-fail", "must-fail"),
        ("/usr/local/bin/backup.sh --full >/dev/null 2>&1", "backup"),
        ("curl -fsS https://hc-ping.com/x", "curl-hc-ping.com"),
        ("mail -s report ops < /var/log/report", "mail-report"),
        ("systemctl restart nginx", "systemctl-restart-nginx"),
        ("docker exec -t db pg_dumpall -c", "docker-exec-db"),
        ("git -C /srv/site pull", "git-site"),
        ("rsync -a --delete /srv/ backup:/srv/", "rsync-srv"),
        ("find /var/tmp -mtime +7 -delete", "find-tmp"),
        ("\"/opt/My Tools/Night Run.sh\" -v", "night-run"),
        ("echo hello", "echo-hello"),
        ("env", "env"),
        ("env > /tmp/vars; /opt/x-y", "x-y"),
        ("date +%F; cat", "date"),
        ("id -un > /dev/null; id -un", "id"),
        ("/opt/42", "opt-42"),
    ] {
        assert_eq!(name_for(command, None), name, "{command}");
    }
}

#[test]
fn name_for_command_that_says_nothing_is_the_file() {
    for command in [
        "",
        "sleep 5",
        "cd /",
        "test -x /a",
        "[ -d /b ] && true",
        "if true; then :; fi",
        "perl -e 'print 1'",
        "python3 -c 'import x'",
        "nice -n 19",
        "flock /run/x",
        "12345",
        "备份",
        ">/dev/null",
        "$COMMAND",
        "((((",
        "-----",
        "\"\"",
    ] {
        let file = Some("/etc/cron.d/tidy-cache");
        assert_eq!(name_for(command, file), "tidy-cache", "{command}");
        assert_eq!(name_for(command, Some("-")), "crontab", "{command}");
        assert_eq!(name_for(command, None), "crontab", "{command}");
    }
    for (path, stem) in [
        ("/etc/cron.d/php", Some("php")),
        ("/home/a/Night Jobs.crontab", Some("night-jobs")),
        ("/etc/crontab", None),
        ("/var/spool/cron/crontabs/alice", None),
        ("/var/spool/cron/root", None),
        ("-", None),
        ("carol", None),
    ] {
        assert_eq!(file_stem(path).as_deref(), stem, "{path}");
    }
}

#[test]
fn name_for_odd_text_is_valid() {
    let long = "x".repeat(500);
    for command in [
        "|||",
        "a | b",
        "$(date)",
        long.as_str(),
        "é",
        "`x`",
        "- -",
        "....",
        "/",
        "//",
        "if",
        "sh -c",
        "sh -c ''",
        "su",
        "sudo sudo sudo",
        "env",
        "a;;b",
        "x/..",
        "--",
        "'",
        "{",
    ] {
        let name = name_for(command, None);
        let is_valid = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        assert!(
            !name.is_empty() && name.len() <= 40 && name.bytes().all(is_valid),
            "{command}: {name}"
        );
        assert!(
            !name.starts_with('-') && !name.bytes().all(|b| b.is_ascii_digit()),
            "{command}: {name}"
        );
    }
}
