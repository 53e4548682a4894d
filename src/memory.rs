//! The memory of this process. The allocator of glibc keeps what one large request took, for ever if something small that is
//! still in use lies behind it; others see to it by themselves.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    use std::ffi::c_int;

    /// How much that is free may be left at the end of each of its heaps. Of itself it leaves twice of the largest piece of
    /// memory that was ever given back, up to 64 MiB.
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

/// Gives back all that is free. To be called after something that took much; takes some milliseconds for each 100 MB.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc::give_back();
}
