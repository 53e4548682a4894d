//! Programs: exit codes of well-known programs, interpreters, scripts.

use super::{Rule, rule};
use crate::rank::Confidence::{Likely, Possible, Sure};

pub(super) const RULES: &[Rule] = &[
    rule(
        "module-missing",
        Likely,
        r"(?i)(?:No module named '?([\w.]+)|cannot find (?:module|package) '([^']+)'|can't locate (\S+) in @INC|cannot load such file -- (\S+)|ClassNotFoundException: (\S+)|could not find or load main class (\S+)|ERR_MODULE_NOT_FOUND)",
        [
            "the module `{1}` is not installed for this interpreter",
            "该解释器没有安装模块 {1}",
        ],
        [
            "install the module for the account of the job, or name the right interpreter by its whole path",
            "为作业账户安装该模块，或写明解释器的完整路径",
        ],
    ),
    rule(
        "too-many-files",
        Likely,
        r"(?i)too many open files|\bE[MN]FILE\b|shared object file: Error 24$|打开的文件过多",
        ["the process has too many files open", "进程打开的文件过多"],
        [
            "raise the limit of open files (`ulimit -n`), or look for files that are never closed",
            "提高打开文件上限（ulimit -n），或查找未关闭的文件",
        ],
    ),
    rule(
        "library-missing",
        Likely,
        r"(?i)error while loading shared libraries: ([^:]+)|version `(GLIBC\w*_[\d.]+)' not found|library not loaded",
        [
            "the shared library `{1}` is missing or too old",
            "共享库 {1} 缺失或过旧",
        ],
        [
            "install the library, or set LD_LIBRARY_PATH in the environment of the job",
            "安装该库，或在作业环境中设置 LD_LIBRARY_PATH",
        ],
    ),
    rule(
        "out-of-memory",
        Likely,
        r"(?i)\bMemoryError\b|cannot allocate memory|out of memory|JavaScript heap out of memory|java\.lang\.OutOfMemoryError|\bENOMEM\b|std::bad_alloc|virtual memory exhausted|memory exhausted|无法分配内存",
        [
            "the program could not get enough memory",
            "程序无法获得足够内存",
        ],
        [
            "raise the memory limit of the job, or let the program use less",
            "提高作业的内存上限，或减少程序用量",
        ],
    ),
    rule(
        "bashism",
        Likely,
        r"(?i)\bsh: (?:\d+|line \d+): (?:\[\[|source|pushd|popd|shopt|declare|typeset|function|let|mapfile|readarray): not found|set: illegal option -o pipefail|(?:sh|dash).*: bad substitution|\bsh: .*syntax error: (?:\S*\(\S* unexpected|redirection unexpected)|: \d+: (?:\[\[|source|pushd|shopt|declare): not found|\d+: bad substitution|syntax error: (?:\S*\(\S* unexpected|redirection unexpected)",
        [
            "the script uses features of bash, and `sh` runs it",
            "脚本使用了 bash 特性，却由 sh 执行",
        ],
        [
            "call bash: `bash -c '...'`, or begin the script with #!/bin/bash",
            "改用 bash -c '...'，或在脚本首行写 #!/bin/bash",
        ],
    ),
    rule(
        "syntax",
        Likely,
        r#"(?i)\bSyntaxError\b|\b(?:Indentation|Tab)Error\b|syntax error|unexpected end of file|unterminated (?:quoted string|string literal)|unexpected eof while looking|parse error|missing terminating|语法错误"#,
        ["the script has a syntax error", "脚本有语法错误"],
        [
            "mend the line that the message names",
            "修正消息指出的那一行",
        ],
    ),
    rule(
        "crlf",
        Likely,
        r"(?i)\$'\\r': command not found|\^M: (?:bad interpreter|not found|command not found)|env: .*\\r|/\S+\r'?: (?:no such file|not found)",
        [
            "the script has Windows line ends (CRLF)",
            "脚本使用 Windows 换行符（CRLF）",
        ],
        [
            "convert it: `sed -i 's/\\r$//' FILE`",
            "转换：sed -i 's/\\r$//' 文件",
        ],
    ),
    rule(
        "interpreter-missing",
        Likely,
        r"(?i)(\S+): bad interpreter: |(?:bad interpreter|cannot execute: required file not found)",
        [
            "the interpreter that the first line of the script names is missing",
            "脚本首行指定的解释器不存在",
        ],
        [
            "install the interpreter, or mend the first line of the script",
            "安装该解释器，或修正脚本首行",
        ],
    ),
    rule(
        "architecture",
        Likely,
        r"(?i)exec format error|cannot execute binary file|wrong ELF class|bad CPU type|\bENOEXEC\b|可执行文件格式错误",
        [
            "the program is for another architecture, or is no program",
            "程序不是本机架构的可执行文件",
        ],
        [
            "install the program for this machine, or begin the script with #!",
            "安装适合本机的程序，或为脚本写上 #! 首行",
        ],
    ),
    rule(
        "no-terminal",
        Likely,
        r"(?i)not a (?:tty|terminal|typewriter)|the input device is not a TTY|a terminal is required|no tty present|inappropriate ioctl for device|TERM environment variable not set|could not open tty|/dev/tty",
        [
            "the program wants a terminal, and a job has none",
            "程序需要终端，而作业没有终端",
        ],
        [
            "give the program the option for use without a terminal (`-n`, `--batch`, `-T`)",
            "使用程序的非交互选项（-n、--batch、-T）",
        ],
    ),
    rule(
        "no-display",
        Likely,
        r"(?i)cannot open display|no display name|could not connect to display|\$DISPLAY|unable to open X display",
        [
            "the program wants a display, and a job has none",
            "程序需要图形显示，而作业没有",
        ],
        [
            "use a mode without a display, or set DISPLAY in the environment of the job",
            "使用无界面模式，或在作业环境中设置 DISPLAY",
        ],
    ),
    rule(
        "locale",
        Likely,
        r"(?i)Unicode(?:Decode|Encode)Error|cannot (?:set|change) locale|setting locale failed|unsupported locale|invalid (?:byte sequence|multibyte)|codec can't (?:decode|encode)|locale::facet|illegal byte sequence",
        [
            "the text does not fit the locale or the encoding",
            "文本与区域设置或编码不符",
        ],
        [
            "set LC_ALL=C.UTF-8 in the environment of the job",
            "在作业环境中设置 LC_ALL=C.UTF-8",
        ],
    ),
    rule(
        "variable-missing",
        Likely,
        r"(?i)([A-Z_][A-Z0-9_]*): (?:unbound variable|parameter not set|parameter null or not set)|KeyError: '([A-Z_][A-Z0-9_]{2,})'|\$?(HOME) (?:is )?not (?:set|defined)|未绑定的变量",
        [
            "the environment variable `{1}` is not set in the job",
            "作业中未设置变量 {1}",
        ],
        [
            "set it in the environment of the job; `jobs env JOB` shows what is set",
            "在作业环境中设置；jobs env JOB 可查看",
        ],
    ),
    rule(
        "lock-held",
        Likely,
        r"(?i)already (?:running|locked)|lock(?:file)? .*(?:held|exists)|could not get lock|unable to (?:acquire|lock|create '\S+\.lock')|resource temporarily unavailable|another (?:process|instance|git process)|failed to (?:get|create|acquire) .*lock",
        ["another process holds the lock", "另一进程持有锁"],
        [
            "find the process that holds it by `fuser FILE`, or wait for it by `flock -w SECONDS`",
            "用 fuser 文件 查找持有者，或用 flock -w 秒数 等待",
        ],
    ),
    rule(
        "usage",
        Possible,
        r"(?i)(?:unknown|unrecogni[sz]ed|invalid|illegal) option|^usage: |missing (?:required )?(?:argument|operand)|requires an argument|unexpected argument|try '\S+ --help'|无效选项",
        [
            "the program was called with a wrong option or argument",
            "程序的选项或参数有误",
        ],
        [
            "compare the call with the `--help` of the version on this machine",
            "对照本机版本的 --help 检查调用",
        ],
    ),
    rule(
        "lock-held",
        Likely,
        "",
        [
            "`flock` found the lock held by another process",
            "flock 发现锁被另一进程持有",
        ],
        [
            "wait for it by `flock -w SECONDS`, or give it an exit code of its own by `-E`",
            "用 flock -w 秒数 等待，或用 -E 指定退出码",
        ],
    )
    .exits(&[1])
    .command(r"\bflock\b.*(?:\s-\w*[nw]|--no[nb]|--wait|--timeout)")
    .quiet(),
    rule(
        "program-timeout",
        Likely,
        "",
        [
            "`timeout` in the command ended the program",
            "命令中的 timeout 结束了程序",
        ],
        [
            "give `timeout` more seconds, or find why the program takes so long",
            "增加 timeout 的秒数，或查明程序缓慢的原因",
        ],
    )
    .exits(&[124])
    .command(r"\btimeout\s"),
    rule(
        "dns",
        Likely,
        "",
        [
            "curl could not resolve the host name",
            "curl 无法解析主机名",
        ],
        ["check the spelling of the name", "检查主机名拼写"],
    )
    .exits(&[6])
    .command(r"\bcurl\b")
    .quiet(),
    rule(
        "refused",
        Likely,
        "",
        [
            "curl could not connect to the server",
            "curl 无法连接服务器",
        ],
        ["check that the server runs", "检查服务器是否运行"],
    )
    .exits(&[7])
    .command(r"\bcurl\b")
    .quiet(),
    rule(
        "http-error",
        Likely,
        "",
        [
            "curl received an HTTP status of 400 or more",
            "curl 收到 400 以上的 HTTP 状态",
        ],
        [
            "remove `-s` or add `-S` to see the status",
            "去掉 -s 或加 -S 查看状态",
        ],
    )
    .exits(&[22])
    .command(r"\bcurl\b")
    .quiet(),
    rule(
        "network-timeout",
        Likely,
        "",
        ["curl reached its time limit", "curl 达到时限"],
        [
            "check the server, or raise `--max-time`",
            "检查服务器，或提高 --max-time",
        ],
    )
    .exits(&[28])
    .command(r"\bcurl\b")
    .quiet(),
    rule(
        "network",
        Likely,
        "",
        [
            "wget could not reach the server: a name, a connection or a route failed",
            "wget 无法连到服务器：域名、连接或路由有误",
        ],
        ["call it without `-q` to see which", "去掉 -q 查看原因"],
    )
    .exits(&[4])
    .command(r"\bwget\b")
    .quiet(),
    rule(
        "http-error",
        Likely,
        "",
        [
            "the server answered wget with an error",
            "服务器对 wget 返回错误",
        ],
        ["call it without `-q` to see the status", "去掉 -q 查看状态"],
    )
    .exits(&[8])
    .command(r"\bwget\b")
    .quiet(),
    rule(
        "partial",
        Likely,
        "",
        [
            "rsync copied only a part of the files",
            "rsync 只复制了部分文件",
        ],
        ["read which files its messages name", "查看消息中列出的文件"],
    )
    .exits(&[23, 24])
    .command(r"\brsync\b"),
    rule(
        "partial",
        Possible,
        "",
        [
            "tar found that files changed while it read them",
            "tar 读取时文件发生变化",
        ],
        [
            "exit code 1 of GNU tar is a warning: allow it by `--ok-exit 0,1`",
            "GNU tar 的退出码 1 是警告：可用 --ok-exit 0,1 允许",
        ],
    )
    .exits(&[1])
    .command(r"(?:^|[;&|/\s])tar\s"),
    rule(
        "nothing-found",
        Possible,
        "",
        [
            "`grep` found no line, or a comparison was false; that is exit code 1",
            "grep 没有找到匹配行，或比较为假，因此退出码为 1",
        ],
        [
            "if that is no failure, allow it by `--ok-exit 0,1`",
            "若不算失败，可用 --ok-exit 0,1 允许",
        ],
    )
    .exits(&[1])
    .command(r"\b(?:grep|egrep|fgrep|diff|cmp|test)\b")
    .quiet(),
    rule(
        "configuration",
        Possible,
        "",
        [
            "the program reports an error of its configuration (exit code 78 of sysexits.h)",
            "程序报告配置错误（sysexits.h 的退出码 78）",
        ],
        ["check the configuration of the program", "检查程序配置"],
    )
    .exits(&[78]),
    rule(
        "terminated",
        Likely,
        "",
        [
            "the program or a child of it ended by SIGKILL, or with that exit code",
            "程序或其子进程被 SIGKILL 结束，或返回该退出码",
        ],
        [
            "look into the kernel log for `Out of memory`; otherwise find who sent the signal",
            "在内核日志中查找 Out of memory；否则查明信号来源",
        ],
    )
    .exits(&[137]),
    rule(
        "crash",
        Sure,
        r"^killed by signal (?:4|6|7|8|11) ?\(?(SIG\w+|[A-Z]+)?",
        ["the program crashed ({1})", "程序崩溃（{1}）"],
        [
            "look for a core file by `coredumpctl`, and for an update of the program",
            "用 coredumpctl 查找核心转储，并更新程序",
        ],
    ),
];
