//! The names of accounts and groups, so that an archive can be unpacked where they have other numbers.

use std::collections::HashMap;

/// What was asked already: the system's answer may take its time.
#[derive(Default)]
pub(super) struct Owners {
    users: HashMap<u32, Option<String>>,
    groups: HashMap<u32, Option<String>>,
}

impl Owners {
    pub(super) fn user(&mut self, uid: u32) -> Option<&str> {
        let ask = || {
            uzers::get_user_by_uid(uid)?
                .name()
                .to_str()
                .map(String::from)
        };
        self.users.entry(uid).or_insert_with(ask).as_deref()
    }

    pub(super) fn group(&mut self, gid: u32) -> Option<&str> {
        let ask = || {
            uzers::get_group_by_gid(gid)?
                .name()
                .to_str()
                .map(String::from)
        };
        self.groups.entry(gid).or_insert_with(ask).as_deref()
    }
}
