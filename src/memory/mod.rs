//! Returns free memory of this process to the system. The allocator of glibc keeps the memory of a large request, for ever if a small
//! block behind it is still in use. Other allocators return free memory on their own.

use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    use std::ffi::c_int;

    /// Upper bound on free memory at the end of each heap of glibc, in bytes. By default glibc keeps twice the size of the largest
    /// block that was ever freed, up to 64 MiB. With this setting glibc always maps blocks of 128 KiB and more and unmaps them when
    /// they are freed; only large data here needs such blocks.
    const LEFT: c_int = 1024 * 1024;

    pub fn bound() {
        // SAFETY: mallopt takes no pointer, and any thread may call it at any time.
        #[allow(unsafe_code)]
        let done = unsafe { libc::mallopt(libc::M_TRIM_THRESHOLD, LEFT) };
        // mallopt fails only if glibc does not know the parameter; the cost is some memory.
        debug_assert_eq!(done, 1, "mallopt knows M_TRIM_THRESHOLD");
    }

    pub fn give_back() {
        // SAFETY: malloc_trim takes no pointer, frees no memory in use, and any thread may call it at any time.
        #[allow(unsafe_code)]
        unsafe {
            libc::malloc_trim(0);
        }
    }
}

/// Limits the free memory that the allocator keeps. Call it once, in a process that runs for long.
pub fn bound() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc::bound();
}

/// Returns all free memory to the system, on a thread of the runtime that may block. Call it after work that needed much memory. It
/// takes some milliseconds for each 100 MB; the same thread serves requests that come meanwhile.
pub fn give_back_soon() {
    static ASKED: AtomicU64 = AtomicU64::new(0);
    if ASKED.fetch_add(1, Ordering::AcqRel) > 0 {
        return;
    }
    tokio::task::spawn_blocking(|| {
        let mut asked = 1;
        while asked > 0 {
            #[cfg(all(target_os = "linux", target_env = "gnu"))]
            glibc::give_back();
            asked = ASKED.fetch_sub(asked, Ordering::AcqRel) - asked;
        }
    });
}
