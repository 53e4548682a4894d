//! The routes of accounts, addresses and the configuration.

use serde_json::json;

use crate::http::client::{Api, PASSWORD, home_with_http};

#[test]
fn routes_of_networks_and_config_change_them() {
    let home = home_with_http("");
    let api = Api::logged_in(&home, "ann");
    let lists = api.get("/jobs/ip-control/status").is(200).data();
    assert_eq!(
        lists,
        json!({"enabled": true, "whitelist": ["127.0.0.1", "::1"], "blacklist": []})
    );
    api.post(
        "/jobs/ip-control/whitelist/add",
        json!({"ip": "10.0.0.0/8"}),
    )
    .is(200);
    api.form("/jobs/ip-control/blacklist/add", "ip=10.1.2.3")
        .is(200);
    let lists = api.get("/jobs/ip-control/status").is(200).data();
    assert_eq!(lists["whitelist"][2], "10.0.0.0/8");
    assert_eq!(lists["blacklist"], json!(["10.1.2.3"]));
    api.post(
        "/jobs/ip-control/whitelist/remove",
        json!({"ip": "10.0.0.0/8"}),
    )
    .is(200);
    api.post(
        "/jobs/ip-control/whitelist/remove",
        json!({"ip": "10.0.0.0/8"}),
    )
    .is(404);
    api.post(
        "/jobs/ip-control/blacklist/remove",
        json!({"ip": "10.1.2.3"}),
    )
    .is(200);
    for path in [
        "whitelist/add",
        "whitelist/remove",
        "blacklist/add",
        "blacklist/remove",
    ] {
        let path = format!("/jobs/ip-control/{path}");
        api.post(&path, json!({"ip": "10.0.0.256"})).refuses("ip");
        api.post(&path, json!({})).refuses("ip");
        api.post(&path, json!({"ip": "10.0.0.1", "list": "whitelist"}))
            .refuses("list");
    }
    let reloaded = api.post("/jobs/reload-config", json!({})).is(200).data();
    assert_eq!(reloaded["warnings"], json!([]));
    let config = home.read("config.yaml");
    home.write("config.yaml", "jobs:\n  kill_grace: soon\n");
    api.post("/jobs/reload-config", json!({}))
        .refuses("jobs.kill_grace");
    home.write("config.yaml", &format!("{config}jobs:\n  kill_grace: 7\n"));
    api.post("/jobs/reload-config", json!({})).is(200);
    assert_eq!(api.get("/jobs/config").is(200).data()["kill_grace"], 7);
}

