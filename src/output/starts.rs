//! The file `running`: a small record per process that runs, written when the process starts. A daemon that starts after a crash
//! finds the processes of its predecessor by these records, also those that have cleared their environment.
//!
//! The records are not flushed: the system keeps them when the daemon is killed, and after a power cut there are no processes.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::capture::{Capture, inode};
use super::sink::lock;
use jobs_model::ExecId;

/// The start of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StartRecord {
    /// The execution to which the process belongs.
    pub exec_id: ExecId,
    /// The pid, which is also the number of its session and its group; 0 when the daemon was killed before it knew the pid.
    pub pid: u32,
    /// Nanoseconds since the boot of the machine just before the start.
    pub earliest: u64,
    /// Nanoseconds since the boot of the machine just after the start; 0 while the pid is not known.
    pub latest: u64,
    /// The inode numbers of the two output pipes; 0 when one is not known.
    pub pipes: [u64; 2],
}

/// Size of a record in the file, in bytes. A record never crosses the boundary of a page.
const SIZE: usize = 64;

/// Size of the head of the file, in bytes.
const HEAD: usize = 2 * SIZE;

/// Size of the random id in the head, in bytes.
const ID: usize = 16;

impl StartRecord {
    fn to_bytes(self) -> [u8; SIZE] {
        let fields = [
            u64::from_le_bytes(self.exec_id.to_le_bytes()),
            u64::from(self.pid),
            self.earliest,
            self.latest,
            self.pipes[0],
            self.pipes[1],
        ];
        let mut bytes = [0; SIZE];
        for (place, field) in bytes.chunks_exact_mut(8).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        bytes
    }

    /// `None` for a free place.
    fn from_bytes(bytes: &[u8]) -> Option<StartRecord> {
        let mut fields = bytes
            .chunks_exact(8)
            .filter_map(|field| Some(u64::from_le_bytes(field.try_into().ok()?)));
        let exec_id = ExecId::from_le_bytes(fields.next()?.to_le_bytes());
        let record = StartRecord {
            exec_id,
            pid: u32::try_from(fields.next()?).ok()?,
            earliest: fields.next()?,
            latest: fields.next()?,
            pipes: [fields.next()?, fields.next()?],
        };
        (exec_id != 0).then_some(record)
    }
}

/// The open file.
pub(super) struct Starts {
    /// `None` where the file can't be made: then only the marks in the environment remain.
    file: Option<std::fs::File>,
    /// The id of the daemon in the file, as hexadecimal digits.
    id: Arc<str>,
    /// The records of the daemon before, until they are forgotten.
    before: Mutex<Vec<StartRecord>>,
    places: Mutex<Places>,
    /// Whether a failure to write was logged already.
    has_failed: AtomicBool,
}

#[derive(Default)]
struct Places {
    free: Vec<u64>,
    /// Number of places that were ever used.
    used: u64,
}

impl Starts {
    /// Opens the file in `folder`, and reads the records of the daemon before if they are of this boot of the machine.
    pub(super) fn open(folder: &Path) -> Arc<Starts> {
        let path = folder.join("running");
        let (file, id, before) = match open(&path) {
            Ok((file, id, before)) => (Some(file), id, before),
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "the processes of executions can't be written down");
                (None, fastrand::u128(..).to_le_bytes(), Vec::new())
            }
        };
        let used = before.iter().map(|(place, _)| place + 1).max().unwrap_or(0);
        Arc::new(Starts {
            file,
            id: id
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
                .into(),
            before: Mutex::new(before.into_iter().map(|(_, record)| record).collect()),
            places: Mutex::new(Places {
                free: Vec::new(),
                used,
            }),
            has_failed: AtomicBool::new(false),
        })
    }

    pub(super) fn id(&self) -> Arc<str> {
        self.id.clone()
    }

    pub(super) fn before(&self) -> Vec<StartRecord> {
        self.before.lock().clone()
    }

    /// Frees the places of the records of the daemon before.
    pub(super) fn forget_before(&self) {
        self.before.lock().clear();
        let mut places = self.places.lock();
        debug_assert!(places.free.is_empty(), "nothing has started yet");
        for place in (0..places.used).rev() {
            self.write(place, StartRecord::default());
            places.free.push(place);
        }
    }

    /// Takes a place for a record.
    pub(super) fn reserve(self: &Arc<Self>) -> Place {
        let mut places = self.places.lock();
        let number = places.free.pop().unwrap_or_else(|| {
            places.used += 1;
            places.used - 1
        });
        Place {
            starts: self.clone(),
            number,
        }
    }

    fn write(&self, place: u64, record: StartRecord) {
        let Some(file) = &self.file else { return };
        let at = HEAD as u64 + place * SIZE as u64;
        if let Err(error) = write_at(file, &record.to_bytes(), at)
            && !self.has_failed.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(%error, "the processes of executions can't be written down");
        }
    }
}

/// The place of one record in the file. It is freed on drop.
pub(super) struct Place {
    starts: Arc<Starts>,
    number: u64,
}

impl Place {
    pub(super) fn write(&self, record: StartRecord) {
        self.starts.write(self.number, record);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.write(StartRecord::default());
        self.starts.places.lock().free.push(self.number);
    }
}

