//! The memory of this process. The allocator of glibc keeps what one large request took, for ever if something small that is
//! still in use lies behind it; others see to it by themselves.

use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    use std::ffi::c_int;

    /// How much that is free may be left at the end of each of its heaps. Of itself it leaves twice of the largest piece of
    /// memory that was ever given back, up to 64 MiB. Once this is said, pieces of 128 KiB and more are always asked of the
    /// system and given back to it, which only what is large does here.
    const LEFT: c_int = 1024 * 1024;

    pub fn bound() {
        // SAFETY: it takes no pointer, and may be called from any thread at any time.
        #[allow(unsafe_code)]
        let done = unsafe { libc::mallopt(libc::M_TRIM_THRESHOLD, LEFT) };
        // It is refused only where it is not known, and then nothing is lost but some memory.
        debug_assert_eq!(done, 1, "mallopt knows M_TRIM_THRESHOLD");
    }

    pub fn give_back() {
        // SAFETY: it takes no pointer, touches nothing that is in use, and may be called from any thread at any time.
        #[allow(unsafe_code)]
        unsafe {
            libc::malloc_trim(0);
        }
    }
}

/// To be called once, by a process that is to stay: has what is free given back as far as that is cheap.
pub fn bound() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc::bound();
}

/// Has all that is free given back, by a thread of the runtime that may block. To be called after something that took much;
/// it takes some milliseconds for each 100 MB, and what is asked for meanwhile is done by the same thread.
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
