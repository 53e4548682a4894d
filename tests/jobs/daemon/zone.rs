//! The zone of a daemon that is started with `TZ`.

use crate::support::Home;

#[test]
fn zone_that_tz_does_not_name_is_a_warning_everywhere() {
    for (value, advice) in [
        ("\"Europe/Berlin\"", "without the quotes"),
        ("Europe/Berln", "did you mean `Europe/Berlin`?"),
    ] {
        let mut home = Home::new();
        home.set_env("TZ", value);
        home.start();
        let warning = "is not a known time zone: times are read in UTC";
        home.jobs(&["status"])
            .ok()
            .says(&[warning, advice])
            .shows(&["UTC"]);
        home.jobs(&["check"]).ok().says(&[warning]);
        home.jobs(&["next", "0 9 * * *"]).ok().says(&[warning]);
        assert!(home.system_log().contains(warning), "{}", home.system_log());
        let status = home.jobs(&["status", "--json"]).ok().json();
        assert_eq!(status["warnings"].as_array().unwrap().len(), 1, "{status}");
    }
}

#[test]
fn file_of_tz_that_is_none_is_a_warning_and_not_waited_for() {
    let place = Home::new();
    let pipe = place.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for value in [pipe.to_str().unwrap(), "/dev/zero", "/usr/share/zoneinfo"] {
        let mut home = Home::new();
        home.set_env("TZ", value);
        home.start();
        home.jobs(&["next", "0 9 * * *"])
            .ok()
            .says(&["is not a known time zone: times are read in UTC"]);
    }
}

#[test]
fn zone_in_a_folder_of_the_database_is_found() {
    for value in ["posix/Asia/Tokyo", "right/Asia/Tokyo", ":Asia/Tokyo"] {
        let mut home = Home::new();
        home.set_env("TZ", value);
        let done = home
            .jobs(&["next", "0 9 * * *", "--count", "1", "--json"])
            .ok();
        let text = done.json()[0].as_str().unwrap().to_string();
        assert!(text.ends_with("T09:00:00+09:00"), "{value}: {text}");
    }
}

#[test]
fn variables_that_lead_to_a_pipe_are_refused_at_the_start() {
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "TZDIR"] {
        let mut home = Home::new();
        let folder = home.path("folder");
        std::fs::create_dir_all(folder.join("Europe")).unwrap();
        let pipe = match name {
            "SSL_CERT_FILE" => home.path("pipe"),
            "SSL_CERT_DIR" => folder.join("pipe"),
            _ => folder.join("Europe/Rome"),
        };
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let value = if name == "SSL_CERT_FILE" {
            &pipe
        } else {
            &folder
        };
        home.set_env(name, value.to_str().unwrap());
        home.jobs(&["start", "-d"]).fails(2).says(&[
            name,
            pipe.to_str().unwrap(),
            "unset the variable",
        ]);
    }
    let mut home = Home::new();
    home.set_env("SSL_CERT_FILE", "/dev/null");
    home.start();
    home.jobs(&["status"]).ok();
}
