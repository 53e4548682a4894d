//! `jobs page`: a link to the web page, which is good once. On a desktop it opens the browser; over SSH it tells how to get there.

use std::io::IsTerminal;

use clap::Args;

use super::out::{Out, print_message};
use super::{Context, DONE, text};
use jobs_api::{PageLink, PageLinkMade, UserKind};
use jobs_clock::now;
use jobs_schedule::Zone;

#[derive(Args, Debug)]
pub struct PageArgs {
    #[command(flatten)]
    pub request: PageLink,
    /// Print the link, and open no browser
    #[arg(long)]
    pub print: bool,
}

pub fn page(context: &Context, args: &PageArgs, out: &mut Out) -> anyhow::Result<i32> {
    let link = context.client()?.call(&args.request)?;
    if out.wants_json() {
        out.data(&link)?;
        return Ok(DONE);
    }
    let ssh = SshConnection::find();
    let lines = lines(&link, ssh.as_ref().filter(|_| out.is_terminal()));
    for line in lines {
        out.line(&line)?;
    }
    out.flush()?;
    print_message(&terms(&link));
    let may_open = !args.print && out.is_terminal() && ssh.is_none();
    if may_open && browser::open(&address(&link)) {
        print_message("it was opened in the browser");
    }
    Ok(DONE)
}

/// Prints a link for the person who has started the daemon at a terminal.
pub fn print_page_link(link: &PageLinkMade) {
    let ssh = SshConnection::find();
    for line in lines(link, ssh.as_ref()) {
        super::out::print(&line);
    }
    print_message(&terms(link));
}

/// The whole link.
fn address(link: &PageLinkMade) -> String {
    let url = link.urls.first().map_or("", String::as_str);
    with_secret(url, link)
}

fn with_secret(url: &str, link: &PageLinkMade) -> String {
    format!("{url}#enter={}", link.secret.reveal())
}

/// The text on stdout: the link, or over SSH the way to a page that only this machine can reach.
fn lines(link: &PageLinkMade, ssh: Option<&SshConnection>) -> Vec<String> {
    let url = link.urls.first().map_or("", String::as_str);
    let tunnel = ssh.and_then(|ssh| ssh.tunnel(url));
    match tunnel {
        Some((command, url)) => vec![
            format!("on your own machine:  {command}"),
            format!("then open             {}", with_secret(&url, link)),
        ],
        None => vec![address(link)],
    }
}

fn terms(link: &PageLinkMade) -> String {
    let until = text::short_clock(link.until, now(), &Zone::system());
    let user = match link.user.kind {
        UserKind::Account => format!("account `{}`", link.user.name),
        UserKind::Uid => format!("user `{}`", link.user.name),
    };
    format!(
        "the link is good once, until {until}; it enters as {user} with the role {}",
        link.role
    )
}

/// The SSH connection through which the client is used.
struct SshConnection {
    /// The port of the SSH server.
    port: u16,
    host: String,
}

impl SshConnection {
    fn find() -> Option<SshConnection> {
        let words = std::env::var("SSH_CONNECTION").ok().or_else(behind_sudo)?;
        let port = words.split_whitespace().nth(3)?.parse().ok()?;
        let host = host_name();
        Some(SshConnection { port, host })
    }

    /// The command that makes a page on the loopback reachable, and the address of the page then. None for a page that other
    /// machines reach anyway.
    fn tunnel(&self, url: &str) -> Option<(String, String)> {
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split('/').next()?;
        let (host, port) = authority.rsplit_once(':')?;
        let ip: std::net::IpAddr = host.trim_matches(['[', ']']).parse().ok()?;
        if !ip.to_canonical().is_loopback() {
            return None;
        }
        let other_port = match self.port {
            22 => String::new(),
            other => format!("-p {other} "),
        };
        let command = format!("ssh -N {other_port}-L {port}:{authority} {}", self.host);
        Some((command, format!("{scheme}://localhost:{port}/")))
    }
}

