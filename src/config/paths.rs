//! All paths of the program: below one root when `JOBS_HOME` names it, else in the usual folders of the system.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Config, Env, folders};
use jobs_error::{Error, Result};

/// The longest path of a Unix socket in bytes: `sun_path` without its closing zero.
const LONGEST_SOCKET: usize = if cfg!(target_os = "macos") { 103 } else { 107 };

/// Every path that the program uses; all are absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// `JOBS_HOME` or `--home`; None when the usual folders are used.
    pub root: Option<PathBuf>,
    /// The YAML file.
    pub config_file: PathBuf,
    /// Whether `--config` or `JOBS_CONFIG` names that file, so that it must exist.
    pub config_is_required: bool,
    /// The folder that must not be lost: the database and the output of jobs.
    pub data: PathBuf,
    /// The SQLite file.
    pub database: PathBuf,
    /// The folder of captured output.
    pub output: PathBuf,
    /// The folder that may be emptied while no daemon runs: lock and pid files.
    pub runtime: PathBuf,
    /// The folder of the system log.
    pub logs: PathBuf,
    /// The socket that the daemon listens on; a pipe on Windows.
    pub socket: PathBuf,
    /// The running daemon holds a lock on this file.
    pub lock: PathBuf,
    /// The daemon that works on the database holds a lock on this file, which lies beside the
    /// database: another home or runtime folder does not lead around it.
    pub database_lock: PathBuf,
    /// The process id of the daemon.
    pub pid_file: PathBuf,
    /// The guard that restarts the daemon holds a lock on this file.
    pub guard_lock: PathBuf,
    /// The process id of the guard.
    pub guard_pid_file: PathBuf,
}

/// The folders that differ from system to system.
struct Layout {
    root: Option<PathBuf>,
    config_file: PathBuf,
    data: PathBuf,
    runtime: PathBuf,
    logs: PathBuf,
    socket: PathBuf,
}

impl Paths {
    /// Finds every path. `home` is `--home` and beats `JOBS_HOME`; a relative one counts from the
    /// working directory. `JOBS_CONFIG` names another file. Without a home, `is_root` takes
    /// `/etc/jobs`, `/var/lib/jobs`, `/var/log/jobs` and `/run/jobs`, others the XDG folders.
    /// The file system is not touched.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when neither a home nor `HOME` is set, or the path of the socket is
    /// longer than the system takes.
    pub fn resolve(home: Option<&Path>, env: &Env, is_root: bool) -> Result<Paths> {
        let layout = match (home, env.get("JOBS_HOME")) {
            (Some(home), _) => below(absolute("--home", home)?),
            (None, Some(home)) => below(absolute("JOBS_HOME", Path::new(home))?),
            (None, None) if cfg!(windows) => windows(env)?,
            (None, None) if is_root => system(),
            (None, None) => xdg(env)?,
        };
        check_socket(&layout.socket)?;
        let paths = Paths {
            root: layout.root,
            config_file: layout.config_file,
            config_is_required: false,
            database_lock: lock_of(&layout.data.join("jobs.db")),
            database: layout.data.join("jobs.db"),
            output: layout.data.join("output"),
            data: layout.data,
            logs: layout.logs,
            socket: layout.socket,
            lock: layout.runtime.join("jobs.lock"),
            pid_file: layout.runtime.join("jobs.pid"),
            guard_lock: layout.runtime.join("guard.lock"),
            guard_pid_file: layout.runtime.join("guard.pid"),
            runtime: layout.runtime,
        };
        match env.get("JOBS_CONFIG") {
            Some(file) => paths.with_config_file_of("JOBS_CONFIG", Path::new(file)),
            None => Ok(paths),
        }
    }

    /// Takes another configuration file, which must exist when it is read: `--config FILE`, which
    /// beats `JOBS_CONFIG`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when the path is empty or the working directory is gone.
    pub fn with_config_file(self, file: &Path) -> Result<Paths> {
        self.with_config_file_of("--config", file)
    }

    /// Applies `database.path` and `logs.dir`. A relative one counts from the home; without one,
    /// from the data folder.
    pub fn with_config(mut self, config: &Config) -> Paths {
        let base = self.root.clone().unwrap_or_else(|| self.data.clone());
        if let Some(path) = &config.database.path {
            self.database = base.join(path);
            self.database_lock = lock_of(&self.database);
        }
        if let Some(folder) = &config.logs.dir {
            self.logs = base.join(folder);
        }
        self
    }

