//! Names, connections, TLS, HTTP, credentials.

use super::{Rule, rule};
use crate::rank::Confidence::{Likely, Possible};

pub(super) const RULES: &[Rule] = &[
    rule(
        "ssh-host-key",
        Likely,
        r"(?i)host key verification failed|remote host identification has changed|no \S+ host key is known for",
        [
            "the key of the SSH server is unknown, or is another one than before",
            "SSH 服务器的密钥未知或已改变",
        ],
        [
            "compare the key of the server, then add it to `known_hosts` of the account of the job",
            "核对服务器密钥，再写入作业账户的 known_hosts",
        ],
    ),
    rule(
        "ssh-credentials",
        Likely,
        r"(?i)permission denied \((?:publickey|password|keyboard|gssapi)[^)]*\)|too many authentication failures|no supported authentication methods|load key .*(?:invalid format|bad permissions)|unprotected private key file",
        [
            "the SSH server accepts no key of the account of the job",
            "SSH 服务器不接受作业账户的任何密钥",
        ],
        [
            "give the account of the job a key without a passphrase that the server accepts",
            "为作业账户配置服务器接受的无口令密钥",
        ],
    ),
    rule(
        "git-credentials",
        Likely,
        r"(?i)could not read (?:username|password) for|terminal prompts disabled|authentication failed for '?http|support for password authentication was removed",
        [
            "git has no valid login for the server, and nobody can type one",
            "git 没有可用的登录凭据，也无人能输入",
        ],
        [
            "store a token by a credential helper, or use an SSH key",
            "用凭据助手保存令牌，或改用 SSH 密钥",
        ],
    ),
    rule(
        "dns",
        Likely,
        r"(?i)could not resolve (?:host(?:name)?|proxy)|name or service not known|temporary failure in name resolution|nodename nor servname|unable to resolve host|getaddrinfo(?: ENOTFOUND| EAI_AGAIN| failed)|\bENOTFOUND\b|\bEAI_AGAIN\b|no address associated with hostname|could not translate host name|unknown (?:mysql server )?host|name resolution failed|(?:no such host|bad hostname|host not found|cannot be resolved)|(?:name|host) .*(?:not found|unknown) by dns|der name oder der dienst ist nicht bekannt|未知的名称或服务",
        ["a host name cannot be resolved", "无法解析主机名"],
        [
            "check the spelling of the name, and the name servers in /etc/resolv.conf",
            "检查主机名拼写和 /etc/resolv.conf 中的域名服务器",
        ],
    ),
    rule(
        "tls-expired",
        Likely,
        r"(?i)certificate (?:has|is) (?:expired|not yet valid)|CERT_HAS_EXPIRED|certificate expired|has expired|CERTIFICATE_NOT_YET_VALID|cert_not_yet_valid",
        [
            "the TLS certificate of the server has expired, or the clock of this machine is wrong",
            "服务器的 TLS 证书已过期，或本机时钟有误",
        ],
        ["renew the certificate of the server", "更新服务器证书"],
    ),
    rule(
        "tls-name",
        Likely,
        r"(?i)no alternative certificate subject name|hostname mismatch|ERR_TLS_CERT_ALTNAME_INVALID|certificate (?:common name|owner|subject name).*(?:does not|doesn't|didn't) match|not valid for (?:the )?name|is for (?:another|other) name|ip address mismatch|doesn't match (?:either of|host)",
        [
            "the TLS certificate is for another name than the one that was called",
            "TLS 证书的名称与所访问的名称不符",
        ],
        [
            "call the server by a name in its certificate",
            "用证书中的名称访问服务器",
        ],
    ),
    rule(
        "tls-untrusted",
        Likely,
        r"(?i)self[- ]signed certificate|unable to get (?:local )?issuer certificate|unable to verify the first certificate|unknown (?:ca|issuer|authority)|UNABLE_TO_VERIFY|DEPTH_ZERO_SELF_SIGNED|certificate verify failed|certificate verification (?:failed|problem)|certificate is not trusted|cannot verify .* certificate|signed by no authority",
        [
            "this machine does not trust the authority that signed the TLS certificate",
            "本机不信任签发该 TLS 证书的机构",
        ],
        [
            "add the authority to the trusted ones of this machine; for an HTTP job `jobs.http_ca_file` adds one",
            "把该机构加入本机信任列表；HTTP 作业可用 jobs.http_ca_file",
        ],
    ),
    rule(
        "tls-protocol",
        Likely,
        r"(?i)wrong version number|unsupported protocol|(?:tls|ssl)v?[\d.]* alert|handshake failure|no protocols available|packet length too long|EPROTO|record overflow|received fatal alert",
        [
            "the TLS handshake failed: the server does not speak TLS there, or only another version",
            "TLS 握手失败：该端口不是 TLS，或协议版本不符",
        ],
        [
            "check the port and the scheme, http or https",
            "检查端口以及 http 或 https",
        ],
    ),
    rule(
        "proxy",
        Likely,
        r"(?i)proxy (?:authentication required|connect aborted|connection failed)|received http code \d+ from proxy|tunneling failed|\b407\b.*proxy|the proxy `[^`]+`.*(?:refuses|answers|cannot)",
        ["the proxy refused the connection", "代理拒绝了连接"],
        [
            "check the proxy in the environment of the job and its login",
            "检查作业环境中的代理及其登录",
        ],
    ),
    rule(
        "db-login",
        Likely,
        r"(?i)access denied for user|(?:password|peer|ident) authentication failed|no password supplied|role \S+ does not exist|no pg_hba\.conf entry|login failed for user|ORA-01017|WRONGPASS|NOAUTH",
        ["the database refused the login", "数据库拒绝登录"],
        [
            "check the user and the password, for example in ~/.pgpass or ~/.my.cnf of the account of the job",
            "检查用户名和密码，例如作业账户的 ~/.pgpass 或 ~/.my.cnf",
        ],
    ),
    rule(
        "db-missing",
        Likely,
        r#"(?i)unknown database|database ["'\S]+ does not exist|(?:relation|table) \S+ (?:does not|doesn't) exist|no such table"#,
        ["the database or table does not exist", "数据库或表不存在"],
        [
            "check the name of the database and of the table",
            "检查数据库名和表名",
        ],
    ),
    rule(
        "db-refused",
        Likely,
        r#"(?i)can't connect to (?:local )?(?:mysql|mariadb|server)|connection to server .* failed|could not connect to server|is the server running (?:locally|on that host)"#,
        [
            "no database server answers at this address",
            "该地址没有数据库服务器响应",
        ],
        [
            "check that the server runs, and its host, port or socket",
            "检查数据库是否运行，以及主机、端口或套接字",
        ],
    ),
    rule(
        "db-lock",
        Likely,
        r"(?i)deadlock (?:found|detected)|lock wait timeout|database is locked|could not obtain lock on|canceling statement due to lock timeout",
        [
            "another transaction of the database holds a lock",
            "数据库中另一事务持有锁",
        ],
        [
            "try again by `--retries`, or run at another time",
            "用 --retries 重试，或换个时间运行",
        ],
    ),
    rule(
        "http-auth",
        Likely,
        r"(?i)(?:requested url returned error:|HTTP/[\d.]+|http error|error|answers|status(?: code)?|returned):? *`?(40[13])\b|(401 unauthori[sz]ed|403 forbidden)|username/password authentication failed",
        [
            "the server refused access with HTTP status {1}",
            "服务器拒绝访问，HTTP 状态 {1}",
        ],
        [
            "check the login or the token of the request",
            "检查请求的登录或令牌",
        ],
    ),
    rule(
        "http-not-found",
        Likely,
        r"(?i)(?:requested url returned error:|HTTP/[\d.]+|http error|error|answers|status(?: code)?|returned):? *`?(404|410)\b|(404) not found",
        [
            "the server has nothing at this address (HTTP status {1})",
            "服务器上没有该地址（HTTP 状态 {1}）",
        ],
        ["check the path of the address", "检查地址中的路径"],
    ),
    rule(
        "http-busy",
        Likely,
        r"(?i)(?:requested url returned error:|HTTP/[\d.]+|http error|error|answers|status(?: code)?|returned):? *`?(408|429)\b|(429) too many requests",
        [
            "the server limits the number of requests (HTTP status {1})",
            "服务器限制请求数量（HTTP 状态 {1}）",
        ],
        [
            "call less often, or try again later by `--retries`",
            "降低频率，或用 --retries 稍后重试",
        ],
    ),
    rule(
        "http-server",
        Likely,
        r"(?i)(?:requested url returned error:|HTTP/[\d.]+|http error|error|answers|status(?: code)?|returned):? *`?(5\d\d)\b|(50[0234]) (?:internal server|bad gateway|service unavailable|gateway time)",
        [
            "the server failed with HTTP status {1}",
            "服务器出错，HTTP 状态 {1}",
        ],
        [
            "look into the log of that server; `--retries` helps when this passes",
            "查看该服务器日志；若为暂时问题可用 --retries",
        ],
    ),
    rule(
        "expected-text",
        Likely,
        r"^no line of the output matches `expect`|^a line of the output matches `fail_on`",
        [
            "the output is not as `expect` or `fail_on` of the job asks",
            "输出不符合作业的 expect 或 fail_on",
        ],
        [
            "read the output; change `expect` or `fail_on` if the output is right",
            "查看输出；若输出正确则修改 expect 或 fail_on",
        ],
    ),
    rule(
        "refused",
        Likely,
        r"(?i)connection refused|\bECONNREFUSED\b|couldn't connect to server|refuses (?:the )?connection|verbindungsaufbau abgelehnt|connexion refusée|拒绝连接",
        [
            "nothing accepts connections at this address and port",
            "该地址和端口没有服务接受连接",
        ],
        [
            "check that the server runs, and the address and the port",
            "检查服务器是否运行以及地址和端口",
        ],
    ),
    rule(
        "unreachable",
        Likely,
        r"(?i)no route to host|network is unreachable|\bE(?:HOST|NET)UNREACH\b|host is down|没有到主机的路由|网络不可达",
        ["no route leads to the host", "没有到达主机的路由"],
        [
            "check the network of this machine, its routes and firewalls",
            "检查本机网络、路由和防火墙",
        ],
    ),
    rule(
        "network-timeout",
        Likely,
        r"(?i)connection timed out|operation timed out|\bETIMEDOUT\b|connect(?:ion)? timeout|read timed out|timed out after \d+ milliseconds|timeout expired|i/o timeout|connection timeout|连接超时",
        ["the other side did not answer in time", "对方未及时响应"],
        [
            "check that the host can be reached; firewalls often drop packets silently",
            "检查主机是否可达；防火墙可能静默丢包",
        ],
    ),
    rule(
        "reset",
        Likely,
        r"(?i)connection reset by peer|\bECONNRESET\b|connection closed by|server closed the connection unexpectedly|empty reply from server|socket hang up|remote end closed connection|closed the connection before|unexpected eof while reading|kex_exchange_identification|连接被对方重设",
        ["the other side closed the connection", "对方关闭了连接"],
        ["look into the log of the other side", "查看对方日志"],
    ),
    rule(
        "git",
        Possible,
        r"(?i)does not appear to be a git repository|not a git repository|repository .* not found|couldn't find remote ref|pathspec .* did not match|please commit your changes or stash them|merge conflict|non-fast-forward|failed to push some refs",
        [
            "git found the repository or branch missing, or in another state than expected",
            "git 仓库或分支缺失，或状态与预期不符",
        ],
        [
            "run `git status` in the working folder of the job",
            "在作业的工作目录运行 git status",
        ],
    ),
];
