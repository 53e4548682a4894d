
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'jobs' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'jobs'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'jobs' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('start', 'start', [CompletionResultType]::ParameterValue, 'Start the daemon, in the foreground or with -d in the background')
            [CompletionResult]::new('shutdown', 'shutdown', [CompletionResultType]::ParameterValue, 'Stop the daemon and its guard')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show the state of the daemon, its scheduler and its jobs')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Show the versions of the client and of the daemon, and whether they differ')
            [CompletionResult]::new('health', 'health', [CompletionResultType]::ParameterValue, 'Show whether the daemon works, and its memory and database; the exit status is 1 when something is wrong')
            [CompletionResult]::new('pause', 'pause', [CompletionResultType]::ParameterValue, 'Pause the scheduler: no job is due until `resume`; running executions go on')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'End the pause of the scheduler')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check all jobs: repair next runs that do not match the schedule, list jobs that cannot run (exit status 1)')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a job')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the jobs; the job that is due next comes first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one job')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Change the given fields of a job and keep the others')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove jobs with their history; their running executions are stopped')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a job now, in addition to its schedule and by its overlap policy')
            [CompletionResult]::new('stop', 'stop', [CompletionResultType]::ParameterValue, 'Stop jobs: they are not due any more; their running executions go on')
            [CompletionResult]::new('skip', 'skip', [CompletionResultType]::ParameterValue, 'Skip the next occurrences of a job, one or N')
            [CompletionResult]::new('restart', 'restart', [CompletionResultType]::ParameterValue, 'Start stopped jobs again and set their run count to 0')
            [CompletionResult]::new('cancel', 'cancel', [CompletionResultType]::ParameterValue, 'Stop one execution')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Show the output of executions, or the system log')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'List executions, the newest first')
            [CompletionResult]::new('next', 'next', [CompletionResultType]::ParameterValue, 'List the next runs of a job or an expression')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Describe a schedule in plain words, with warnings about probable mistakes')
            [CompletionResult]::new('env', 'env', [CompletionResultType]::ParameterValue, 'Print the environment that the command of a job gets')
            [CompletionResult]::new('functions', 'functions', [CompletionResultType]::ParameterValue, 'List the built-in functions')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Import jobs')
            [CompletionResult]::new('reload', 'reload', [CompletionResultType]::ParameterValue, 'Read the configuration file (and the crontab of `start --crontab`) again')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show, check or find the configuration')
            [CompletionResult]::new('ip', 'ip', [CompletionResultType]::ParameterValue, 'Show or change the addresses that may use the HTTP server')
            [CompletionResult]::new('admin', 'admin', [CompletionResultType]::ParameterValue, 'Manage the accounts that may log in over HTTP')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Manage the tokens with which programs use the HTTP API')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'List the changes that were made, the newest first: who, from where, what, and the outcome')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            break
        }
        'jobs;start' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--http', '--http', [CompletionResultType]::ParameterName, 'Open the HTTP server, at IP:PORT, IP, PORT or :PORT [default: server.address and server.port, 127.0.0.1:36363]')
            [CompletionResult]::new('--crontab', '--crontab', [CompletionResultType]::ParameterName, 'Import this crontab, now and at each reload; in the foreground, also show what the jobs print')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Start in the background; returns when the daemon answers')
            [CompletionResult]::new('--detach', '--detach', [CompletionResultType]::ParameterName, 'Start in the background; returns when the daemon answers')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'With -d: start under a guard that restarts the daemon after a crash')
            [CompletionResult]::new('--forever', '--forever', [CompletionResultType]::ParameterName, 'With -d: start under a guard that restarts the daemon after a crash')
            [CompletionResult]::new('--announce', '--announce', [CompletionResultType]::ParameterName, 'Tell on stdout when the daemon is ready')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;shutdown' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;status' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;version' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;health' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;pause' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;resume' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;check' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;add' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--cron', '--cron', [CompletionResultType]::ParameterName, 'The schedule: 6 fields (sec min hour dom month dow), 5 fields as in a crontab, or an @ word. May be given more than once (in JSON a list, or one text with `;` between)')
            [CompletionResult]::new('--every', '--every', [CompletionResultType]::ParameterName, 'Run it repeatedly with this period: 90s, 5m, 1h30m')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Run it once at this time: "2026-12-01 10:00", "in 30m", "tomorrow 9:00"')
            [CompletionResult]::new('--tz', '--tz', [CompletionResultType]::ParameterName, 'The time zone of the schedule, such as Europe/Berlin ("" is that of the daemon)')
            [CompletionResult]::new('--jitter', '--jitter', [CompletionResultType]::ParameterName, 'Delay each run by a random time up to this, but not past the next run; in seconds or as 5m')
            [CompletionResult]::new('--start', '--start', [CompletionResultType]::ParameterName, 'Do not run before this time, such as "2026-12-01 10:00" or "tomorrow 9:00" ("" is no limit)')
            [CompletionResult]::new('--end', '--end', [CompletionResultType]::ParameterName, 'Do not run after this time ("" is no limit)')
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'The kind of work')
            [CompletionResult]::new('--workdir', '--workdir', [CompletionResultType]::ParameterName, 'The folder in which the command runs')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'A variable for the command, K=V; may be given more than once. `edit` adds it to the variables of the job ("" removes them first)')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'The text that the command reads from its standard input')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'The shell that runs the command instead of `jobs.shell`')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'The account that the command runs as; the daemon must be root ("" is the account of the daemon)')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'A file with more variables, K=V on each line; --env replaces its values ("" is none)')
            [CompletionResult]::new('--clean-env', '--clean-env', [CompletionResultType]::ParameterName, 'Give the command a small environment: PATH, HOME, USER, LOGNAME and SHELL as at a login, and LANG, LC_ALL, LC_CTYPE and TZ of the daemon [default: true with --user, else false]')
            [CompletionResult]::new('--umask', '--umask', [CompletionResultType]::ParameterName, 'The permissions that new files of the command do not get, octal, such as 027 ("" is the umask of the daemon)')
            [CompletionResult]::new('--nice', '--nice', [CompletionResultType]::ParameterName, 'The CPU priority of the command, from -20 (first) to 19 (last)')
            [CompletionResult]::new('--ionice', '--ionice', [CompletionResultType]::ParameterName, 'The disk priority of the command: idle, best-effort:0 to :7, realtime:0 to :7 ("" is the usual one)')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Limits of the command: mem=512M,cpu=60s,nofile=1024,nproc=64 ("" is no limit)')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The address of the request (mode http)')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'The method of the request (mode http)')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A header of the request, K:V; may be given more than once (mode http). `edit` replaces the headers of the same name ("" removes all headers first)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The body of the request (mode http)')
            [CompletionResult]::new('--cookies', '--cookies', [CompletionResultType]::ParameterName, 'The cookies of the request (mode http)')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'The proxy of the request: http, https or socks5 (mode http)')
            [CompletionResult]::new('--result', '--result', [CompletionResultType]::ParameterName, 'A text that the answer must contain (mode http)')
            [CompletionResult]::new('--func', '--func', [CompletionResultType]::ParameterName, 'The name of the function (mode func)')
            [CompletionResult]::new('--arg', '--arg', [CompletionResultType]::ParameterName, 'An argument of the function; may be given more than once (mode func)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The timeout of an attempt, in seconds or as 5m; 0 is no timeout')
            [CompletionResult]::new('--times', '--times', [CompletionResultType]::ParameterName, 'The number of attempts of an execution, until one succeeds')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'The time between attempts, in seconds or as 5m')
            [CompletionResult]::new('--desc', '--desc', [CompletionResultType]::ParameterName, 'A description')
            [CompletionResult]::new('--overlap', '--overlap', [CompletionResultType]::ParameterName, 'What happens when the job is due while it still runs [default: jobs.default_allow_mode]')
            [CompletionResult]::new('--max-runs', '--max-runs', [CompletionResultType]::ParameterName, 'Stop the job after this many executions; 0 is no limit')
            [CompletionResult]::new('--catch-up', '--catch-up', [CompletionResultType]::ParameterName, 'What happens to missed occurrences [default: skip]')
            [CompletionResult]::new('--catch-up-window', '--catch-up-window', [CompletionResultType]::ParameterName, 'The greatest age of a missed occurrence that still runs, in seconds or as 12h; 0 is no limit')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'The number of retries after an execution that failed or timed out, until one succeeds; 0 is none')
            [CompletionResult]::new('--retry-delay', '--retry-delay', [CompletionResultType]::ParameterName, 'The wait before the first retry, in seconds or as 5m; up to a tenth is added at random [default: 60]')
            [CompletionResult]::new('--retry-backoff', '--retry-backoff', [CompletionResultType]::ParameterName, 'The factor by which each wait is longer than the one before, 1 to 100 [default: 1]')
            [CompletionResult]::new('--retry-max', '--retry-max', [CompletionResultType]::ParameterName, 'The longest wait before a retry, in seconds or as 1h; 0 is no limit')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('--stopped', '--stopped', [CompletionResultType]::ParameterName, 'Add the job stopped; `restart` starts it')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'Also run it once immediately')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;list' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Only jobs whose name contains this text')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'Only jobs in this state: 0 waiting, 1 running, 2 stopped; -1 is all')
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'Only jobs of this kind of work')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;show' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;edit' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The new name of the job')
            [CompletionResult]::new('--cron', '--cron', [CompletionResultType]::ParameterName, 'The schedule: 6 fields (sec min hour dom month dow), 5 fields as in a crontab, or an @ word. May be given more than once (in JSON a list, or one text with `;` between)')
            [CompletionResult]::new('--every', '--every', [CompletionResultType]::ParameterName, 'Run it repeatedly with this period: 90s, 5m, 1h30m')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Run it once at this time: "2026-12-01 10:00", "in 30m", "tomorrow 9:00"')
            [CompletionResult]::new('--tz', '--tz', [CompletionResultType]::ParameterName, 'The time zone of the schedule, such as Europe/Berlin ("" is that of the daemon)')
            [CompletionResult]::new('--jitter', '--jitter', [CompletionResultType]::ParameterName, 'Delay each run by a random time up to this, but not past the next run; in seconds or as 5m')
            [CompletionResult]::new('--start', '--start', [CompletionResultType]::ParameterName, 'Do not run before this time, such as "2026-12-01 10:00" or "tomorrow 9:00" ("" is no limit)')
            [CompletionResult]::new('--end', '--end', [CompletionResultType]::ParameterName, 'Do not run after this time ("" is no limit)')
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'The kind of work')
            [CompletionResult]::new('--workdir', '--workdir', [CompletionResultType]::ParameterName, 'The folder in which the command runs')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'A variable for the command, K=V; may be given more than once. `edit` adds it to the variables of the job ("" removes them first)')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'The text that the command reads from its standard input')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'The shell that runs the command instead of `jobs.shell`')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'The account that the command runs as; the daemon must be root ("" is the account of the daemon)')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'A file with more variables, K=V on each line; --env replaces its values ("" is none)')
            [CompletionResult]::new('--clean-env', '--clean-env', [CompletionResultType]::ParameterName, 'Give the command a small environment: PATH, HOME, USER, LOGNAME and SHELL as at a login, and LANG, LC_ALL, LC_CTYPE and TZ of the daemon [default: true with --user, else false]')
            [CompletionResult]::new('--umask', '--umask', [CompletionResultType]::ParameterName, 'The permissions that new files of the command do not get, octal, such as 027 ("" is the umask of the daemon)')
            [CompletionResult]::new('--nice', '--nice', [CompletionResultType]::ParameterName, 'The CPU priority of the command, from -20 (first) to 19 (last)')
            [CompletionResult]::new('--ionice', '--ionice', [CompletionResultType]::ParameterName, 'The disk priority of the command: idle, best-effort:0 to :7, realtime:0 to :7 ("" is the usual one)')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Limits of the command: mem=512M,cpu=60s,nofile=1024,nproc=64 ("" is no limit)')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The address of the request (mode http)')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'The method of the request (mode http)')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A header of the request, K:V; may be given more than once (mode http). `edit` replaces the headers of the same name ("" removes all headers first)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The body of the request (mode http)')
            [CompletionResult]::new('--cookies', '--cookies', [CompletionResultType]::ParameterName, 'The cookies of the request (mode http)')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'The proxy of the request: http, https or socks5 (mode http)')
            [CompletionResult]::new('--result', '--result', [CompletionResultType]::ParameterName, 'A text that the answer must contain (mode http)')
            [CompletionResult]::new('--func', '--func', [CompletionResultType]::ParameterName, 'The name of the function (mode func)')
            [CompletionResult]::new('--arg', '--arg', [CompletionResultType]::ParameterName, 'An argument of the function; may be given more than once (mode func)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The timeout of an attempt, in seconds or as 5m; 0 is no timeout')
            [CompletionResult]::new('--times', '--times', [CompletionResultType]::ParameterName, 'The number of attempts of an execution, until one succeeds')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'The time between attempts, in seconds or as 5m')
            [CompletionResult]::new('--desc', '--desc', [CompletionResultType]::ParameterName, 'A description')
            [CompletionResult]::new('--overlap', '--overlap', [CompletionResultType]::ParameterName, 'What happens when the job is due while it still runs [default: jobs.default_allow_mode]')
            [CompletionResult]::new('--max-runs', '--max-runs', [CompletionResultType]::ParameterName, 'Stop the job after this many executions; 0 is no limit')
            [CompletionResult]::new('--catch-up', '--catch-up', [CompletionResultType]::ParameterName, 'What happens to missed occurrences [default: skip]')
            [CompletionResult]::new('--catch-up-window', '--catch-up-window', [CompletionResultType]::ParameterName, 'The greatest age of a missed occurrence that still runs, in seconds or as 12h; 0 is no limit')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'The number of retries after an execution that failed or timed out, until one succeeds; 0 is none')
            [CompletionResult]::new('--retry-delay', '--retry-delay', [CompletionResultType]::ParameterName, 'The wait before the first retry, in seconds or as 5m; up to a tenth is added at random [default: 60]')
            [CompletionResult]::new('--retry-backoff', '--retry-backoff', [CompletionResultType]::ParameterName, 'The factor by which each wait is longer than the one before, 1 to 100 [default: 1]')
            [CompletionResult]::new('--retry-max', '--retry-max', [CompletionResultType]::ParameterName, 'The longest wait before a retry, in seconds or as 1h; 0 is no limit')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;rm' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;run' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Show the output as it comes, and end with the exit status of the command')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Show the output as it comes, and end with the exit status of the command')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;stop' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Stop only until this time, such as "18:00" or "in 2h"; then the jobs continue by themselves')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('--running', '--running', [CompletionResultType]::ParameterName, 'Also stop their running executions, and drop those that wait')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;skip' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;restart' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;cancel' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;logs' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The number of executions [default: 10]; with --system the number of lines [default: 100]')
            [CompletionResult]::new('--number', '--number', [CompletionResultType]::ParameterName, 'The number of executions [default: 10]; with --system the number of lines [default: 100]')
            [CompletionResult]::new('--exec', '--exec', [CompletionResultType]::ParameterName, 'Print only this execution: its stdout on stdout and its stderr on stderr, byte for byte')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Follow the running execution, or else the next one, until it ends; with --system without end')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Follow the running execution, or else the next one, until it ends; with --system without end')
            [CompletionResult]::new('--system', '--system', [CompletionResultType]::ParameterName, 'Show the system log of the daemon; needs no running daemon')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;history' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'At most this many, 1 to 500 [default: 20]')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most this many, 1 to 500 [default: 20]')
            [CompletionResult]::new('--before', '--before', [CompletionResultType]::ParameterName, 'Only executions before this one, for the next page')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Only executions with this status')
            [CompletionResult]::new('--exec', '--exec', [CompletionResultType]::ParameterName, 'Only this execution')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;next' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'The number of runs, 1 to 1000 [default: 5; with --until 1000]')
            [CompletionResult]::new('--tz', '--tz', [CompletionResultType]::ParameterName, 'The time zone of the expression [default: that of the system]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Only runs after this time, such as 2026-12-01T10:00:00+08:00 [default: now]')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only runs up to this time')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the job that the expression is for; the value of H depends on it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('--batch', '--batch', [CompletionResultType]::ParameterName, 'Read lines of JSON from standard input, {"expr","tz","from","until","count","name"}, and answer each with {"next":[...]} or {"error":"..."}')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;explain' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--tz', '--tz', [CompletionResultType]::ParameterName, 'The time zone of the expression [default: that of the system]')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the job that it is for; the value of H depends on it')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'The language, en or zh [default: by LC_ALL, LC_MESSAGES or LANG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;env' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;functions' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;import' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('crontab', 'crontab', [CompletionResultType]::ParameterValue, 'Import a crontab; importing it again changes only what has changed')
            break
        }
        'jobs;import;crontab' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'It is the crontab of this account; its commands run as that account')
            [CompletionResult]::new('--origin', '--origin', [CompletionResultType]::ParameterName, 'The name of the source, instead of its path (or `-`); the next import recognises lines by it')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--system', '--system', [CompletionResultType]::ParameterName, 'The lines have a column with the account, as in /etc/crontab and /etc/cron.d')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Only report; change nothing')
            [CompletionResult]::new('--stop-missing', '--stop-missing', [CompletionResultType]::ParameterName, 'Stop the jobs that came from the same file and whose lines are gone; nothing is stopped while a line is refused')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;reload' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;config' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print every key with its value')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check whether the configuration is valid')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the configuration file is looked for')
            break
        }
        'jobs;config;show' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;config;check' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;config;path' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;ip' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show both lists, and whether they are used')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add an address or a network to a list')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove an address or a network from a list')
            break
        }
        'jobs;ip;status' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;ip;add' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;ip;remove' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;admin' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add an account; asks for its password')
            [CompletionResult]::new('passwd', 'passwd', [CompletionResultType]::ParameterValue, 'Set a new password for an account; its logins are not valid any more')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Change the mail address or the role of an account')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the accounts, the newest first')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Enable an account: it can log in again')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Disable an account: it cannot log in, and its logins are not valid any more')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove an account; its logins are not valid any more')
            [CompletionResult]::new('rotate-key', 'rotate-key', [CompletionResultType]::ParameterValue, 'Make a new key for logins: no login is valid any more')
            break
        }
        'jobs;admin;add' {
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'The mail address')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'The role: a viewer reads, an operator also manages and runs jobs, an admin also manages access and the configuration [default: viewer]')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--password-stdin', '--password-stdin', [CompletionResultType]::ParameterName, 'Read the password from standard input, one line, instead of asking for it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;admin;passwd' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--password-stdin', '--password-stdin', [CompletionResultType]::ParameterName, 'Read the password from standard input, one line, instead of asking for it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;admin;edit' {
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'The mail address ("" is none)')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'The role')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;admin;list' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;admin;enable' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;admin;disable' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;admin;rm' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;admin;rotate-key' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;token' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Make a token and print it; it is shown only once')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the tokens, the newest first; the secrets are not shown')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove a token: it is not valid any more')
            break
        }
        'jobs;token;add' {
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'The role [default: viewer]')
            [CompletionResult]::new('--expires', '--expires', [CompletionResultType]::ParameterName, 'When the token expires, such as "2027-01-01" or "in 90d" [default: never]')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;token;list' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;token;rm' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;audit' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--who', '--who', [CompletionResultType]::ParameterName, 'Only changes by callers whose name contains this text, such as `alice` or `token ci`')
            [CompletionResult]::new('--operation', '--operation', [CompletionResultType]::ParameterName, 'Only changes by this operation, such as `edit`')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Only changes of something whose name contains this text')
            [CompletionResult]::new('--address', '--address', [CompletionResultType]::ParameterName, 'Only changes from this address')
            [CompletionResult]::new('--outcome', '--outcome', [CompletionResultType]::ParameterName, 'Only changes with this outcome')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only changes since this time, such as "2026-12-01" or "2026-12-01 10:00"')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only changes before this time')
            [CompletionResult]::new('--page', '--page', [CompletionResultType]::ParameterName, 'The page, from 1 on')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The size of a page, 1 to 500 [default: 50]')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'The size of a page, 1 to 500 [default: 50]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;completions' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;man' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
