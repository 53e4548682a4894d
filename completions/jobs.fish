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

complete -c jobs -n "__fish_jobs_needs_command" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_needs_command" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_needs_command" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_needs_command" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_needs_command" -s V -l version -d 'Print version'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "start" -d 'Start the daemon, in the foreground or with -d in the background'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "shutdown" -d 'Stop the daemon and its guard'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "status" -d 'Show the state of the daemon, its scheduler and its jobs'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "version" -d 'Show the versions of the client and of the daemon, and whether they differ'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "health" -d 'Show whether the daemon works, and its memory and database; the exit status is 1 when something is wrong'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "pause" -d 'Pause the scheduler: no job is due until `resume`; running executions go on'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "resume" -d 'End the pause of the scheduler'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "check" -d 'Check all jobs: repair next runs that do not match the schedule, list jobs that cannot run (exit status 1)'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "add" -d 'Add a job'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "list" -d 'List the jobs; the job that is due next comes first'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "show" -d 'Show one job'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "edit" -d 'Change the given fields of a job and keep the others'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "rm" -d 'Remove jobs with their history; their running executions are stopped'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "run" -d 'Run a job now, in addition to its schedule and by its overlap policy'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "stop" -d 'Stop jobs: they are not due any more; their running executions go on'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "skip" -d 'Skip the next occurrences of a job, one or N'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "restart" -d 'Start stopped jobs again and set their run count to 0'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "cancel" -d 'Stop one execution'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "logs" -d 'Show the output of executions, or the system log'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "history" -d 'List executions, the newest first'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "next" -d 'List the next runs of a job or an expression'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "explain" -d 'Describe a schedule in plain words, with warnings about probable mistakes'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "env" -d 'Print the environment that the command of a job gets'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "functions" -d 'List the built-in functions'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "import" -d 'Import jobs'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "reload" -d 'Read the configuration file (and the crontab of `start --crontab`) again'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "config" -d 'Show, check or find the configuration'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "ip" -d 'Show or change the addresses that may use the HTTP server'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "admin" -d 'Manage the accounts that may log in over HTTP'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "token" -d 'Manage the tokens with which programs use the HTTP API'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "audit" -d 'List the changes that were made, the newest first: who, from where, what, and the outcome'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "completions" -d 'Print the completions for a shell'
complete -c jobs -n "__fish_jobs_needs_command" -f -a "man" -d 'Print the manual page'
complete -c jobs -n "__fish_jobs_using_subcommand start" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand start" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand start" -l http -d 'Open the HTTP server, at IP:PORT, IP, PORT or :PORT [default: server.address and server.port, 127.0.0.1:36363]' -r
complete -c jobs -n "__fish_jobs_using_subcommand start" -l crontab -d 'Import this crontab, now and at each reload; in the foreground, also show what the jobs print' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand start" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand start" -s d -l detach -d 'Start in the background; returns when the daemon answers'
complete -c jobs -n "__fish_jobs_using_subcommand start" -s f -l forever -d 'With -d: start under a guard that restarts the daemon after a crash'
complete -c jobs -n "__fish_jobs_using_subcommand start" -l announce -d 'Tell on stdout when the daemon is ready'
complete -c jobs -n "__fish_jobs_using_subcommand start" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand shutdown" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand shutdown" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand shutdown" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand shutdown" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand status" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand status" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand status" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand status" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand version" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand version" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand version" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand version" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand health" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand health" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand health" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand health" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand pause" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand pause" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand pause" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand pause" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand resume" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand resume" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand resume" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand resume" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand check" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand check" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand check" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand check" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand add" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand add" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand add" -l cron -d 'The schedule: 6 fields (sec min hour dom month dow), 5 fields as in a crontab, or an @ word. May be given more than once (in JSON a list, or one text with `;` between)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l every -d 'Run it repeatedly with this period: 90s, 5m, 1h30m' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l at -d 'Run it once at this time: "2026-12-01 10:00", "in 30m", "tomorrow 9:00"' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l tz -d 'The time zone of the schedule, such as Europe/Berlin ("" is that of the daemon)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l jitter -d 'Delay each run by a random time up to this, but not past the next run; in seconds or as 5m' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l start -d 'Do not run before this time, such as "2026-12-01 10:00" or "tomorrow 9:00" ("" is no limit)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l end -d 'Do not run after this time ("" is no limit)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l mode -d 'The kind of work' -r -f -a "command\t'A shell command'
http\t'An HTTP request'
func\t'A built-in function'"
complete -c jobs -n "__fish_jobs_using_subcommand add" -l workdir -d 'The folder in which the command runs' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l env -d 'A variable for the command, K=V; may be given more than once. `edit` adds it to the variables of the job ("" removes them first)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l stdin -d 'The text that the command reads from its standard input' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l shell -d 'The shell that runs the command instead of `jobs.shell`' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l user -d 'The account that the command runs as; the daemon must be root ("" is the account of the daemon)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l env-file -d 'A file with more variables, K=V on each line; --env replaces its values ("" is none)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l clean-env -d 'Give the command a small environment: PATH, HOME, USER, LOGNAME and SHELL as at a login, and LANG, LC_ALL, LC_CTYPE and TZ of the daemon [default: true with --user, else false]' -r -f -a "true\t''
false\t''"
complete -c jobs -n "__fish_jobs_using_subcommand add" -l umask -d 'The permissions that new files of the command do not get, octal, such as 027 ("" is the umask of the daemon)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l nice -d 'The CPU priority of the command, from -20 (first) to 19 (last)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l ionice -d 'The disk priority of the command: idle, best-effort:0 to :7, realtime:0 to :7 ("" is the usual one)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l limit -d 'Limits of the command: mem=512M,cpu=60s,nofile=1024,nproc=64 ("" is no limit)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l url -d 'The address of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l method -d 'The method of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l header -d 'A header of the request, K:V; may be given more than once (mode http). `edit` replaces the headers of the same name ("" removes all headers first)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l data -d 'The body of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l cookies -d 'The cookies of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l proxy -d 'The proxy of the request: http, https or socks5 (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l result -d 'A text that the answer must contain (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l func -d 'The name of the function (mode func)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l arg -d 'An argument of the function; may be given more than once (mode func)' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l timeout -d 'The timeout of an attempt, in seconds or as 5m; 0 is no timeout' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l times -d 'The number of attempts of an execution, until one succeeds' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l interval -d 'The time between attempts, in seconds or as 5m' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l desc -d 'A description' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l overlap -d 'What happens when the job is due while it still runs [default: jobs.default_allow_mode]' -r -f -a "parallel\t'0: start a second execution beside the first'
skip\t'1: skip the occurrence and record it as skipped'
queue\t'2: wait, and start when the running execution ends'
replace\t'3: stop the running execution, then start'"
complete -c jobs -n "__fish_jobs_using_subcommand add" -l max-runs -d 'Stop the job after this many executions; 0 is no limit' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l catch-up -d 'What happens to missed occurrences [default: skip]' -r -f -a "skip\t'Record them as missed, run none'
once\t'Run once for all of them'
all\t'Run each of them, the oldest first, at most 100'"
complete -c jobs -n "__fish_jobs_using_subcommand add" -l catch-up-window -d 'The greatest age of a missed occurrence that still runs, in seconds or as 12h; 0 is no limit' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l retries -d 'The number of retries after an execution that failed or timed out, until one succeeds; 0 is none' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l retry-delay -d 'The wait before the first retry, in seconds or as 5m; up to a tenth is added at random [default: 60]' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l retry-backoff -d 'The factor by which each wait is longer than the one before, 1 to 100 [default: 1]' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l retry-max -d 'The longest wait before a retry, in seconds or as 1h; 0 is no limit' -r
complete -c jobs -n "__fish_jobs_using_subcommand add" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand add" -l stopped -d 'Add the job stopped; `restart` starts it'
complete -c jobs -n "__fish_jobs_using_subcommand add" -l now -d 'Also run it once immediately'
complete -c jobs -n "__fish_jobs_using_subcommand add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand list" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand list" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand list" -l name -d 'Only jobs whose name contains this text' -r
complete -c jobs -n "__fish_jobs_using_subcommand list" -l state -d 'Only jobs in this state: 0 waiting, 1 running, 2 stopped; -1 is all' -r
complete -c jobs -n "__fish_jobs_using_subcommand list" -l mode -d 'Only jobs of this kind of work' -r -f -a "command\t'A shell command'
http\t'An HTTP request'
func\t'A built-in function'"
complete -c jobs -n "__fish_jobs_using_subcommand list" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand show" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand show" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand show" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand show" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l name -d 'The new name of the job' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l cron -d 'The schedule: 6 fields (sec min hour dom month dow), 5 fields as in a crontab, or an @ word. May be given more than once (in JSON a list, or one text with `;` between)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l every -d 'Run it repeatedly with this period: 90s, 5m, 1h30m' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l at -d 'Run it once at this time: "2026-12-01 10:00", "in 30m", "tomorrow 9:00"' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l tz -d 'The time zone of the schedule, such as Europe/Berlin ("" is that of the daemon)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l jitter -d 'Delay each run by a random time up to this, but not past the next run; in seconds or as 5m' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l start -d 'Do not run before this time, such as "2026-12-01 10:00" or "tomorrow 9:00" ("" is no limit)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l end -d 'Do not run after this time ("" is no limit)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l mode -d 'The kind of work' -r -f -a "command\t'A shell command'
http\t'An HTTP request'
func\t'A built-in function'"
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l workdir -d 'The folder in which the command runs' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l env -d 'A variable for the command, K=V; may be given more than once. `edit` adds it to the variables of the job ("" removes them first)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l stdin -d 'The text that the command reads from its standard input' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l shell -d 'The shell that runs the command instead of `jobs.shell`' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l user -d 'The account that the command runs as; the daemon must be root ("" is the account of the daemon)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l env-file -d 'A file with more variables, K=V on each line; --env replaces its values ("" is none)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l clean-env -d 'Give the command a small environment: PATH, HOME, USER, LOGNAME and SHELL as at a login, and LANG, LC_ALL, LC_CTYPE and TZ of the daemon [default: true with --user, else false]' -r -f -a "true\t''
false\t''"
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l umask -d 'The permissions that new files of the command do not get, octal, such as 027 ("" is the umask of the daemon)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l nice -d 'The CPU priority of the command, from -20 (first) to 19 (last)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l ionice -d 'The disk priority of the command: idle, best-effort:0 to :7, realtime:0 to :7 ("" is the usual one)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l limit -d 'Limits of the command: mem=512M,cpu=60s,nofile=1024,nproc=64 ("" is no limit)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l url -d 'The address of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l method -d 'The method of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l header -d 'A header of the request, K:V; may be given more than once (mode http). `edit` replaces the headers of the same name ("" removes all headers first)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l data -d 'The body of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l cookies -d 'The cookies of the request (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l proxy -d 'The proxy of the request: http, https or socks5 (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l result -d 'A text that the answer must contain (mode http)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l func -d 'The name of the function (mode func)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l arg -d 'An argument of the function; may be given more than once (mode func)' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l timeout -d 'The timeout of an attempt, in seconds or as 5m; 0 is no timeout' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l times -d 'The number of attempts of an execution, until one succeeds' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l interval -d 'The time between attempts, in seconds or as 5m' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l desc -d 'A description' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l overlap -d 'What happens when the job is due while it still runs [default: jobs.default_allow_mode]' -r -f -a "parallel\t'0: start a second execution beside the first'
skip\t'1: skip the occurrence and record it as skipped'
queue\t'2: wait, and start when the running execution ends'
replace\t'3: stop the running execution, then start'"
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l max-runs -d 'Stop the job after this many executions; 0 is no limit' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l catch-up -d 'What happens to missed occurrences [default: skip]' -r -f -a "skip\t'Record them as missed, run none'
once\t'Run once for all of them'
all\t'Run each of them, the oldest first, at most 100'"
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l catch-up-window -d 'The greatest age of a missed occurrence that still runs, in seconds or as 12h; 0 is no limit' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l retries -d 'The number of retries after an execution that failed or timed out, until one succeeds; 0 is none' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l retry-delay -d 'The wait before the first retry, in seconds or as 5m; up to a tenth is added at random [default: 60]' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l retry-backoff -d 'The factor by which each wait is longer than the one before, 1 to 100 [default: 1]' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l retry-max -d 'The longest wait before a retry, in seconds or as 1h; 0 is no limit' -r
complete -c jobs -n "__fish_jobs_using_subcommand edit" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand rm" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand rm" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand rm" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand rm" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand run" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand run" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand run" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand run" -s w -l wait -d 'Show the output as it comes, and end with the exit status of the command'
complete -c jobs -n "__fish_jobs_using_subcommand run" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand stop" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand stop" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand stop" -l until -d 'Stop only until this time, such as "18:00" or "in 2h"; then the jobs continue by themselves' -r
complete -c jobs -n "__fish_jobs_using_subcommand stop" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand stop" -l running -d 'Also stop their running executions, and drop those that wait'
complete -c jobs -n "__fish_jobs_using_subcommand stop" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand skip" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand skip" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand skip" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand skip" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand restart" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand restart" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand restart" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand restart" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand cancel" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand cancel" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand cancel" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand cancel" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand logs" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand logs" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand logs" -s n -l number -d 'The number of executions [default: 10]; with --system the number of lines [default: 100]' -r
complete -c jobs -n "__fish_jobs_using_subcommand logs" -l exec -d 'Print only this execution: its stdout on stdout and its stderr on stderr, byte for byte' -r
complete -c jobs -n "__fish_jobs_using_subcommand logs" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand logs" -s f -l follow -d 'Follow the running execution, or else the next one, until it ends; with --system without end'
complete -c jobs -n "__fish_jobs_using_subcommand logs" -l system -d 'Show the system log of the daemon; needs no running daemon'
complete -c jobs -n "__fish_jobs_using_subcommand logs" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand history" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand history" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand history" -s n -l limit -d 'At most this many, 1 to 500 [default: 20]' -r
complete -c jobs -n "__fish_jobs_using_subcommand history" -l before -d 'Only executions before this one, for the next page' -r
complete -c jobs -n "__fish_jobs_using_subcommand history" -l status -d 'Only executions with this status' -r -f -a "queued\t'Waits for a free slot, for another execution of the job, or for the delay of a retry'
running\t'Runs'
success\t'Succeeded'
failed\t'Failed, or could not start'
timeout\t'Stopped because it took longer than its timeout'
cancelled\t'Stopped by a caller or by the overlap policy'
interrupted\t'Interrupted by the end of the daemon'
skipped\t'Did not run: another execution of the job was still running, or an operator skipped it'
missed\t'Did not run: the daemon was down or the scheduler was paused'"
complete -c jobs -n "__fish_jobs_using_subcommand history" -l exec -d 'Only this execution' -r
complete -c jobs -n "__fish_jobs_using_subcommand history" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand next" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand next" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand next" -l count -d 'The number of runs, 1 to 1000 [default: 5; with --until 1000]' -r
complete -c jobs -n "__fish_jobs_using_subcommand next" -l tz -d 'The time zone of the expression [default: that of the system]' -r
complete -c jobs -n "__fish_jobs_using_subcommand next" -l from -d 'Only runs after this time, such as 2026-12-01T10:00:00+08:00 [default: now]' -r
complete -c jobs -n "__fish_jobs_using_subcommand next" -l until -d 'Only runs up to this time' -r
complete -c jobs -n "__fish_jobs_using_subcommand next" -l name -d 'The name of the job that the expression is for; the value of H depends on it' -r
complete -c jobs -n "__fish_jobs_using_subcommand next" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand next" -l batch -d 'Read lines of JSON from standard input, {"expr","tz","from","until","count","name"}, and answer each with {"next":[...]} or {"error":"..."}'
complete -c jobs -n "__fish_jobs_using_subcommand next" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand explain" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand explain" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand explain" -l tz -d 'The time zone of the expression [default: that of the system]' -r
complete -c jobs -n "__fish_jobs_using_subcommand explain" -l name -d 'The name of the job that it is for; the value of H depends on it' -r
complete -c jobs -n "__fish_jobs_using_subcommand explain" -l lang -d 'The language, en or zh [default: by LC_ALL, LC_MESSAGES or LANG]' -r -f -a "en\t''
zh\t''"
complete -c jobs -n "__fish_jobs_using_subcommand explain" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand explain" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand env" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand env" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand env" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand env" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand functions" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand functions" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand functions" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand functions" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand import; and not __fish_seen_subcommand_from crontab" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand import; and not __fish_seen_subcommand_from crontab" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand import; and not __fish_seen_subcommand_from crontab" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand import; and not __fish_seen_subcommand_from crontab" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand import; and not __fish_seen_subcommand_from crontab" -f -a "crontab" -d 'Import a crontab; importing it again changes only what has changed'
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l user -d 'It is the crontab of this account; its commands run as that account' -r
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l origin -d 'The name of the source, instead of its path (or `-`); the next import recognises lines by it' -r
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l system -d 'The lines have a column with the account, as in /etc/crontab and /etc/cron.d'
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l dry-run -d 'Only report; change nothing'
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l stop-missing -d 'Stop the jobs that came from the same file and whose lines are gone; nothing is stopped while a line is refused'
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand import; and __fish_seen_subcommand_from crontab" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand reload" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand reload" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand reload" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand reload" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand config; and not __fish_seen_subcommand_from show check path" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and not __fish_seen_subcommand_from show check path" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and not __fish_seen_subcommand_from show check path" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand config; and not __fish_seen_subcommand_from show check path" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand config; and not __fish_seen_subcommand_from show check path" -f -a "show" -d 'Print every key with its value'
complete -c jobs -n "__fish_jobs_using_subcommand config; and not __fish_seen_subcommand_from show check path" -f -a "check" -d 'Check whether the configuration is valid'
complete -c jobs -n "__fish_jobs_using_subcommand config; and not __fish_seen_subcommand_from show check path" -f -a "path" -d 'Print where the configuration file is looked for'
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from show" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from check" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from path" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and not __fish_seen_subcommand_from status add remove" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and not __fish_seen_subcommand_from status add remove" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and not __fish_seen_subcommand_from status add remove" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and not __fish_seen_subcommand_from status add remove" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and not __fish_seen_subcommand_from status add remove" -f -a "status" -d 'Show both lists, and whether they are used'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and not __fish_seen_subcommand_from status add remove" -f -a "add" -d 'Add an address or a network to a list'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and not __fish_seen_subcommand_from status add remove" -f -a "remove" -d 'Remove an address or a network from a list'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from status" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from status" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from status" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from add" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from add" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from add" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from remove" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from remove" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from remove" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand ip; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "add" -d 'Add an account; asks for its password'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "passwd" -d 'Set a new password for an account; its logins are not valid any more'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "edit" -d 'Change the mail address or the role of an account'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "list" -d 'List the accounts, the newest first'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "enable" -d 'Enable an account: it can log in again'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "disable" -d 'Disable an account: it cannot log in, and its logins are not valid any more'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "rm" -d 'Remove an account; its logins are not valid any more'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and not __fish_seen_subcommand_from add passwd edit list enable disable rm rotate-key" -f -a "rotate-key" -d 'Make a new key for logins: no login is valid any more'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from add" -l email -d 'The mail address' -r
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from add" -l role -d 'The role: a viewer reads, an operator also manages and runs jobs, an admin also manages access and the configuration [default: viewer]' -r -f -a "viewer\t'May read'
operator\t'May also manage and run jobs'
admin\t'May also manage access and the configuration'"
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from add" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from add" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from add" -l password-stdin -d 'Read the password from standard input, one line, instead of asking for it'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from add" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from passwd" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from passwd" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from passwd" -l password-stdin -d 'Read the password from standard input, one line, instead of asking for it'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from passwd" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from passwd" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from edit" -l email -d 'The mail address ("" is none)' -r
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from edit" -l role -d 'The role' -r -f -a "viewer\t'May read'
operator\t'May also manage and run jobs'
admin\t'May also manage access and the configuration'"
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from edit" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from edit" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from edit" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from list" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from list" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from list" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from enable" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from enable" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from enable" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from disable" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from disable" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from disable" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rm" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rm" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rm" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rotate-key" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rotate-key" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rotate-key" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand admin; and __fish_seen_subcommand_from rotate-key" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand token; and not __fish_seen_subcommand_from add list rm" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and not __fish_seen_subcommand_from add list rm" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and not __fish_seen_subcommand_from add list rm" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand token; and not __fish_seen_subcommand_from add list rm" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand token; and not __fish_seen_subcommand_from add list rm" -f -a "add" -d 'Make a token and print it; it is shown only once'
complete -c jobs -n "__fish_jobs_using_subcommand token; and not __fish_seen_subcommand_from add list rm" -f -a "list" -d 'List the tokens, the newest first; the secrets are not shown'
complete -c jobs -n "__fish_jobs_using_subcommand token; and not __fish_seen_subcommand_from add list rm" -f -a "rm" -d 'Remove a token: it is not valid any more'
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from add" -l role -d 'The role [default: viewer]' -r -f -a "viewer\t'May read'
operator\t'May also manage and run jobs'
admin\t'May also manage access and the configuration'"
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from add" -l expires -d 'When the token expires, such as "2027-01-01" or "in 90d" [default: never]' -r
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from add" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from add" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from add" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from list" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from list" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from list" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from rm" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from rm" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from rm" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand token; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l who -d 'Only changes by callers whose name contains this text, such as `alice` or `token ci`' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l operation -d 'Only changes by this operation, such as `edit`' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l target -d 'Only changes of something whose name contains this text' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l address -d 'Only changes from this address' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l outcome -d 'Only changes with this outcome' -r -f -a "done\t'The change was made'
failed\t'The change failed; nothing was changed'
denied\t'The caller lacks the right to make the change'"
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l since -d 'Only changes since this time, such as "2026-12-01" or "2026-12-01 10:00"' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l until -d 'Only changes before this time' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l page -d 'The page, from 1 on' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -s n -l size -d 'The size of a page, 1 to 500 [default: 50]' -r
complete -c jobs -n "__fish_jobs_using_subcommand audit" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jobs -n "__fish_jobs_using_subcommand completions" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand completions" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand completions" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand completions" -s h -l help -d 'Print help'
complete -c jobs -n "__fish_jobs_using_subcommand man" -l home -d 'The folder of the daemon: configuration, data, socket [env: JOBS_HOME]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand man" -l config -d 'Another configuration file [env: JOBS_CONFIG]' -r -F
complete -c jobs -n "__fish_jobs_using_subcommand man" -l json -d 'Print data, and only data, as JSON'
complete -c jobs -n "__fish_jobs_using_subcommand man" -s h -l help -d 'Print help'