#[test]
fn routes_of_accounts_manage_them() {
    let home = home_with_http("");
    let ann = Api::logged_in(&home, "ann");
    let nobody = Api::anonymous(&home);
    let login = |name: &str, password: &str| {
        nobody.post(
            "/admin/login",
            json!({"username": name, "password": password}),
        )
    };
    let data = login("ann", PASSWORD).is(200).data();
    assert_eq!(data["user"]["username"], "ann");
    assert_eq!(data["user"]["role"], "admin");
    assert!(data["user"]["id"].is_i64() && data["user"]["email"].is_string());
    nobody
        .form(
            "/admin/login",
            &format!("username=ann&password={}", PASSWORD.replace(' ', "+")),
        )
        .is(200);
    let wrong = login("ann", "wrong").is(401).json();
    assert_eq!(login("nemo", "wrong").is(401).json(), wrong);
    nobody
        .post("/admin/login", json!({"username": "ann"}))
        .refuses("password");

    let bob = json!({"username": "bob", "password": PASSWORD, "email": "bob@example.com", "role": "operator"});
    let added = ann.post("/admin/register", bob.clone()).is(200).data();
    ann.post("/admin/register", bob.clone()).is(409);
    nobody.post("/admin/register", bob).is(401);
    for (account, field) in [
        (json!({"username": "x", "password": "short"}), "password"),
        (json!({"username": "a b", "password": PASSWORD}), "username"),
        (
            json!({"username": "x", "password": PASSWORD, "role": "god"}),
            "role",
        ),
        (
            json!({"username": "x", "password": PASSWORD, "email": "nobody"}),
            "email",
        ),
        (json!({"username": "x"}), "password"),
    ] {
        ann.post("/admin/register", account).refuses(field);
    }
    let list = ann.get("/admin/list?page=1&size=10").is(200).json();
    assert_eq!(list["total"], 4);
    let bob = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|account| account["username"] == "bob")
        .unwrap()
        .clone();
    for name in [
        "id",
        "username",
        "email",
        "role",
        "status",
        "last_login",
        "created_at",
        "updated_at",
    ] {
        assert!(bob.get(name).is_some(), "{name} in {bob}");
    }
    assert!(!list.to_string().contains("argon2"), "{list}");

    let as_bob = nobody.with_token(
        login("bob", PASSWORD).is(200).data()["token"]
            .as_str()
            .unwrap(),
    );
    let profile = as_bob.get("/admin/profile").is(200).data();
    assert_eq!(profile["username"], "bob");
    assert!(profile["last_login"].is_string());
    as_bob
        .post("/admin/profile", json!({"email": "b@example.org"}))
        .is(200);
    assert_eq!(
        as_bob.get("/admin/profile").is(200).data()["email"],
        "b@example.org"
    );
    as_bob
        .post("/admin/profile", json!({"role": "admin"}))
        .is(400);
    // A token alone is not enough to change the password.
    let new = "another horse";
    for (body, field) in [
        (json!({"password": new}), "current_password"),
        (
            json!({"password": new, "current_password": ""}),
            "current_password",
        ),
        (
            json!({"password": new, "current_password": "wrong horse"}),
            "current_password",
        ),
    ] {
        as_bob.post("/admin/profile", body).refuses(field);
    }
    as_bob
        .send("POST", "/admin/profile?current_password=x", None, b"")
        .refuses("current_password");
    as_bob.get("/admin/profile").is(200);
    as_bob
        .post(
            "/admin/profile",
            json!({"password": new, "current_password": PASSWORD}),
        )
        .is(200);
    as_bob.get("/admin/profile").is(401);
    login("bob", PASSWORD).is(401);
    let as_bob = nobody.with_token(
        login("bob", "another horse").is(200).data()["token"]
            .as_str()
            .unwrap(),
    );

    let id = added["id"].clone();
    ann.post("/admin/status", json!({"id": id, "status": 0}))
        .is(200);
    as_bob.get("/admin/profile").is(401);
    login("bob", "another horse").is(401);
    ann.post("/admin/status", json!({"id": id, "status": 1}))
        .is(200);
    login("bob", "another horse").is(200);
    as_bob.get("/admin/profile").is(401);
    ann.post("/admin/status", json!({"id": id, "status": 3}))
        .refuses("status");
    ann.post("/admin/status", json!({"id": 99, "status": 1}))
        .is(404);
    // The original system reads the number from the query.
    ann.form(&format!("/admin/delete?id={id}"), "").is(200);
    ann.post("/admin/delete", json!({"id": id})).is(404);
    ann.post("/admin/delete", json!({"id": "ann"})).is(409);
}

#[test]
fn admin_gives_the_current_password_for_the_own_account_only() {
    let home = home_with_http("");
    let ann = Api::logged_in(&home, "ann");
    let new = "another horse";
    ann.post(
        "/api/admin_passwd",
        json!({"admin": "vic", "password": new}),
    )
    .is(200);
    for admin in ["ann", "ANN", "1"] {
        ann.post(
            "/api/admin_passwd",
            json!({"admin": admin, "password": new}),
        )
        .status_is_one_of(&[400, 404]);
    }
    let own = json!({"admin": "ann", "password": new, "current_password": PASSWORD});
    ann.post("/api/admin_passwd", own).is(200);
    ann.get("/admin/profile").is(401);
}

#[test]
fn wrong_current_passwords_count_as_failed_logins() {
    let home = home_with_http("");
    let vic = Api::logged_in(&home, "vic");
    let statuses: Vec<u16> = (0..8)
        .map(|number| {
            let guess = format!("wrong horse {number}");
            let body = json!({"password": "another horse", "current_password": guess});
            vic.post("/admin/profile", body).status
        })
        .collect();
    assert_eq!(statuses[..5], [400; 5]);
    assert!(statuses.contains(&429), "{statuses:?}");
}
