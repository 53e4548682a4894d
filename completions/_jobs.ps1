
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
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('start', 'start', [CompletionResultType]::ParameterValue, 'Start the daemon, in the foreground or with -d in the background')
            [CompletionResult]::new('shutdown', 'shutdown', [CompletionResultType]::ParameterValue, 'Stop the daemon, and its guard')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Tell how the daemon, its scheduler and its jobs are')
            [CompletionResult]::new('health', 'health', [CompletionResultType]::ParameterValue, 'Tell whether the daemon is in order, and what it uses; the exit status is 1 when it is not')
            [CompletionResult]::new('pause', 'pause', [CompletionResultType]::ParameterValue, 'Pause the scheduler: no job is due until resume; what runs goes on')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'End a pause of the scheduler')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Go through all jobs: mend next runs that are not what the schedule says, tell which jobs can''t run (exit status 1)')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a job')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the jobs, the one that is due next first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one job')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Change what is given of a job and leave the rest')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove jobs with their history; what runs of them is stopped')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a job now, beside its schedule and by its overlap policy')
            [CompletionResult]::new('stop', 'stop', [CompletionResultType]::ParameterValue, 'Stop jobs: they are not due any more; what runs of them goes on')
            [CompletionResult]::new('skip', 'skip', [CompletionResultType]::ParameterValue, 'Skip the next occurrences of a job, one or N')
            [CompletionResult]::new('restart', 'restart', [CompletionResultType]::ParameterValue, 'Set stopped jobs going again and count their runs anew')
            [CompletionResult]::new('cancel', 'cancel', [CompletionResultType]::ParameterValue, 'Stop one execution')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Show the output of executions, or the system log')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'List executions, the newest first')
            [CompletionResult]::new('next', 'next', [CompletionResultType]::ParameterValue, 'Tell when a job or an expression is due next')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say in plain words when an expression is due, and what may not be meant')
            [CompletionResult]::new('env', 'env', [CompletionResultType]::ParameterValue, 'Print the environment that the command of a job gets')
            [CompletionResult]::new('functions', 'functions', [CompletionResultType]::ParameterValue, 'List the built-in functions')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take over jobs from elsewhere')
            [CompletionResult]::new('reload', 'reload', [CompletionResultType]::ParameterValue, 'Read the configuration file (and the crontab of start --crontab) again')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show, check or find the configuration')
            [CompletionResult]::new('ip', 'ip', [CompletionResultType]::ParameterValue, 'Show or change from which addresses the HTTP door may be used')
            [CompletionResult]::new('admin', 'admin', [CompletionResultType]::ParameterValue, 'Manage the accounts that may log in over HTTP')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Manage the tokens by which programs come in over HTTP')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'List the changes that were made, the newest first: who, from where, what, and what came of it')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            break
        }
        'jobs;start' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--http', '--http', [CompletionResultType]::ParameterName, 'Open the HTTP door, at IP:PORT, IP, PORT or :PORT [default: server.address and server.port, 127.0.0.1:36363]')
            [CompletionResult]::new('--crontab', '--crontab', [CompletionResultType]::ParameterName, 'Take this crontab over (again at each reload); in the foreground, show what the jobs print')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'In the background; returns when the daemon answers')
            [CompletionResult]::new('--detach', '--detach', [CompletionResultType]::ParameterName, 'In the background; returns when the daemon answers')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'With -d: under a guard that restarts the daemon when it dies')
            [CompletionResult]::new('--forever', '--forever', [CompletionResultType]::ParameterName, 'With -d: under a guard that restarts the daemon when it dies')
            [CompletionResult]::new('--announce', '--announce', [CompletionResultType]::ParameterName, 'Tell on stdout when the daemon is ready')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;shutdown' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;status' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;health' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;pause' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;resume' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;check' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;add' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--cron', '--cron', [CompletionResultType]::ParameterName, 'When it runs: 6 fields (sec min hour dom month dow), 5 as in a crontab, or an @ word; may be given more than once (in JSON a list, or one text with `;` between)')
            [CompletionResult]::new('--every', '--every', [CompletionResultType]::ParameterName, 'Run it again and again, this far apart: 90s, 5m, 1h30m')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Run it once: "2026-12-01 10:00", "in 30m", "tomorrow 9:00"')
            [CompletionResult]::new('--tz', '--tz', [CompletionResultType]::ParameterName, 'The zone in which the schedule is read, such as Europe/Berlin ("" is the daemon''s own)')
            [CompletionResult]::new('--jitter', '--jitter', [CompletionResultType]::ParameterName, 'Delay each run by a random time up to this, but not past the next one, in seconds or as 5m')
            [CompletionResult]::new('--start', '--start', [CompletionResultType]::ParameterName, 'Not before this time, such as "2026-12-01 10:00" or "tomorrow 9:00" ("" is no limit)')
            [CompletionResult]::new('--end', '--end', [CompletionResultType]::ParameterName, 'Not after this time ("" is no limit)')
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'The kind of work')
            [CompletionResult]::new('--workdir', '--workdir', [CompletionResultType]::ParameterName, 'The folder in which the command runs')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'A variable for the command, K=V; may be given more than once. `edit` adds it to those that are there ("" takes them away first)')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'What the command reads from its standard input')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'The shell that runs the command instead of `jobs.shell`')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'The account that the command runs as; for a daemon of root ("" is the daemon''s own)')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'A file with more variables, K=V a line; --env beats it ("" is none)')
            [CompletionResult]::new('--clean-env', '--clean-env', [CompletionResultType]::ParameterName, 'Whether the command gets a small environment: PATH, HOME, USER, LOGNAME, SHELL as for an account that logs in, and the daemon''s LANG, LC_ALL, LC_CTYPE and TZ [default: for another account true, else false]')
            [CompletionResult]::new('--umask', '--umask', [CompletionResultType]::ParameterName, 'The permissions that files of the command do not get, octal, such as 027 ("" is the daemon''s)')
            [CompletionResult]::new('--nice', '--nice', [CompletionResultType]::ParameterName, 'How far the command stands back for others, from -20 to 19')
            [CompletionResult]::new('--ionice', '--ionice', [CompletionResultType]::ParameterName, 'The same for the disk: idle, best-effort:0 to :7, realtime:0 to :7 ("" is the usual)')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'What the command may use: mem=512M,cpu=60s,nofile=1024,nproc=64 ("" is no limit)')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The address of the request (mode http)')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'The method of the request (mode http)')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A header of the request, K:V; may be given more than once (mode http). `edit` puts it in the place of those of its name ("" takes all away first)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The body of the request (mode http)')
            [CompletionResult]::new('--cookies', '--cookies', [CompletionResultType]::ParameterName, 'The cookies of the request (mode http)')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'The proxy of the request: http, https or socks5 (mode http)')
            [CompletionResult]::new('--result', '--result', [CompletionResultType]::ParameterName, 'A text that the answer must contain (mode http)')
            [CompletionResult]::new('--func', '--func', [CompletionResultType]::ParameterName, 'The name of the function (mode func)')
            [CompletionResult]::new('--arg', '--arg', [CompletionResultType]::ParameterName, 'An argument of the function; may be given more than once (mode func)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long an attempt may take, in seconds or as 5m; 0 is for ever')
            [CompletionResult]::new('--times', '--times', [CompletionResultType]::ParameterName, 'How many attempts an execution makes until one succeeds')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'How long it waits between attempts, in seconds or as 5m')
            [CompletionResult]::new('--desc', '--desc', [CompletionResultType]::ParameterName, 'What it is for')
            [CompletionResult]::new('--overlap', '--overlap', [CompletionResultType]::ParameterName, 'What happens when it is due while it still runs [default: jobs.default_allow_mode]')
            [CompletionResult]::new('--max-runs', '--max-runs', [CompletionResultType]::ParameterName, 'Stop it after this many executions; 0 is no limit')
            [CompletionResult]::new('--catch-up', '--catch-up', [CompletionResultType]::ParameterName, 'What happens to occurrences that are missed [default: skip]')
            [CompletionResult]::new('--catch-up-window', '--catch-up-window', [CompletionResultType]::ParameterName, 'How old a missed occurrence may be to be made up, in seconds or as 12h; 0 is no limit')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How many executions may follow one that has failed or timed out, until one succeeds; 0 is none')
            [CompletionResult]::new('--retry-delay', '--retry-delay', [CompletionResultType]::ParameterName, 'How long the first retry waits, in seconds or as 5m; up to a tenth of it is added at random [default: 60]')
            [CompletionResult]::new('--retry-backoff', '--retry-backoff', [CompletionResultType]::ParameterName, 'By what each retry waits longer than the one before, 1 to 100 [default: 1]')
            [CompletionResult]::new('--retry-max', '--retry-max', [CompletionResultType]::ParameterName, 'The longest that a retry waits, in seconds or as 1h; 0 is no limit')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('--stopped', '--stopped', [CompletionResultType]::ParameterName, 'Add it stopped; `restart` sets it going')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'Run it once at once, beside its schedule')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;list' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
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
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;edit' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Its new name')
            [CompletionResult]::new('--cron', '--cron', [CompletionResultType]::ParameterName, 'When it runs: 6 fields (sec min hour dom month dow), 5 as in a crontab, or an @ word; may be given more than once (in JSON a list, or one text with `;` between)')
            [CompletionResult]::new('--every', '--every', [CompletionResultType]::ParameterName, 'Run it again and again, this far apart: 90s, 5m, 1h30m')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Run it once: "2026-12-01 10:00", "in 30m", "tomorrow 9:00"')
            [CompletionResult]::new('--tz', '--tz', [CompletionResultType]::ParameterName, 'The zone in which the schedule is read, such as Europe/Berlin ("" is the daemon''s own)')
            [CompletionResult]::new('--jitter', '--jitter', [CompletionResultType]::ParameterName, 'Delay each run by a random time up to this, but not past the next one, in seconds or as 5m')
            [CompletionResult]::new('--start', '--start', [CompletionResultType]::ParameterName, 'Not before this time, such as "2026-12-01 10:00" or "tomorrow 9:00" ("" is no limit)')
            [CompletionResult]::new('--end', '--end', [CompletionResultType]::ParameterName, 'Not after this time ("" is no limit)')
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'The kind of work')
            [CompletionResult]::new('--workdir', '--workdir', [CompletionResultType]::ParameterName, 'The folder in which the command runs')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'A variable for the command, K=V; may be given more than once. `edit` adds it to those that are there ("" takes them away first)')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'What the command reads from its standard input')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'The shell that runs the command instead of `jobs.shell`')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'The account that the command runs as; for a daemon of root ("" is the daemon''s own)')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'A file with more variables, K=V a line; --env beats it ("" is none)')
            [CompletionResult]::new('--clean-env', '--clean-env', [CompletionResultType]::ParameterName, 'Whether the command gets a small environment: PATH, HOME, USER, LOGNAME, SHELL as for an account that logs in, and the daemon''s LANG, LC_ALL, LC_CTYPE and TZ [default: for another account true, else false]')
            [CompletionResult]::new('--umask', '--umask', [CompletionResultType]::ParameterName, 'The permissions that files of the command do not get, octal, such as 027 ("" is the daemon''s)')
            [CompletionResult]::new('--nice', '--nice', [CompletionResultType]::ParameterName, 'How far the command stands back for others, from -20 to 19')
            [CompletionResult]::new('--ionice', '--ionice', [CompletionResultType]::ParameterName, 'The same for the disk: idle, best-effort:0 to :7, realtime:0 to :7 ("" is the usual)')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'What the command may use: mem=512M,cpu=60s,nofile=1024,nproc=64 ("" is no limit)')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The address of the request (mode http)')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'The method of the request (mode http)')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A header of the request, K:V; may be given more than once (mode http). `edit` puts it in the place of those of its name ("" takes all away first)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The body of the request (mode http)')
            [CompletionResult]::new('--cookies', '--cookies', [CompletionResultType]::ParameterName, 'The cookies of the request (mode http)')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'The proxy of the request: http, https or socks5 (mode http)')
            [CompletionResult]::new('--result', '--result', [CompletionResultType]::ParameterName, 'A text that the answer must contain (mode http)')
            [CompletionResult]::new('--func', '--func', [CompletionResultType]::ParameterName, 'The name of the function (mode func)')
            [CompletionResult]::new('--arg', '--arg', [CompletionResultType]::ParameterName, 'An argument of the function; may be given more than once (mode func)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long an attempt may take, in seconds or as 5m; 0 is for ever')
            [CompletionResult]::new('--times', '--times', [CompletionResultType]::ParameterName, 'How many attempts an execution makes until one succeeds')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'How long it waits between attempts, in seconds or as 5m')
            [CompletionResult]::new('--desc', '--desc', [CompletionResultType]::ParameterName, 'What it is for')
            [CompletionResult]::new('--overlap', '--overlap', [CompletionResultType]::ParameterName, 'What happens when it is due while it still runs [default: jobs.default_allow_mode]')
            [CompletionResult]::new('--max-runs', '--max-runs', [CompletionResultType]::ParameterName, 'Stop it after this many executions; 0 is no limit')
            [CompletionResult]::new('--catch-up', '--catch-up', [CompletionResultType]::ParameterName, 'What happens to occurrences that are missed [default: skip]')
            [CompletionResult]::new('--catch-up-window', '--catch-up-window', [CompletionResultType]::ParameterName, 'How old a missed occurrence may be to be made up, in seconds or as 12h; 0 is no limit')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How many executions may follow one that has failed or timed out, until one succeeds; 0 is none')
            [CompletionResult]::new('--retry-delay', '--retry-delay', [CompletionResultType]::ParameterName, 'How long the first retry waits, in seconds or as 5m; up to a tenth of it is added at random [default: 60]')
            [CompletionResult]::new('--retry-backoff', '--retry-backoff', [CompletionResultType]::ParameterName, 'By what each retry waits longer than the one before, 1 to 100 [default: 1]')
            [CompletionResult]::new('--retry-max', '--retry-max', [CompletionResultType]::ParameterName, 'The longest that a retry waits, in seconds or as 1h; 0 is no limit')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;rm' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;run' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Show the output as it comes, and end as the command does')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Show the output as it comes, and end as the command does')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;stop' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only until this time, such as "18:00" or "in 2h": then they go on by themselves')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('--running', '--running', [CompletionResultType]::ParameterName, 'Stop what runs of them too, and drop what waits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;skip' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;restart' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;cancel' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;logs' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'How many executions [default: 10]; with --system how many lines [default: 100]')
            [CompletionResult]::new('--number', '--number', [CompletionResultType]::ParameterName, 'How many executions [default: 10]; with --system how many lines [default: 100]')
            [CompletionResult]::new('--exec', '--exec', [CompletionResultType]::ParameterName, 'Only this execution: its stdout to stdout, its stderr to stderr, byte for byte')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Follow the running (or the next) execution until it ends; with --system, for ever')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Follow the running (or the next) execution until it ends; with --system, for ever')
            [CompletionResult]::new('--system', '--system', [CompletionResultType]::ParameterName, 'The system log of the daemon; needs no daemon')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;history' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
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
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'How many times to tell, 1 to 1000 [default: 5; with --until 1000]')
            [CompletionResult]::new('--tz', '--tz', [CompletionResultType]::ParameterName, 'The zone in which the expression is read [default: the system''s]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Tell what comes after this instant, such as 2026-12-01T10:00:00+08:00 [default: now]')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Tell what comes up to this instant')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the job that the expression is for: what H stands for')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('--batch', '--batch', [CompletionResultType]::ParameterName, 'Answer lines of JSON from standard input, {"expr","tz","from","until","count","name"}, each with {"next":[...]} or {"error":"..."}')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;explain' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--tz', '--tz', [CompletionResultType]::ParameterName, 'The zone in which it is read [default: the system''s]')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the job that it is for: what H stands for')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'The language, en or zh [default: by LC_ALL, LC_MESSAGES or LANG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;env' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;functions' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;import' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('crontab', 'crontab', [CompletionResultType]::ParameterValue, 'Take over a crontab; taking it over again changes only what has changed')
            break
        }
        'jobs;import;crontab' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'It is the crontab of this account: its commands run as that')
            [CompletionResult]::new('--origin', '--origin', [CompletionResultType]::ParameterName, 'Where it comes from, instead of its path (or `-`): lines are recognised by it the next time')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--system', '--system', [CompletionResultType]::ParameterName, 'Its lines have a column with the account, as those of /etc/crontab and /etc/cron.d have')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Only report what would be done')
            [CompletionResult]::new('--stop-missing', '--stop-missing', [CompletionResultType]::ParameterName, 'Stop the jobs that came from the same file and whose lines are gone; not while a line is refused')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;reload' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;config' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print every key with the value that holds')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Say whether the configuration will do')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the configuration file is looked for')
            break
        }
        'jobs;config;show' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;config;check' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;config;path' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;ip' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show both lists, and whether they are looked at')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Put an address or a network on a list')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Take an address or a network from a list')
            break
        }
        'jobs;ip;status' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;ip;add' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;ip;remove' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;admin' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add an account; its password is asked for')
            [CompletionResult]::new('passwd', 'passwd', [CompletionResultType]::ParameterValue, 'Give an account another password; its logins are void')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Change the mail address or the role of an account')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the accounts, the newest first')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Let an account log in again')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Let an account not log in any more; its logins are void')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove an account; its logins are void')
            [CompletionResult]::new('rotate-key', 'rotate-key', [CompletionResultType]::ParameterValue, 'Make a new key for the tokens of logins: all logins are void')
            break
        }
        'jobs;admin;add' {
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'Its mail address')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'What it may do: a viewer reads, an operator also manages and runs jobs, an admin also manages access and the configuration [default: viewer]')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--password-stdin', '--password-stdin', [CompletionResultType]::ParameterName, 'Read the password from standard input, one line, instead of asking for it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;admin;passwd' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--password-stdin', '--password-stdin', [CompletionResultType]::ParameterName, 'Read the password from standard input, one line, instead of asking for it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;admin;edit' {
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'Its mail address ("" is none)')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'What it may do')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;admin;list' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;admin;enable' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;admin;disable' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;admin;rm' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;admin;rotate-key' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;token' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Make a token and print it: it is shown this once')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the tokens, the newest first, without themselves')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove a token: it is void')
            break
        }
        'jobs;token;add' {
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'What it may do [default: viewer]')
            [CompletionResult]::new('--expires', '--expires', [CompletionResultType]::ParameterName, 'From when on it is void, such as "2027-01-01" or "in 90d" [default: never]')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;token;list' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;token;rm' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;audit' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--who', '--who', [CompletionResultType]::ParameterName, 'Only of those in whose name this text is, such as `alice` or `token ci`')
            [CompletionResult]::new('--operation', '--operation', [CompletionResultType]::ParameterName, 'Only this operation, such as `edit`')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Only what was done to something in whose name this text is')
            [CompletionResult]::new('--address', '--address', [CompletionResultType]::ParameterName, 'Only from this address')
            [CompletionResult]::new('--outcome', '--outcome', [CompletionResultType]::ParameterName, 'Only what came out so')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only since this time, such as "2026-12-01" or "2026-12-01 10:00"')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only before this time')
            [CompletionResult]::new('--page', '--page', [CompletionResultType]::ParameterName, 'Which page, from 1')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'How many on a page, 1 to 500 [default: 50]')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'How many on a page, 1 to 500 [default: 50]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jobs;completions' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Another configuration file [env: JOBS_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print data, and only data, as JSON')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'jobs;man' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]')
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
