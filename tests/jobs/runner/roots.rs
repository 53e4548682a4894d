//! The folders to which functions that read or write files are restricted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::func::add;
use crate::support::Home;

#[test]
fn file_functions_stay_in_allowed_folders() {
    let mut home = Home::new();
    for folder in ["in", "out", "in/sub"] {
        std::fs::create_dir(home.path(folder)).unwrap();
    }
    home.write("in/a.txt", "one\n");
    home.write("in/sub/b.txt", "two\n");
    home.write("secret.txt", "no\n");
    let place = |name: &str| home.path(name).display().to_string();
    let (input, output, secret) = (place("in"), place("out"), place("secret.txt"));
    home.write(
        "config.yaml",
        &format!("jobs: {{func_roots: [{input}, {output}]}}\n"),
    );
    home.start();
    add(&home, "read", "File", &["read", &secret]);
    home.jobs(&["run", "read", "--wait"])
        .fails(1)
        .says(&["jobs.func_roots"]);
    add(&home, "backup", "Backup", &[&input, &output, "keep=2"]);
    for _ in 0..3 {
        home.jobs(&["run", "backup", "--wait"])
            .ok()
            .shows(&["verified"]);
    }
    let archives: Vec<_> = std::fs::read_dir(&output)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(archives.len(), 2, "{archives:?}");
    let restored = home.path("restored");
    std::fs::create_dir(&restored).unwrap();
    let mut archive = tar::Archive::new(
        zstd::stream::read::Decoder::new(std::fs::File::open(&archives[0]).unwrap()).unwrap(),
    );
    archive.unpack(&restored).unwrap();
    let diff = std::process::Command::new("diff")
        .args(["-r", &input])
        .arg(restored.join("in"))
        .output()
        .unwrap();
    assert!(
        diff.status.success(),
        "{}",
        String::from_utf8_lossy(&diff.stdout)
    );
    // A reloaded configuration applies to the next call.
    home.write("config.yaml", "");
    home.jobs(&["reload"]).ok();
    home.jobs(&["run", "read", "--wait"]).ok().shows(&["no"]);
}

#[test]
fn file_functions_never_leave_a_root_that_changes_under_them() {
    let mut home = Home::new();
    for folder in ["in", "in/sub", "outside"] {
        std::fs::create_dir(home.path(folder)).unwrap();
    }
    home.write("in/sub/file", "of the root");
    home.write("outside/file", "of others");
    let root = home.path("in");
    let shown = root.display().to_string();
    home.write(
        "config.yaml",
        &format!("jobs: {{func_roots: [\"{shown}\"]}}\n"),
    );
    home.start();
    add(
        &home,
        "read",
        "File",
        &["read", &format!("{shown}/sub/file")],
    );
    // While the calls run, the folder is a link to the outside half of the time.
    let ends = Arc::new(AtomicBool::new(false));
    let swaps = {
        let (sub, aside) = (root.join("sub"), root.join("aside"));
        let (outside, ends) = (home.path("outside"), ends.clone());
        std::thread::spawn(move || {
            let mut number = 0_u32;
            while !ends.load(Ordering::Relaxed) {
                std::fs::rename(&sub, &aside).unwrap();
                std::os::unix::fs::symlink(&outside, &sub).unwrap();
                std::fs::remove_file(&sub).unwrap();
                std::fs::rename(&aside, &sub).unwrap();
                number += 1;
            }
            number
        })
    };
    let mut was_read = 0;
    for _ in 0..20 {
        let ran = home.jobs(&["run", "read", "--wait"]);
        assert!(!ran.stdout.contains("of others"), "{}", ran.stdout);
        was_read += u32::from(ran.stdout.contains("of the root"));
    }
    ends.store(true, Ordering::Relaxed);
    let swaps = swaps.join().unwrap();
    eprintln!("{was_read} of 20 calls read the file, during {swaps} swaps");
    // A root that becomes a link is not followed until the configuration is read again.
    std::fs::rename(&root, home.path("moved")).unwrap();
    std::fs::create_dir(home.path("outside/sub")).unwrap();
    home.write("outside/sub/file", "of another folder");
    std::os::unix::fs::symlink("outside", &root).unwrap();
    home.jobs(&["run", "read", "--wait"]).fails(1).says(&[
        "leads to `",
        "outside` now",
        "jobs reload",
    ]);
    home.jobs(&["reload"]).ok();
    home.jobs(&["run", "read", "--wait"])
        .ok()
        .shows(&["of another folder"]);
}
