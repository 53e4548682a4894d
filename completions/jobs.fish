# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_jobs_global_optspecs
    string join \n home= config= json h/help V/version
end

function __fish_jobs_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_jobs_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_jobs_using_subcommand
    set -l cmd (__fish_jobs_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c jobs -n "__fish_jobs_needs_command" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_needs_command" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_needs_command" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_needs_command" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_needs_command" -s V -l version -d 'Print version'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "start" -d 'Start the daemon, in the foreground or with -d in the background'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "shutdown" -d 'Stop the daemon, and its guard'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "status" -d 'Tell how the daemon, its scheduler and its jobs are'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "health" -d 'Tell whether the daemon is in order, and what it uses; the exit status is 1 when it is not'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "pause" -d 'Pause the scheduler: no job is due until resume; what runs goes on'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "resume" -d 'End a pause of the scheduler'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "check" -d 'Go through all jobs: mend next runs that are not what the schedule says, tell which jobs can\'t run (exit status 1)'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "add" -d 'Add a job'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "list" -d 'List the jobs, the one that is due next first'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "show" -d 'Show one job'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "edit" -d 'Change what is given of a job and leave the rest'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "rm" -d 'Remove jobs with their history; what runs of them is stopped'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "run" -d 'Run a job now, beside its schedule and by its overlap policy'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "stop" -d 'Stop jobs: they are not due any more; what runs of them goes on'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "skip" -d 'Skip the next occurrences of a job, one or N'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "restart" -d 'Set stopped jobs going again and count their runs anew'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "cancel" -d 'Stop one execution'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "logs" -d 'Show the output of executions, or the system log'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "history" -d 'List executions, the newest first'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "next" -d 'Tell when a job or an expression is due next'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "explain" -d 'Say in plain words when an expression is due, and what may not be meant'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "env" -d 'Print the environment that the command of a job gets'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "functions" -d 'List the built-in functions'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "import" -d 'Take over jobs from elsewhere'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "reload" -d 'Read the configuration file (and the crontab of start --crontab) again'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "config" -d 'Show, check or find the configuration'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "ip" -d 'Show or change from which addresses the HTTP door may be used'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "admin" -d 'Manage the accounts that may log in over HTTP'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "token" -d 'Manage the tokens by which programs come in over HTTP'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "audit" -d 'List the changes that were made, the newest first: who, from where, what, and what came of it'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "completions" -d 'Print the completions for a shell'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "man" -d 'Print the manual page'
complete -c jobs -n "__fish_jobs_using_subcommand start" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand start" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand start" -l http -d 'Open the HTTP door, at IP:PORT, IP, PORT or :PORT [default: server.address and server.port, 127.0.0.1:36363]' -r
complete -c jobs -n "__fish_jobs_using_subcommand start" -l crontab -d 'Take this crontab over (again at each reload); in the foreground, show what the jobs print' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand start" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand start" -s d -l detach -d 'In the background; returns when the daemon answers'
complete -c jobs -n "__fish_jobs_using_subcommand start" -s f -l forever -d 'With -d: under a guard that restarts the daemon when it dies'
complete -c jobs -n "__fish_jobs_using_subcommand start" -l announce -d 'Tell on stdout when the daemon is ready'
complete -c jobs -n "__fish_jobs_using_subcommand start" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand shutdown" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand shutdown" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand shutdown" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand shutdown" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand status" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand status" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand status" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand status" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand health" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand health" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand health" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand health" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand pause" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand pause" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand pause" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand pause" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand resume" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand resume" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand resume" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand resume" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand check" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand check" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand check" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand check" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand add" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand add" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand add" -l cron -d 'When it runs: 6 fields (sec min hour dom month dow), 5 as in a crontab, or an @ word; may be given more than once (in JSON a list, or one text with `;` between)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l every -d 'Run it again and again, this far apart: 90s, 5m, 1h30m' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l at -d 'Run it once: "2026-12-01 10:00", "in 30m", "tomorrow 9:00"' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l tz -d 'The zone in which the schedule is read, such as Europe/Berlin ("" is the daemon\'s own)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l jitter -d 'Delay each run by a random time up to this, but not past the next one, in seconds or as 5m' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l start -d 'Not before this time, such as "2026-12-01 10:00" or "tomorrow 9:00" ("" is no limit)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l end -d 'Not after this time ("" is no limit)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l mode -d 'The kind of work' -r -f -a "command\t'A shell command'
http\t'An HTTP request'
func\t'A built-in function'"
complete -c jobs -n "__fish_jobs_using_subcommand add" -l workdir -d 'The folder in which the command runs' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l env -d 'A variable for the command, K=V; may be given more than once. `edit` adds it to those that are there ("" takes them away first)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l stdin -d 'What the command reads from its standard input' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l shell -d 'The shell that runs the command instead of `jobs.shell`' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l user -d 'The account that the command runs as; for a daemon of root ("" is the daemon\'s own)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l env-file -d 'A file with more variables, K=V a line; --env beats it ("" is none)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l clean-env -d 'Whether the command gets a small environment: PATH, HOME, USER, LOGNAME, SHELL as for an account that logs in, and the daemon\'s LANG, LC_ALL, LC_CTYPE and TZ [default: for another account true, else false]' -r -f -a "true\t''
false\t''"
complete -c jobs -n "__fish_jobs_using_subcommand add" -l umask -d 'The permissions that files of the command do not get, octal, such as 027 ("" is the daemon\'s)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l nice -d 'How far the command stands back for others, from -20 to 19' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l ionice -d 'The same for the disk: idle, best-effort:0 to :7, realtime:0 to :7 ("" is the usual)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l limit -d 'What the command may use: mem=512M,cpu=60s,nofile=1024,nproc=64 ("" is no limit)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l url -d 'The address of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l method -d 'The method of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l header -d 'A header of the request, K:V; may be given more than once (mode http). `edit` puts it in the place of those of its name ("" takes all away first)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l data -d 'The body of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l cookies -d 'The cookies of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l proxy -d 'The proxy of the request: http, https or socks5 (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l result -d 'A text that the answer must contain (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l func -d 'The name of the function (mode func)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l arg -d 'An argument of the function; may be given more than once (mode func)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l timeout -d 'How long an attempt may take, in seconds or as 5m; 0 is for ever' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l times -d 'How many attempts an execution makes until one succeeds' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l interval -d 'How long it waits between attempts, in seconds or as 5m' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l desc -d 'What it is for' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l overlap -d 'What happens when it is due while it still runs [default: jobs.default_allow_mode]' -r -f -a "parallel\t'0: it runs beside the other'
skip\t'1: it does not run; the history says so'
queue\t'2: it starts the moment the other ends'
replace\t'3: the other is stopped, then it starts'"
complete -c jobs -n "__fish_jobs_using_subcommand add" -l max-runs -d 'Stop it after this many executions; 0 is no limit' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l catch-up -d 'What happens to occurrences that are missed [default: skip]' -r -f -a "skip\t'They are recorded as missed'
once\t'One execution stands for all of them'
all\t'Each is made up, the oldest first, at most 100'"
complete -c jobs -n "__fish_jobs_using_subcommand add" -l catch-up-window -d 'How old a missed occurrence may be to be made up, in seconds or as 12h; 0 is no limit' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l retries -d 'How many executions may follow one that has failed or timed out, until one succeeds; 0 is none' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l retry-delay -d 'How long the first retry waits, in seconds or as 5m; up to a tenth of it is added at random [default: 60]' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l retry-backoff -d 'By what each retry waits longer than the one before, 1 to 100 [default: 1]' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l retry-max -d 'The longest that a retry waits, in seconds or as 1h; 0 is no limit' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand add" -l stopped -d 'Add it stopped; `restart` sets it going'
complete -c jobs -n "__fish_jobs_using_subcommand add" -l now -d 'Run it once at once, beside its schedule'
complete -c jobs -n "__fish_jobs_using_subcommand add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand list" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand list" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand list" -l name -d 'Only jobs whose name contains this text' -r
complete -c jobs -n "__fish_jobs_using_subcommand list" -l state -d 'Only jobs in this state: 0 waiting, 1 running, 2 stopped; -1 is all' -r
complete -c jobs -n "__fish_jobs_using_subcommand list" -l mode -d 'Only jobs of this kind of work' -r -f -a "command\t'A shell command'
http\t'An HTTP request'
func\t'A built-in function'"
complete -c jobs -n "__fish_jobs_using_subcommand list" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand show" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand show" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand show" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand show" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l name -d 'Its new name' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l cron -d 'When it runs: 6 fields (sec min hour dom month dow), 5 as in a crontab, or an @ word; may be given more than once (in JSON a list, or one text with `;` between)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l every -d 'Run it again and again, this far apart: 90s, 5m, 1h30m' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l at -d 'Run it once: "2026-12-01 10:00", "in 30m", "tomorrow 9:00"' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l tz -d 'The zone in which the schedule is read, such as Europe/Berlin ("" is the daemon\'s own)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l jitter -d 'Delay each run by a random time up to this, but not past the next one, in seconds or as 5m' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l start -d 'Not before this time, such as "2026-12-01 10:00" or "tomorrow 9:00" ("" is no limit)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l end -d 'Not after this time ("" is no limit)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l mode -d 'The kind of work' -r -f -a "command\t'A shell command'
http\t'An HTTP request'
func\t'A built-in function'"
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l workdir -d 'The folder in which the command runs' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l env -d 'A variable for the command, K=V; may be given more than once. `edit` adds it to those that are there ("" takes them away first)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l stdin -d 'What the command reads from its standard input' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l shell -d 'The shell that runs the command instead of `jobs.shell`' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l user -d 'The account that the command runs as; for a daemon of root ("" is the daemon\'s own)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l env-file -d 'A file with more variables, K=V a line; --env beats it ("" is none)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l clean-env -d 'Whether the command gets a small environment: PATH, HOME, USER, LOGNAME, SHELL as for an account that logs in, and the daemon\'s LANG, LC_ALL, LC_CTYPE and TZ [default: for another account true, else false]' -r -f -a "true\t''
false\t''"
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l umask -d 'The permissions that files of the command do not get, octal, such as 027 ("" is the daemon\'s)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l nice -d 'How far the command stands back for others, from -20 to 19' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l ionice -d 'The same for the disk: idle, best-effort:0 to :7, realtime:0 to :7 ("" is the usual)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l limit -d 'What the command may use: mem=512M,cpu=60s,nofile=1024,nproc=64 ("" is no limit)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l url -d 'The address of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l method -d 'The method of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l header -d 'A header of the request, K:V; may be given more than once (mode http). `edit` puts it in the place of those of its name ("" takes all away first)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l data -d 'The body of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l cookies -d 'The cookies of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l proxy -d 'The proxy of the request: http, https or socks5 (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l result -d 'A text that the answer must contain (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l func -d 'The name of the function (mode func)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l arg -d 'An argument of the function; may be given more than once (mode func)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l timeout -d 'How long an attempt may take, in seconds or as 5m; 0 is for ever' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l times -d 'How many attempts an execution makes until one succeeds' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l interval -d 'How long it waits between attempts, in seconds or as 5m' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l desc -d 'What it is for' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l overlap -d 'What happens when it is due while it still runs [default: jobs.default_allow_mode]' -r -f -a "parallel\t'0: it runs beside the other'
skip\t'1: it does not run; the history says so'
queue\t'2: it starts the moment the other ends'
replace\t'3: the other is stopped, then it starts'"
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l max-runs -d 'Stop it after this many executions; 0 is no limit' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l catch-up -d 'What happens to occurrences that are missed [default: skip]' -r -f -a "skip\t'They are recorded as missed'
once\t'One execution stands for all of them'
all\t'Each is made up, the oldest first, at most 100'"
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l catch-up-window -d 'How old a missed occurrence may be to be made up, in seconds or as 12h; 0 is no limit' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l retries -d 'How many executions may follow one that has failed or timed out, until one succeeds; 0 is none' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l retry-delay -d 'How long the first retry waits, in seconds or as 5m; up to a tenth of it is added at random [default: 60]' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l retry-backoff -d 'By what each retry waits longer than the one before, 1 to 100 [default: 1]' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l retry-max -d 'The longest that a retry waits, in seconds or as 1h; 0 is no limit' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand rm" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand rm" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand rm" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand rm" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand run" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand run" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand run" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand run" -s w -l wait -d 'Show the output as it comes, and end as the command does'
complete -c jobs -n "__fish_jobs_using_subcommand run" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand stop" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand stop" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand stop" -l until -d 'Only until this time, such as "18:00" or "in 2h": then they go on by themselves' -r
complete -c jobs -n "__fish_jobs_using_subcommand stop" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand stop" -l running -d 'Stop what runs of them too, and drop what waits'
complete -c jobs -n "__fish_jobs_using_subcommand stop" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand skip" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand skip" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand skip" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand skip" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand restart" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand restart" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand restart" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand restart" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand cancel" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand cancel" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand cancel" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand cancel" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand logs" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand logs" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand logs" -s n -l number -d 'How many executions [default: 10]; with --system how many lines [default: 100]' -r
complete -c jobs -n "__fish_jobs_using_subcommand logs" -l exec -d 'Only this execution: its stdout to stdout, its stderr to stderr, byte for byte' -r
complete -c jobs -n "__fish_jobs_using_subcommand logs" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand logs" -s f -l follow -d 'Follow the running (or the next) execution until it ends; with --system, for ever'
complete -c jobs -n "__fish_jobs_using_subcommand logs" -l system -d 'The system log of the daemon; needs no daemon'
complete -c jobs -n "__fish_jobs_using_subcommand logs" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand history" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand history" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand history" -s n -l limit -d 'At most this many, 1 to 500 [default: 20]' -r
complete -c jobs -n "__fish_jobs_using_subcommand history" -l before -d 'Only executions before this one, for the next page' -r
complete -c jobs -n "__fish_jobs_using_subcommand history" -l status -d 'Only executions with this status' -r -f -a "queued\t'Admitted, waiting for its turn'
running\t'Under way'
success\t'Ended well'
failed\t'Ended badly, or could not start'
timeout\t'Stopped because it took longer than its timeout'
cancelled\t'Stopped because somebody asked for it'
interrupted\t'Cut short by the end of the daemon'
skipped\t'Did not run: another execution of the job was still running'
missed\t'Did not run: nobody was there at its time'"
complete -c jobs -n "__fish_jobs_using_subcommand history" -l exec -d 'Only this execution' -r
complete -c jobs -n "__fish_jobs_using_subcommand history" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand next" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand next" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand next" -l count -d 'How many times to tell, 1 to 1000 [default: 5; with --until 1000]' -r
complete -c jobs -n "__fish_jobs_using_subcommand next" -l tz -d 'The zone in which the expression is read [default: the system\'s]' -r
complete -c jobs -n "__fish_jobs_using_subcommand next" -l from -d 'Tell what comes after this instant, such as 2026-12-01T10:00:00+08:00 [default: now]' -r
complete -c jobs -n "__fish_jobs_using_subcommand next" -l until -d 'Tell what comes up to this instant' -r
complete -c jobs -n "__fish_jobs_using_subcommand next" -l name -d 'The name of the job that the expression is for: what H stands for' -r
complete -c jobs -n "__fish_jobs_using_subcommand next" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand next" -l batch -d 'Answer lines of JSON from standard input, {"expr","tz","from","until","count","name"}, each with {"next":[...]} or {"error":"..."}'
complete -c jobs -n "__fish_jobs_using_subcommand next" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand explain" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand explain" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand explain" -l tz -d 'The zone in which it is read [default: the system\'s]' -r
complete -c jobs -n "__fish_jobs_using_subcommand explain" -l name -d 'The name of the job that it is for: what H stands for' -r
complete -c jobs -n "__fish_jobs_using_subcommand explain" -l lang -d 'The language, en or zh [default: by LC_ALL, LC_MESSAGES or LANG]' -r -f -a "en\t''
zh\t''"
complete -c jobs -n "__fish_jobs_using_subcommand explain" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand explain" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand env" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand env" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand env" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand env" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand functions" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand functions" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand functions" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand functions" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand import; and not __fish_seen_subcommand_from crontab" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand import; and not __fish_seen_subcommand_from crontab" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand import; and not __fish_seen_subcommand_from crontab" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand import; and not __fish_seen_subcommand_from crontab" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand import; and not __fish_seen_subcommand_from crontab" -f -a "crontab" -d 'Take over a crontab; taking it over again changes only what has changed'
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l user -d 'It is the crontab of this account: its commands run as that' -r
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l origin -d 'Where it comes from, instead of its path (or `-`): lines are recognised by it the next time' -r
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l system -d 'Its lines have a column with the account, as those of /etc/crontab and /etc/cron.d have'
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l dry-run -d 'Only report what would be done'
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l stop-missing -d 'Stop the jobs that came from the same file and whose lines are gone; not while a line is refused'
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand reload" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand reload" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand reload" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand reload" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand config; and not __fish_seen_subcommand_from show check path" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and not __fish_seen_subcommand_from show check path" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and not __fish_seen_subcommand_from show check path" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand config; and not __fish_seen_subcommand_from show check path" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand config; and not __fish_seen_subcommand_from show check path" -f -a "show" -d 'Print every key with the value that holds'
complete -c jobs -n "__fish_jobs_using_subcommand config; and not __fish_seen_subcommand_from show check path" -f -a "check" -d 'Say whether the configuration will do'
complete -c jobs -n "__fish_jobs_using_subcommand config; and not __fish_seen_subcommand_from show check path" -f -a "path" -d 'Print where the configuration file is looked for'
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from show" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from check" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from path" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and not __fish_seen_subcommand_from status add remove" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and not __fish_seen_subcommand_from status add remove" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and not __fish_seen_subcommand_from status add remove" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and not __fish_seen_subcommand_from status add remove" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and not __fish_seen_subcommand_from status add remove" -f -a "status" -d 'Show both lists, and whether they are looked at'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and not __fish_seen_subcommand_from status add remove" -f -a "add" -d 'Put an address or a network on a list'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and not __fish_seen_subcommand_from status add remove" -f -a "remove" -d 'Take an address or a network from a list'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from status" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from status" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from status" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from add" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from add" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from add" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from remove" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from remove" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from remove" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "add" -d 'Add an account; its password is asked for'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "passwd" -d 'Give an account another password; its logins are void'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "edit" -d 'Change the mail address or the role of an account'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "list" -d 'List the accounts, the newest first'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "enable" -d 'Let an account log in again'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "disable" -d 'Let an account not log in any more; its logins are void'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "rm" -d 'Remove an account; its logins are void'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "rotate-key" -d 'Make a new key for the tokens of logins: all logins are void'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from add" -l email -d 'Its mail address' -r
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from add" -l role -d 'What it may do: a viewer reads, an operator also manages and runs jobs, an admin also manages access and the configuration [default: viewer]' -r -f -a "viewer\t'Reads'
operator\t'Manages and runs jobs too'
admin\t'Manages access and the configuration too'"
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from add" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from add" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from add" -l password-stdin -d 'Read the password from standard input, one line, instead of asking for it'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from add" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from passwd" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from passwd" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from passwd" -l password-stdin -d 'Read the password from standard input, one line, instead of asking for it'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from passwd" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from passwd" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from edit" -l email -d 'Its mail address ("" is none)' -r
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from edit" -l role -d 'What it may do' -r -f -a "viewer\t'Reads'
operator\t'Manages and runs jobs too'
admin\t'Manages access and the configuration too'"
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from edit" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from edit" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from edit" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from list" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from list" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from list" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from enable" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from enable" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from enable" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from disable" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from disable" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from disable" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rm" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rm" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rm" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rotate-key" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rotate-key" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rotate-key" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rotate-key" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand token; and not __fish_seen_subcommand_from add list rm" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and not __fish_seen_subcommand_from add list rm" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and not __fish_seen_subcommand_from add list rm" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand token; and not __fish_seen_subcommand_from add list rm" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand token; and not __fish_seen_subcommand_from add list rm" -f -a "add" -d 'Make a token and print it: it is shown this once'
complete -c jobs -n "__fish_jobs_using_subcommand token; and not __fish_seen_subcommand_from add list rm" -f -a "list" -d 'List the tokens, the newest first, without themselves'
complete -c jobs -n "__fish_jobs_using_subcommand token; and not __fish_seen_subcommand_from add list rm" -f -a "rm" -d 'Remove a token: it is void'
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from add" -l role -d 'What it may do [default: viewer]' -r -f -a "viewer\t'Reads'
operator\t'Manages and runs jobs too'
admin\t'Manages access and the configuration too'"
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from add" -l expires -d 'From when on it is void, such as "2027-01-01" or "in 90d" [default: never]' -r
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from add" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from add" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from add" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from list" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from list" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from list" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from rm" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from rm" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from rm" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l who -d 'Only of those in whose name this text is, such as `alice` or `token ci`' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l operation -d 'Only this operation, such as `edit`' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l target -d 'Only what was done to something in whose name this text is' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l address -d 'Only from this address' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l outcome -d 'Only what came out so' -r -f -a "done\t'It was done'
failed\t'It failed, and nothing was changed'
denied\t'The caller may not do it'"
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l since -d 'Only since this time, such as "2026-12-01" or "2026-12-01 10:00"' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l until -d 'Only before this time' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l page -d 'Which page, from 1' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -s n -l size -d 'How many on a page, 1 to 500 [default: 50]' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand completions" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand completions" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand completions" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand completions" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand man" -l home -d 'The folder of a daemon of its own: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand man" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand man" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand man" -s h -l help -d 'Print help'