impl Capture {
    /// Writes down that a process is about to be started for this execution. `now` is the time since the boot of the machine in
    /// nanoseconds.
    pub fn before_start(&self, now: u64) {
        let record = StartRecord {
            exec_id: self.exec_id,
            earliest: now,
            pipes: [&self.out, &self.err].map(|pipe| inode(pipe).unwrap_or(0)),
            ..StartRecord::default()
        };
        let mut start = lock(&self.start);
        let place = match start.take() {
            // An attempt before this one.
            Some((place, _)) => place,
            None => self.outputs.shared.starts.reserve(),
        };
        place.write(record);
        *start = Some((place, record));
    }

    /// Writes down the pid of the process that was started.
    pub fn after_start(&self, pid: u32, now: u64) {
        if let Some((place, record)) = &mut *lock(&self.start) {
            record.pid = pid;
            record.latest = now;
            place.write(*record);
        }
    }
}

/// The head of the file without the id: the version of its form, then the boot of the machine, the pid namespace, and the device and
/// the inode number of the file itself. A copy of the file, or the file in another container, does not have its own head.
fn head(file: &std::fs::File) -> io::Result<[u8; HEAD - ID]> {
    let boot_id = std::fs::read("/proc/sys/kernel/random/boot_id")?;
    let text = [b"jobs-2 ".as_slice(), boot_id.trim_ascii()].concat();
    let mut head = [0; HEAD - ID];
    let (first, numbers) = head.split_at_mut(SIZE);
    let length = text.len().min(SIZE);
    first[..length].copy_from_slice(&text[..length]);
    let (device, inode) = device_and_inode(file)?;
    for (place, number) in numbers
        .chunks_exact_mut(8)
        .zip([pid_namespace()?, device, inode])
    {
        place.copy_from_slice(&number.to_le_bytes());
    }
    Ok(head)
}

#[cfg(unix)]
fn device_and_inode(file: &std::fs::File) -> io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let facts = file.metadata()?;
    Ok((facts.dev(), facts.ino()))
}

#[cfg(not(unix))]
fn device_and_inode(_: &std::fs::File) -> io::Result<(u64, u64)> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn pid_namespace() -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    Ok(std::fs::metadata("/proc/self/ns/pid")?.ino())
}

#[cfg(not(unix))]
fn pid_namespace() -> io::Result<u64> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn write_at(file: &std::fs::File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn write_at(_: &std::fs::File, _: &[u8], _: u64) -> io::Result<()> {
    Ok(())
}

type Placed = (u64, StartRecord);

/// Opens the file and reads its id and its records. Those of another boot or another pid namespace, and those of the file of which this one
/// is a copy, are removed. Then the file gets another id.
fn open(path: &Path) -> io::Result<(std::fs::File, [u8; ID], Vec<Placed>)> {
    use std::io::Read;

    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = jobs_fs::open_private(&mut options, path)?;
    let head = head(&file)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let known = bytes
        .get(..HEAD)
        .and_then(|bytes| bytes.strip_prefix(&head)?.try_into().ok());
    let Some(id) = known else {
        let id = fastrand::u128(..).to_le_bytes();
        file.set_len(0)?;
        write_at(&file, &[head.as_slice(), &id].concat(), 0)?;
        return Ok((file, id, Vec::new()));
    };
    let records = bytes[HEAD..].chunks_exact(SIZE).zip(0..);
    let records = records
        .filter_map(|(bytes, place)| Some((place, StartRecord::from_bytes(bytes)?)))
        .collect();
    Ok((file, id, records))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn record(exec_id: ExecId) -> StartRecord {
        StartRecord {
            exec_id,
            pid: 4_711,
            earliest: 10,
            latest: 20,
            pipes: [30, 40],
        }
    }

    #[test]
    fn records_of_running_processes_are_found_by_the_next_open() {
        let folder = tempfile::tempdir().unwrap();
        let starts = Starts::open(folder.path());
        assert_eq!(starts.before(), []);
        let places: Vec<Place> = (1..=3).map(|_| starts.reserve()).collect();
        for (place, exec_id) in places.iter().zip([7, 8, 9]) {
            place.write(record(exec_id));
        }
        drop(places);
        let place = starts.reserve();
        place.write(record(10));
        // A daemon that is killed drops nothing.
        std::mem::forget(place);
        let next = Starts::open(folder.path());
        assert_eq!(next.before(), [record(10)]);
        next.forget_before();
        assert_eq!(Starts::open(folder.path()).before(), []);
    }

    #[test]
    fn copied_file_has_no_records_and_another_id() {
        let folder = tempfile::tempdir().unwrap();
        let starts = Starts::open(folder.path());
        let place = starts.reserve();
        place.write(record(7));
        std::mem::forget(place);
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(folder.path().join("running"), copy.path().join("running")).unwrap();
        let copied = Starts::open(copy.path());
        assert_eq!(copied.before(), []);
        assert_ne!(copied.id(), starts.id());
        assert_eq!(Starts::open(copy.path()).id(), copied.id());
        let again = Starts::open(folder.path());
        assert_eq!(again.before(), [record(7)]);
        assert_eq!(again.id(), starts.id());
        assert_eq!(again.id().len(), 2 * ID);
    }

    #[test]
    fn records_of_another_boot_are_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let starts = Starts::open(folder.path());
        let place = starts.reserve();
        place.write(record(7));
        std::mem::forget(place);
        let path = folder.path().join("running");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[8] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(Starts::open(folder.path()).before(), []);
        std::fs::write(&path, "short").unwrap();
        assert_eq!(Starts::open(folder.path()).before(), []);
    }
}
