//! The lists of allowed and refused networks.

use serde_json::{Value, json};

use super::{audit, change};
use crate::support::Home;

#[test]
fn ip_lists_are_read_from_config_changed_and_stored() {
    let mut home = Home::with_config("ip_control:\n  blacklist: [192.0.2.0/24]\n");
    let status = |home: &Home| home.jobs(&["ip", "status", "--json"]).ok().json();
    assert_eq!(
        status(&home),
        json!({"enabled": true, "whitelist": ["127.0.0.1", "::1"], "blacklist": ["192.0.2.0/24"]})
    );
    home.jobs(&["ip", "add", "whitelist", "::ffff:10.0.0.7"])
        .ok()
        .shows(&["10.0.0.7"]);
    home.jobs(&["ip", "add", "whitelist", "10.0.0.7/32"]).ok();
    home.jobs(&["ip", "add", "blacklist", "10.0.0.7"]).ok();
    home.jobs(&["ip", "remove", "whitelist", "::1"]).ok();
    home.jobs(&["ip", "remove", "whitelist", "::1"])
        .fails(1)
        .says(&["no such network: `::1 (whitelist)`"]);
    home.jobs(&["ip", "add", "whitelist", "10.0.0.7/8"])
        .fails(2)
        .says(&["hint: the network is `10.0.0.0/8`"]);
    home.jobs(&["ip", "add", "greylist", "::1"]).fails(2);
    let (before, after) = change(&home, "ip_remove");
    assert_eq!((before, after), (Value::Null, Value::Null), "it failed");
    let done = audit(&home, &["--operation", "ip_remove", "--outcome", "done"]);
    assert_eq!(done[0]["before"], json!({"whitelist ::1": true}));
    assert_eq!(done[0]["target"], "whitelist ::1");
    let changed = json!({
        "enabled": true,
        "whitelist": ["127.0.0.1", "10.0.0.7"],
        "blacklist": ["192.0.2.0/24", "10.0.0.7"]
    });
    assert_eq!(status(&home), changed);
    home.terminate();
    home.start();
    assert_eq!(status(&home), changed, "what was changed stays");

    home.write(
        "config.yaml",
        "ip_control:\n  enabled: false\n  whitelist: [127.0.0.1, 198.51.100.7]\n",
    );
    home.jobs(&["reload"]).ok();
    assert_eq!(
        status(&home),
        json!({
            "enabled": false,
            "whitelist": ["127.0.0.1", "10.0.0.7", "198.51.100.7"],
            "blacklist": ["10.0.0.7"]
        })
    );
    home.jobs(&["ip", "status"]).ok().shows(&["off"]);
    // A broken configuration changes nothing.
    home.write("config.yaml", "ip_control:\n  whitelist: [10.0.0.7/8]\n");
    home.jobs(&["reload"])
        .fails(2)
        .says(&["ip_control.whitelist", "10.0.0.0/8"]);
    assert_eq!(status(&home)["enabled"], false);
}
