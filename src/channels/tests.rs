//! The presets of the program.

use super::built_in::FILES;
use super::*;

#[test]
fn built_in_presets_can_be_read() {
    let presets = Presets::built_in();
    for (name, _) in FILES {
        let preset = presets.find(name).unwrap();
        assert!(
            !preset.about.is_empty() && !preset.source.is_empty(),
            "{name}"
        );
    }
    assert_eq!(presets.all().count(), FILES.len());
}
