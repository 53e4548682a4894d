//! The table of answers to lines that begin with a command of another program: systemctl, kubectl, docker, pueue, at, cron.

use super::answers::{
    CANCEL, EDIT, EXPORT, HISTORY, IMPORT, KEEPS, LIST, PAUSE, RESTART, RM, RUN, Row, SHOW,
    SHUTDOWN, START, STOP_RUNNING,
};

/// Lines that begin with a word that is no command of this program.
pub(super) const FOREIGN: &[Row] = &[
    (
        &[
            "is-active",
            "is-enabled",
            "is-failed",
            "is-running",
            "state",
        ],
        &[],
        "",
        &[SHOW, ("list --state running", "lists the jobs that run")],
    ),
    (
        &["exec", "shell", "attach"],
        &[],
        "",
        &[
            RUN,
            ("env JOB", "prints the environment that its command gets"),
            ("logs JOB -f", "follows its output"),
        ],
    ),
    (
        &["nohup", "bg", "fg", "daemonize"],
        &[],
        "",
        &[
            (
                "add NAME --at now+1s -- COMMAND",
                "runs a command once, without your terminal",
            ),
            START,
        ],
    ),
    (
        &["at", "batch"],
        &[],
        "",
        &[(
            "add NAME --at TIME -- COMMAND",
            "runs a command once at a time",
        )],
    ),
    (&["atrm"], &[], "", &[RM, CANCEL]),
    (
        &["clean", "clear", "purge", "prune", "gc"],
        &[],
        "the daemon removes old executions by itself",
        &[KEEPS, HISTORY, RM],
    ),
    (
        &["parallel"],
        &[],
        "",
        &[
            (
                "config set jobs.max_concurrent N",
                "sets how many executions run at once",
            ),
            (
                "edit JOB --overlap POLICY",
                "says what happens when a job still runs",
            ),
        ],
    ),
    (
        &["group", "groups", "tag", "label"],
        &[],
        "there are no groups",
        &[(
            "list --name TEXT",
            "lists the jobs whose name contains TEXT",
        )],
    ),
    (
        &["send"],
        &[],
        "",
        &[("edit JOB --stdin TEXT", "sets what the command reads")],
    ),
    (
        &["stash", "enqueue", "switch", "dependency"],
        &[],
        "a job has a schedule, not a place in a queue",
        &[RUN, ("stop JOB --until TIME", "stops the job for a while")],
    ),
    (
        &["apply", "load", "restore"],
        &[],
        "",
        &[
            (
                "import FILE",
                "adds and changes the jobs of a file of `jobs export`",
            ),
            IMPORT,
        ],
    ),
    (
        &["crontab"],
        &["-e"],
        "",
        &[
            EDIT,
            (
                "export > FILE",
                "writes all jobs to a file, for `jobs import FILE`",
            ),
        ],
    ),
    (
        &["crontab"],
        &["-r", "-i"],
        "it removes the whole table",
        &[
            ("rm JOB", "removes a job and its history"),
            ("stop --all", "stops all jobs and keeps them"),
        ],
    ),
    (
        &["crontab"],
        &["-u"],
        "",
        &[
            (
                "import crontab --user NAME",
                "takes over the crontab of an account",
            ),
            LIST,
        ],
    ),
    (&["crontab", "cron"], &[], "", &[IMPORT, LIST]),
    (&["-e"], &[], "", &[EDIT, LIST]),
    (
        &["-r"],
        &[],
        "it removes the whole table",
        &[
            ("rm JOB", "removes a job and its history"),
            ("stop --all", "stops all jobs and keeps them"),
        ],
    ),
    (
        &["-u"],
        &[],
        "",
        &[(
            "import crontab --user NAME",
            "takes over the crontab of an account",
        )],
    ),
    (
        &["-v", "--verbose", "--debug"],
        &[],
        "",
        &[
            ("--version", "prints the version"),
            ("logs --system", "shows the log of the daemon"),
        ],
    ),
    (&["-d", "--daemon", "--detach"], &[], "", &[START]),
    (
        &["-f", "-n"],
        &[],
        "",
        &[("logs -f", "follows the output of all jobs")],
    ),
    (
        &["up", "serve", "server", "daemon", "boot", "init"],
        &[],
        "",
        &[START, ("start", "starts it in the foreground")],
    ),
    (
        &["down", "quit", "exit", "halt", "poweroff", "stop-daemon"],
        &[],
        "",
        &[SHUTDOWN, PAUSE],
    ),
    (
        &["daemon-reload", "reload-config", "refresh"],
        &[],
        "",
        &[("reload", "reads the configuration again")],
    ),
    (
        &["reset-failed", "reset"],
        &[],
        "",
        &[RESTART, ("history --status failed", "lists what failed")],
    ),
    (
        &["try-restart", "reload-or-restart", "rollout"],
        &[],
        "",
        &[RESTART, RUN],
    ),
    (
        &[
            "set-property",
            "patch",
            "set",
            "update",
            "modify",
            "change",
            "alter",
        ],
        &[],
        "",
        &[
            EDIT,
            ("edit JOB --cron EXPR", "changes one field"),
            ("config set KEY VALUE", "changes the configuration"),
        ],
    ),
    (
        &["scale", "autoscale"],
        &[],
        "",
        &[
            (
                "edit JOB --overlap POLICY",
                "says what happens when a job still runs",
            ),
            (
                "config set jobs.max_concurrent N",
                "sets how many executions run at once",
            ),
        ],
    ),
    (
        &[
            "doctor", "diagnose", "ping", "test", "validate", "lint", "verify",
        ],
        &[],
        "",
        &[
            ("check", "names jobs that can't run"),
            ("health", "says whether the daemon works"),
            ("config check", "checks the configuration"),
        ],
    ),
    (
        &["schedule", "when", "upcoming", "agenda", "calendar"],
        &[],
        "",
        &[
            ("next JOB", "lists the next runs of a job"),
            ("next", "lists the next runs of all jobs"),
            ("explain EXPR", "says a schedule in words"),
        ],
    ),
    (
        &["search", "find", "grep", "filter"],
        &[],
        "",
        &[
            (
                "list --name TEXT",
                "lists the jobs whose name contains TEXT",
            ),
            ("logs JOB | grep TEXT", "searches the output of a job"),
        ],
    ),
    (
        &[
            "login", "logout", "user", "users", "useradd", "passwd", "whoami", "account",
        ],
        &[],
        "",
        &[
            ("admin list", "lists the accounts for HTTP"),
            ("admin add NAME", "adds one"),
        ],
    ),
    (
        &["watch"],
        &[],
        "",
        &[
            ("events", "prints what happens, as it happens"),
            ("logs -f", "follows the output of all jobs"),
        ],
    ),
    (
        &["install", "uninstall", "upgrade", "self-update"],
        &[],
        "the package of your system does it",
        &[
            (
                "version",
                "shows the versions of the client and of the daemon",
            ),
            IMPORT,
        ],
    ),
    (
        &["undo", "rollback", "diff"],
        &[],
        "",
        &[("audit --target JOB", "lists the changes of a job"), EXPORT],
    ),
    (
        &["retry", "rerun", "again"],
        &[],
        "",
        &[RUN, ("edit JOB --retries N", "lets it retry by itself")],
    ),
    (
        &["setting", "settings", "options"],
        &[],
        "",
        &[("config show", "prints the configuration")],
    ),
    (&["signal"], &[], "", &[CANCEL, STOP_RUNNING]),
    (
        &["backup", "snapshot", "save", "sync"],
        &[],
        "",
        &[
            (
                "export > FILE",
                "writes all jobs to a file, for `jobs import FILE`",
            ),
            (
                "status",
                "names the database; `sqlite3 DATABASE '.backup FILE'` copies it while the daemon runs",
            ),
        ],
    ),
];
