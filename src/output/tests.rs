//!
//! Tests of the output folder: small and large output, followers, background processes, a failing disk.
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use super::*;

fn outputs(budget: u64) -> (tempfile::TempDir, Outputs) {
    let folder = tempfile::tempdir().unwrap();
    let outputs = Outputs::open(folder.path().join("output"), budget).unwrap();
    (folder, outputs)
}

/// Reads a whole stream in parts of `part` bytes; returns its bytes and how many were removed.
fn follow(outputs: &Outputs, exec_id: ExecId, part: usize) -> (Vec<u8>, u64) {
    let (mut all, mut cut, mut offset) = (Vec::new(), 0, 0);
    loop {
        let chunk = outputs.read(exec_id, Stream::Out, offset, part).unwrap();
        cut += chunk.cut.unwrap_or(0);
        all.extend_from_slice(&chunk.bytes);
        if chunk.next == offset {
            return (all, cut);
        }
        offset = chunk.next;
    }
}

#[tokio::test]
async fn capture_small_output_moves_into_row() {
    let (_folder, outputs) = outputs(1 << 20);
    let mut capture = outputs.capture(7).unwrap();
    capture.out.write_all(b"hello\xff\n").unwrap();
    capture.finish().await.unwrap();
    let settled = outputs.settle(7).unwrap();
    assert_eq!(settled.out.data, b"hello\xff\n");
    assert_eq!(
        (
            settled.out.total_bytes,
            settled.out.in_file,
            settled.out.kept_bytes
        ),
        (7, false, 7)
    );
    assert_eq!(settled.err, SettledStream::default());
    assert!(
        outputs.list().unwrap().is_empty(),
        "what prints little before its end has no file"
    );
    outputs.discard_small(7, &settled).unwrap();
    assert_eq!(outputs.read(7, Stream::Out, 3, 10).unwrap().next, 3);
}

#[tokio::test]
async fn capture_of_running_command_is_flushed_to_file() {
    let (_folder, outputs) = outputs(1 << 20);
    let mut capture = outputs.capture(8).unwrap();
    capture.collect().unwrap();
    capture.out.write_all(b"first\n").unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while outputs.size(8) < 6 {
        assert!(std::time::Instant::now() < deadline, "it stays in memory");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    capture.out.write_all(b"second\n").unwrap();
    capture.finish().await.unwrap();
    let settled = outputs.settle(8).unwrap();
    assert_eq!(settled.out.data, b"first\nsecond\n");
    assert!(settled.out.has_file && !settled.out.in_file);
    assert!(!settled.err.has_file, "what prints nothing has no file");
    outputs.discard_small(8, &settled).unwrap();
    assert!(outputs.list().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn capture_over_budget_removes_middle_while_job_runs() {
    const BUDGET: u64 = 1 << 20;
    let (_folder, outputs) = outputs(BUDGET);
    let capture = outputs.capture(1).unwrap();
    capture.collect().unwrap();
    let path = outputs.path(1, Stream::Out);
    let blocks = || std::fs::metadata(&path).map_or(0, |metadata| metadata.blocks() * 512);
    let mut pipe = capture.out.try_clone().unwrap();
    let writing = tokio::task::spawn_blocking(move || {
        let mut most = 0;
        for line in 0..400_000_u32 {
            writeln!(pipe, "line {line:>40} of the output of a job").unwrap();
            if line % 1_000 == 0 {
                most = most.max(line);
            }
        }
        most
    });
    let mut most = 0;
    while !writing.is_finished() {
        most = most.max(blocks());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    writing.await.unwrap();
    capture.finish().await.unwrap();
    let total = std::fs::metadata(&path).unwrap().len();
    assert!(total > 20 * BUDGET, "{total}");
    assert!(most < BUDGET + 3 * hole::STEP, "{most} bytes of disk");
    let settled = outputs.settle(1).unwrap();
    assert!(blocks() <= BUDGET + 3 * 4096);
    assert_eq!(
        (settled.out.total_bytes, settled.out.in_file),
        (total, true)
    );
    assert_eq!(settled.out.data.len() as u64, ROW_BYTES);
    assert!(settled.out.kept_bytes <= BUDGET + ROW_BYTES + 3 * 4096);
    let (all, cut) = follow(&outputs, 1, 10_000);
    assert_eq!(all.len() as u64 + cut, total);
    assert!(all.starts_with(b"line ") && all.ends_with(b" of the output of a job\n"));
    assert!(!all.contains(&0), "a hole was read as zeros");
    outputs.discard_small(1, &settled).unwrap();
    assert_eq!(outputs.list().unwrap().len(), 1);
    outputs.discard(1).unwrap();
    assert!(outputs.list().unwrap().is_empty());
}

#[tokio::test]
async fn wait_change_after_write_returns_new_generation() {
    let (_folder, outputs) = outputs(1 << 20);
    let mut capture = outputs.capture(3).unwrap();
    capture.collect().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let seen = outputs.generation(3);
    let follower = tokio::task::spawn_blocking({
        let outputs = outputs.clone();
        move || outputs.wait_change(3, seen, deadline)
    });
    capture.err.write_all(b".").unwrap();
    assert!(follower.await.unwrap() > seen);
    capture.finish().await.unwrap();
    let last = outputs.generation(3);
    outputs.finished(3);
    assert_ne!(outputs.wait_change(3, last, deadline), last);
}

#[tokio::test]
async fn capture_output_after_end_is_read_and_discarded() {
    let (_folder, outputs) = outputs(1 << 20);
    let mut capture = outputs.capture(4).unwrap();
    capture.collect().unwrap();
    let mut left_behind = capture.out.try_clone().unwrap();
    capture.out.write_all(b"first\n").unwrap();
    capture.finish().await.unwrap();
    let writing = tokio::task::spawn_blocking(move || left_behind.write_all(&vec![b'x'; 1 << 20]));
    writing.await.unwrap().expect("it does not die of it");
    assert_eq!(outputs.settle(4).unwrap().out.data, b"first\n");
}

#[tokio::test]
async fn capture_on_failing_disk_reads_on_and_reports_error() {
    let (_folder, outputs) = outputs(1 << 20);
    let capture = outputs.capture(5).unwrap();
    capture.collect().unwrap();
    // A file stands where the folder of the output was.
    let path = outputs.path(5, Stream::Out);
    let folder = path.parent().unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    std::fs::write(folder, "").unwrap();
    let mut pipe = capture.out.try_clone().unwrap();
    let writing = tokio::task::spawn_blocking(move || pipe.write_all(&vec![b'x'; 1 << 20]));
    writing.await.unwrap().unwrap();
    let lost = capture.finish().await.unwrap_err().to_string();
    assert!(lost.contains("could not be kept"), "{lost}");
}

#[test]
fn input_file_has_no_name_on_disk() {
    let (_folder, outputs) = outputs(1 << 20);
    let mut text = String::new();
    outputs
        .input(9, "a\nb")
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "a\nb");
    let names: Vec<_> = std::fs::read_dir(&outputs.shared.folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["running"], "the table of processes");
}