#[cfg(unix)]
fn host_name() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// `SSH_CONNECTION` of the process that has called `sudo`, which removes the variable.
#[cfg(target_os = "linux")]
fn behind_sudo() -> Option<String> {
    /// Upper bound on the processes between this one and the shell of the person.
    const UP: usize = 10;
    std::env::var_os("SUDO_USER")?;
    let mut pid = u32::try_from(rustix::process::getppid()?.as_raw_nonzero().get()).ok()?;
    for _ in 0..UP {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
        let mut variables = environment.split(|byte| *byte == 0);
        let found = variables.find_map(|one| one.strip_prefix(b"SSH_CONNECTION="));
        if let Some(found) = found {
            return String::from_utf8(found.to_vec()).ok();
        }
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
        pid = parent?.trim().parse().ok().filter(|parent| *parent > 0)?;
    }
    None
}

#[cfg(not(target_os = "linux"))]
fn behind_sudo() -> Option<String> {
    None
}

/// Whether a person sees what the program prints.
pub(super) fn is_at_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Opens the browser of a desktop.
#[cfg(unix)]
mod browser {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    use std::os::unix::process::CommandExt;
    use std::path::PathBuf;
    use std::process::{Command, Stdio};

    /// The file through which the browser gets the link.
    const FILE: &str = "jobs-page.html";

    /// Opens a link, if there is a desktop. The arguments of a process can be read by everyone on the machine, so the browser gets
    /// the link from a private file. Browsers refuse to run as root.
    pub(super) fn open(link: &str) -> bool {
        if super::super::is_root() {
            return false;
        }
        let Some((program, folder)) = desktop() else {
            return false;
        };
        let file = folder.join(FILE);
        if write(&file, link).is_err() {
            return false;
        }
        // In a process group of its own, so that it goes on when the terminal is closed.
        let started = Command::new(program)
            .arg(&file)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        started.is_ok()
    }

    /// The program that opens files, and a folder that is private to the account.
    #[cfg(target_os = "macos")]
    fn desktop() -> Option<(&'static str, PathBuf)> {
        Some(("open", std::env::temp_dir()))
    }

    #[cfg(not(target_os = "macos"))]
    fn desktop() -> Option<(&'static str, PathBuf)> {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") {
            return None;
        }
        let folder = std::env::var_os("XDG_RUNTIME_DIR")?;
        Some(("xdg-open", folder.into()))
    }

    fn write(file: &std::path::Path, link: &str) -> std::io::Result<()> {
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let page = format!(
            "<!doctype html><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">\
             <meta http-equiv=\"refresh\" content=\"0; url={link}\"><title>jobs</title>\n"
        );
        options.open(file)?.write_all(page.as_bytes())
    }
}

#[cfg(not(unix))]
mod browser {
    pub(super) fn open(_: &str) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tunnel_leads_to_a_page_that_only_the_machine_reaches() {
        for (port, url, expected) in [
            (
                22,
                "http://127.0.0.1:36363/",
                Some((
                    "ssh -N -L 36363:127.0.0.1:36363 web-01",
                    "http://localhost:36363/",
                )),
            ),
            (
                2222,
                "https://127.0.0.1:8443/",
                Some((
                    "ssh -N -p 2222 -L 8443:127.0.0.1:8443 web-01",
                    "https://localhost:8443/",
                )),
            ),
            (
                22,
                "http://[::1]:36363/",
                Some((
                    "ssh -N -L 36363:[::1]:36363 web-01",
                    "http://localhost:36363/",
                )),
            ),
            (22, "http://192.0.2.7:36363/", None),
            (22, "https://jobs.example.com:8443/", None),
        ] {
            let host = "web-01".to_string();
            let found = SshConnection { port, host }.tunnel(url);
            let found = found
                .as_ref()
                .map(|(command, url)| (command.as_str(), url.as_str()));
            assert_eq!(found, expected, "{url}");
        }
    }
}
