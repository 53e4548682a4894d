//! The names of accounts and groups, so that an archive can be unpacked on a machine with other numbers.

use std::collections::HashMap;

/// Cache of the names, since a lookup may be slow.
#[derive(Default)]
pub(super) struct Owners {
    users: HashMap<u32, Option<String>>,
    groups: HashMap<u32, Option<String>>,
}

impl Owners {
    pub(super) fn user(&mut self, uid: u32) -> Option<&str> {
        let look_up = || {
            uzers::get_user_by_uid(uid)?
                .name()
                .to_str()
                .map(String::from)
        };
        self.users.entry(uid).or_insert_with(look_up).as_deref()
    }

    pub(super) fn group(&mut self, gid: u32) -> Option<&str> {
        let look_up = || {
            uzers::get_group_by_gid(gid)?
                .name()
                .to_str()
                .map(String::from)
        };
        self.groups.entry(gid).or_insert_with(look_up).as_deref()
    }
}
