//! Parses the address of a database in the configuration.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use jobs_config::Secret;

/// The address of a database.
#[derive(Debug)]
pub(super) enum Address {
    Sqlite(PathBuf),
    Mysql(Server),
}

/// A server of MySQL or MariaDB, with the account that logs in.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) socket: Option<String>,
    pub(super) user: String,
    pub(super) password: Secret,
    pub(super) base: Option<String>,
    pub(super) tls: Tls,
    /// A file with certificates of authorities that are trusted in addition to the well-known ones.
    pub(super) ca: Option<PathBuf>,
}

/// Whether and how the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    Off,
    /// Encrypted, with a certificate that is valid for the host name; otherwise no connection is made.
    On,
    /// Encrypted, with any certificate.
    Unverified,
}

impl Address {
    /// Parses an address of the configuration. The error does not repeat it, since it contains a password.
    pub(super) fn parse(text: &str, folder: &Path) -> Result<Address, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("is empty".into());
        }
        match text.split_once(':') {
            Some((scheme, rest)) if rest.starts_with("//") => of_scheme(scheme, &rest[2..], folder),
            Some((scheme, path)) if scheme.eq_ignore_ascii_case("sqlite") => file(path, folder),
            _ => Ok(Address::Sqlite(folder.join(text))),
        }
    }
}

fn of_scheme(scheme: &str, rest: &str, folder: &Path) -> Result<Address, String> {
    match scheme.to_ascii_lowercase().as_str() {
        "sqlite" => file(&decode(rest)?, folder),
        "mysql" | "mariadb" => server(rest, folder).map(Address::Mysql),
        other => Err(format!(
            "`{other}://` is no kind of database that can be asked"
        )),
    }
}

fn file(path: &str, folder: &Path) -> Result<Address, String> {
    if path.is_empty() {
        return Err("names no file".into());
    }
    Ok(Address::Sqlite(folder.join(path)))
}

/// Parses `user:password@host:port/db?options`. The password may contain any character: it ends at the last `@`.
fn server(text: &str, folder: &Path) -> Result<Server, String> {
    let (account, rest) = text.rsplit_once('@').ok_or("names no user before an `@`")?;
    let (user, password) = account.split_once(':').unwrap_or((account, ""));
    let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (place, base) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = host_and_port(place)?;
    let base = decode(base.trim_end_matches('/'))?;
    let mut server = Server {
        host,
        port,
        socket: None,
        user: decode(user)?,
        password: Secret::new(decode(password)?),
        base: (!base.is_empty()).then_some(base),
        tls: Tls::Off,
        ca: None,
    };
    for option in options.split('&').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        server.set(name, &decode(value)?, folder)?;
    }
    match server {
        Server { ref user, .. } if user.is_empty() => Err("names no user before the `@`".into()),
        Server {
            ref host,
            socket: None,
            ..
        } if host.is_empty() => Err("names no host after the `@`".into()),
        server => Ok(server),
    }
}

impl Server {
    fn set(&mut self, name: &str, value: &str, folder: &Path) -> Result<(), String> {
        match (name, value) {
            ("tls", "off") => self.tls = Tls::Off,
            ("tls", "on") => self.tls = Tls::On,
            ("tls", "unverified") => self.tls = Tls::Unverified,
            ("tls", other) => {
                return Err(format!("`tls={other}` is not `off`, `on` or `unverified`"));
            }
            ("ca" | "socket", "") => return Err(format!("`{name}` names no file")),
            ("ca", path) => self.ca = Some(folder.join(path)),
            ("socket", path) => self.socket = Some(path.to_string()),
            // The option may be part of a password after an `@`, so do not show its name either.
            _ => return Err("has an option other than `tls`, `ca` and `socket`".into()),
        }
        Ok(())
    }

    /// The server, for an error.
    pub(super) fn place(&self) -> String {
        match &self.socket {
            Some(socket) => format!("`{socket}`"),
            None if self.host.contains(':') => format!("[{}]:{}", self.host, self.port),
            None => format!("{}:{}", self.host, self.port),
        }
    }
}

fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest
            .split_once(']')
            .ok_or("has an address with a `[` that is not closed")?,
        None => match text.find(':') {
            Some(at) => text.split_at(at),
            None => (text, ""),
        },
    };
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => 3306,
        Some(digits) => digits
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or("has a port that is not a number from 1 to 65535")?,
        None => return Err("has something behind the `]` that is no port".into()),
    };
    Ok((decode(host)?, port))
}

/// Decodes `%40` into `@`. A `%` that is not followed by two hex digits stays unchanged.
fn decode(text: &str) -> Result<String, String> {
    percent_decode_str(text)
        .decode_utf8()
        .map(|text| text.into_owned())
        .map_err(|_| "has a `%..` that is no UTF-8".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mysql(text: &str) -> Server {
        match Address::parse(text, Path::new("/etc/jobs")) {
            Ok(Address::Mysql(server)) => server,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn address_parse_reads_sqlite_paths() {
        let folder = Path::new("/etc/jobs");
        for (text, path) in [
            ("/srv/a.db", "/srv/a.db"),
            (" a b.db ", "/etc/jobs/a b.db"),
            ("100%41.db", "/etc/jobs/100%41.db"),
            ("sqlite:///srv/a%20b.db", "/srv/a b.db"),
            ("SQLite:///srv/a.db", "/srv/a.db"),
            ("sqlite:a.db", "/etc/jobs/a.db"),
        ] {
            match Address::parse(text, folder) {
                Ok(Address::Sqlite(found)) => assert_eq!(found, Path::new(path), "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn address_parse_reads_mysql_servers() {
        let server = mysql("mysql://shop:geheim@db.example.com:3307/orders?tls=on&ca=ca.pem");
        assert_eq!(server.host, "db.example.com");
        assert_eq!(server.place(), "db.example.com:3307");
        assert_eq!(server.user, "shop");
        assert_eq!(server.password.reveal(), "geheim");
        assert_eq!(server.base.as_deref(), Some("orders"));
        assert_eq!(server.tls, Tls::On);
        assert_eq!(server.ca.as_deref(), Some(Path::new("/etc/jobs/ca.pem")));

        let server = mysql("mariadb://a%40b:p@ss/w:rd?#%25%7@[::1]/");
        assert_eq!((server.host.as_str(), server.port), ("::1", 3306));
        assert_eq!(server.place(), "[::1]:3306");
        assert_eq!(server.user, "a@b");
        assert_eq!(server.password.reveal(), "p@ss/w:rd?#%%7");
        assert_eq!(server.base, None);
        assert_eq!(server.tls, Tls::Off);

        let server = mysql("mysql://root@/shop?socket=/run/mysqld.sock");
        assert_eq!(server.place(), "`/run/mysqld.sock`");
        assert!(server.password.is_empty());
    }

    #[test]
    fn address_parse_error_hides_password() {
        for (text, why) in [
            ("", "is empty"),
            ("postgres://u:geheim@h/db", "`postgres://`"),
            ("mysql://h:3306/db", "names no user"),
            ("mysql://:geheim@h/db", "names no user"),
            ("mysql://u:geheim@/db", "names no host"),
            ("mysql://u:geheim@h:0/db", "port"),
            ("mysql://u:geheim@h:x/db", "port"),
            ("mysql://u:geheim@[::1/db", "not closed"),
            ("mysql://u:geheim@[::1]x/db", "no port"),
            ("mysql://u:geheim@h/db?geheim=1", "an option other than"),
            ("mysql://u:geheim@h/db?tls=maybe", "`tls=maybe`"),
            ("mysql://u:geheim%ff@h/db", "no UTF-8"),
            ("sqlite://", "names no file"),
        ] {
            match Address::parse(text, Path::new("/")) {
                Err(problem) => {
                    assert!(problem.contains(why), "{text}: {problem}");
                    assert!(!problem.contains("geheim"), "{text}: {problem}");
                }
                Ok(address) => panic!("{text}: {address:?}"),
            }
        }
    }
}
