use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use super::*;

fn outputs(budget: u64) -> (tempfile::TempDir, Outputs) {
    let folder = tempfile::tempdir().unwrap();
    let outputs = Outputs::open(folder.path().join("output"), budget).unwrap();
    (folder, outputs)
}

/// The whole of a stream as a follower gets it, with what was cut.
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

#[test]
fn small_output_moves_into_the_row() {
    let (_folder, outputs) = outputs(1 << 20);
    let mut files = outputs.create(7).unwrap();
    files.out.write_all(b"hello\xff\n").unwrap();
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
    assert_eq!(settled.err, Kept::default());
    assert_eq!(outputs.list().unwrap(), [7, 7]);
    outputs.discard_small(7, &settled).unwrap();
    assert!(outputs.list().unwrap().is_empty());
    assert_eq!(outputs.read(7, Stream::Out, 3, 10).unwrap().next, 3);
}

#[test]
fn the_middle_goes_while_the_job_goes_on() {
    const BUDGET: u64 = 1 << 20;
    let (_folder, outputs) = outputs(BUDGET);
    let mut files = outputs.create(1).unwrap();
    let mut most = 0;
    for line in 0..400_000_u32 {
        writeln!(files.out, "line {line:>40} of the output of a job").unwrap();
        if line % 1_000 == 0 {
            outputs.written(1, Stream::Out);
            most = most.max(files.out.metadata().unwrap().blocks() * 512);
        }
    }
    let total = files.out.metadata().unwrap().len();
    assert!(total > 20 * BUDGET, "{total}");
    assert!(most < BUDGET + 3 * hole::STEP, "{most} bytes of disk");
    let settled = outputs.settle(1).unwrap();
    assert!(files.out.metadata().unwrap().blocks() * 512 <= BUDGET + 3 * 4096);
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
async fn a_follower_is_woken_by_what_is_written() {
    let (_folder, outputs) = outputs(1 << 20);
    let stop = CancellationToken::new();
    let watcher = tokio::spawn({
        let (outputs, stop) = (outputs.clone(), stop.clone());
        async move { outputs.watch(stop).await }
    });
    let mut files = outputs.create(3).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    // The watch may begin a little later than the first write, so it is written until it is seen.
    let seen = outputs.generation(3);
    let follower = tokio::task::spawn_blocking({
        let outputs = outputs.clone();
        move || outputs.wait_change(3, seen, deadline)
    });
    while !follower.is_finished() && Instant::now() < deadline {
        files.err.write_all(b".").unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(follower.await.unwrap() > seen);
    let last = outputs.generation(3);
    outputs.finished(3);
    assert_ne!(outputs.wait_change(3, last, deadline), last);
    stop.cancel();
    watcher.await.unwrap().unwrap();
}

#[test]
fn what_a_job_reads_has_no_name_on_disk() {
    let (_folder, outputs) = outputs(1 << 20);
    let mut text = String::new();
    outputs
        .input(9, "a\nb")
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "a\nb");
    assert_eq!(
        std::fs::read_dir(&outputs.shared.folder).unwrap().count(),
        0
    );
}
