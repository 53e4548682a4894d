//! The accounts of this machine, as far as a name has to be recognised.

/// Whether an account of that name exists.
#[cfg(unix)]
pub(super) fn exists(name: &str) -> bool {
    uzers::get_user_by_name(name).is_some()
}

#[cfg(not(unix))]
pub(super) fn exists(_: &str) -> bool {
    false
}
