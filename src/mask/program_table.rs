//! The well-known programs whose arguments hold secrets, and their flags.

/// Which part of an argument is the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// The part after this separator: `user:password`.
    After(char),
    /// All of it, if it is not the name of a file: a cookie.
    Cookie,
}

/// How a flag takes its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Only the next argument: `-a secret`.
    Next,
    /// Only in the same argument: `-psecret`.
    Joined,
    /// Either.
    Both,
}

pub(super) type Flag = (&'static str, Form, Part);

/// The programs, and their flags with secrets.
pub(super) const PROGRAMS: &[(&[&str], &[Flag])] = &[
    (
        &["curl"],
        &[
            ("-u", Form::Both, Part::After(':')),
            ("--user", Form::Both, Part::After(':')),
            ("-U", Form::Both, Part::After(':')),
            ("--proxy-user", Form::Both, Part::After(':')),
            ("-b", Form::Both, Part::Cookie),
            ("--cookie", Form::Both, Part::Cookie),
            ("--oauth2-bearer", Form::Both, Part::Whole),
        ],
    ),
    (
        &["http", "https", "xh"],
        &[
            ("-a", Form::Both, Part::After(':')),
            ("--auth", Form::Both, Part::After(':')),
        ],
    ),
    (
        &[
            "mysql",
            "mysqldump",
            "mysqladmin",
            "mysqlimport",
            "mysqlcheck",
            "mysqlshow",
            "mysqlpump",
            "mysqlsh",
            "mysqlbinlog",
            "mariadb",
            "mariadb-dump",
            "mariadb-admin",
            "mariadb-check",
            "mariadb-import",
            "mariadb-show",
            "mariabackup",
            "xtrabackup",
            "innobackupex",
            "mydumper",
        ],
        &[("-p", Form::Joined, Part::Whole)],
    ),
    (&["sshpass"], &[("-p", Form::Both, Part::Whole)]),
    (
        &["redis-cli", "valkey-cli", "keydb-cli"],
        &[
            ("-a", Form::Both, Part::Whole),
            ("--pass", Form::Both, Part::Whole),
        ],
    ),
    (
        &[
            "mongo",
            "mongosh",
            "mongodump",
            "mongorestore",
            "mongoexport",
            "mongoimport",
        ],
        &[("-p", Form::Both, Part::Whole)],
    ),
    (
        &[
            "ldapsearch",
            "ldapmodify",
            "ldapadd",
            "ldapdelete",
            "ldapwhoami",
            "ldappasswd",
            "ldapcompare",
        ],
        &[
            ("-w", Form::Both, Part::Whole),
            ("-s", Form::Joined, Part::Whole),
        ],
    ),
    (
        &["smbclient", "rpcclient", "smbget", "net"],
        &[
            ("-U", Form::Both, Part::After('%')),
            ("--user", Form::Both, Part::After('%')),
        ],
    ),
    (
        &["lftp", "ncftpput", "ncftpget"],
        &[
            ("-u", Form::Both, Part::After(',')),
            ("-p", Form::Both, Part::Whole),
        ],
    ),
    (
        &["7z", "7za", "7zr", "7zz", "rar", "unrar"],
        &[
            ("-p", Form::Joined, Part::Whole),
            ("-hp", Form::Joined, Part::Whole),
        ],
    ),
    (
        &["zip", "unzip", "zipcloak"],
        &[("-P", Form::Both, Part::Whole)],
    ),
    (
        &["sqlcmd", "bcp", "tsql", "ipmitool"],
        &[("-P", Form::Both, Part::Whole)],
    ),
    (
        &[
            "snmpget",
            "snmpgetnext",
            "snmpwalk",
            "snmpset",
            "snmpbulkget",
            "snmpbulkwalk",
            "snmptable",
            "snmptrap",
            "snmpinform",
        ],
        &[
            ("-c", Form::Both, Part::Whole),
            ("-A", Form::Both, Part::Whole),
            ("-X", Form::Both, Part::Whole),
        ],
    ),
    (
        &["openssl"],
        &[
            ("-passin", Form::Next, Part::After(':')),
            ("-passout", Form::Next, Part::After(':')),
            ("-pass", Form::Next, Part::After(':')),
            ("-k", Form::Next, Part::Whole),
            ("-K", Form::Next, Part::Whole),
        ],
    ),
    (
        &["mosquitto_pub", "mosquitto_sub", "mosquitto_rr"],
        &[
            ("-P", Form::Next, Part::Whole),
            ("--pw", Form::Both, Part::Whole),
        ],
    ),
    (
        &["plink", "pscp", "psftp", "putty"],
        &[("-pw", Form::Next, Part::Whole)],
    ),
    (&["rabbitmqadmin"], &[("-p", Form::Both, Part::Whole)]),
    (
        &[
            "xfreerdp",
            "xfreerdp3",
            "wlfreerdp",
            "sdl-freerdp",
            "wfreerdp",
        ],
        &[("/p:", Form::Joined, Part::Whole)],
    ),
    (&["rdesktop"], &[("-p", Form::Both, Part::Whole)]),
    // By the place of the argument, see the module `positional`.
    (&["sqlplus", "sqlldr", "expdp", "impdp"], &[]),
    (&["rabbitmqctl"], &[]),
    (
        &[
            "aws", "git", "npm", "yarn", "pnpm", "pip", "pip3", "pulumi", "composer",
        ],
        &[],
    ),
    // Only with `-b`, see `of_htpasswd`.
    (&["htpasswd"], &[]),
    // These take ports as `-p` too, so `login` must stand before it.
    (&["login"], &[("-p", Form::Both, Part::Whole)]),
];

/// The flags without a value of a program, which may stand before a flag with a secret in one argument: `curl -sume:password`.
pub(super) fn switches(program: &str) -> &'static str {
    match program {
        "curl" => "#012346aBfgGiIjJklLMnNOpqRsSvZ",
        "mysql" | "mysqldump" | "mariadb" => "BCEfHNqrstvX",
        _ => "",
    }
}