    /// Makes the folders that are missing, for their owner only (mode 0700), and takes the rights
    /// of others to read from the data and runtime folders that are there.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the system refuses, naming the folder; [`Error::Conflict`] when another
    /// account owns one of the folders or one above it or may write to it, or one of them is a link.
    pub fn create(&self) -> Result<()> {
        // The home first: nothing is made in one that is refused.
        let mut open: Vec<&Path> = self.root.as_deref().into_iter().collect();
        open.push(&self.logs);
        open.extend(self.database.parent().filter(|folder| *folder != self.data));
        folders::make(&open, &[&self.data, &self.output, &self.runtime])
    }

    fn with_config_file_of(mut self, field: &str, file: &Path) -> Result<Paths> {
        self.config_file = absolute(field, file)?;
        self.config_is_required = true;
        Ok(self)
    }
}

/// The lock file of a database.
fn lock_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Everything under one root.
fn below(root: PathBuf) -> Layout {
    let runtime = root.join("runtime");
    Layout {
        config_file: root.join("config.yaml"),
        data: root.join("data"),
        logs: runtime.join("logs"),
        runtime,
        socket: match cfg!(windows) {
            true => pipe(&root),
            false => root.join("jobs.sock"),
        },
        root: Some(root),
    }
}

/// Where a system-wide service belongs.
fn system() -> Layout {
    Layout {
        root: None,
        config_file: "/etc/jobs/config.yaml".into(),
        data: "/var/lib/jobs".into(),
        runtime: "/run/jobs".into(),
        logs: "/var/log/jobs".into(),
        socket: "/run/jobs/jobs.sock".into(),
    }
}

/// Where the XDG Base Directory Specification puts the files of one user.
fn xdg(env: &Env) -> Result<Layout> {
    let state = xdg_folder(env, "XDG_STATE_HOME", ".local/state")?;
    let runtime = match absolute_in(env, "XDG_RUNTIME_DIR") {
        Some(folder) => folder.join("jobs"),
        None => state.join("run"),
    };
    Ok(Layout {
        root: None,
        config_file: xdg_folder(env, "XDG_CONFIG_HOME", ".config")?.join("config.yaml"),
        data: xdg_folder(env, "XDG_DATA_HOME", ".local/share")?,
        logs: state,
        socket: runtime.join("jobs.sock"),
        runtime,
    })
}

fn xdg_folder(env: &Env, variable: &str, usual: &str) -> Result<PathBuf> {
    absolute_in(env, variable)
        .or_else(|| absolute_in(env, "HOME").map(|home| home.join(usual)))
        .map(|folder| folder.join("jobs"))
        .ok_or_else(|| no_home("HOME"))
}

/// The specification says that a relative path is to be ignored.
fn absolute_in(env: &Env, variable: &str) -> Option<PathBuf> {
    env.get(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}

/// Where Windows puts the files of one user.
fn windows(env: &Env) -> Result<Layout> {
    let folder = |variable: &str| {
        env.get(variable)
            .map(|path| Path::new(path).join("jobs"))
            .ok_or_else(|| no_home(variable))
    };
    let local = folder("LOCALAPPDATA")?;
    Ok(Layout {
        root: None,
        config_file: folder("APPDATA")?.join("config.yaml"),
        data: local.join("data"),
        runtime: local.join("run"),
        logs: local.join("logs"),
        socket: pipe(&local),
    })
}

/// A pipe has no folder, so the home goes into its name: FNV-1a, the same in every version, since
/// daemon and client must agree on it. Case does not tell paths apart there.
fn pipe(home: &Path) -> PathBuf {
    let text = home.to_string_lossy().to_lowercase();
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    PathBuf::from(format!(r"\\.\pipe\jobs-{hash:016x}"))
}

fn no_home(variable: &str) -> Error {
    Error::invalid(variable, "it is not set to an absolute path")
        .hint("set `JOBS_HOME`, or give `--home`, to a folder for everything")
}

fn absolute(field: &str, path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| {
        Error::invalid(
            field,
            format!("`{}` cannot be made absolute: {error}", path.display()),
        )
    })
}

fn check_socket(socket: &Path) -> Result<()> {
    let length = AsRef::<OsStr>::as_ref(socket).len();
    if cfg!(windows) || length <= LONGEST_SOCKET {
        return Ok(());
    }
    Err(Error::invalid(
        "socket",
        format!(
            "`{}` has {length} bytes, and a socket path holds {LONGEST_SOCKET}",
            socket.display()
        ),
    )
    .hint("set `JOBS_HOME`, or give `--home`, to a folder with a shorter path"))
}

#[cfg(all(test, unix))]
mod tests;
