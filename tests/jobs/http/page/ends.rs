//! How a session ends: by logout, by a change of its account, by its age; and what ends with it.

use std::io::Read;

use serde_json::json;

use super::super::client::{Api, PASSWORD, home_with_http};
use super::super::connect;
use super::{Browser, link, number};
use crate::support::{Home, until};

/// Opens a stream of events in a session.
fn stream(browser: &Browser) -> std::net::TcpStream {
    use std::io::Write;
    let api = browser.api();
    let mut stream = connect(api.address()).unwrap();
    let (cookie, key) = (&browser.cookie, &browser.key);
    write!(
        stream,
        "GET /jobs/events HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nX-Jobs-Page: {key}\r\nConnection: close\r\n\r\n",
        api.address()
    )
    .unwrap();
    let mut begin = [0; 15];
    stream.read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200 OK");
    stream
}

/// The text that the stream sends until it ends.
fn rest(mut stream: std::net::TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn logout_ends_the_session_and_its_stream() {
    let home = home_with_http("");
    let (one, two) = (
        Browser::logged_in(&home, "vic"),
        Browser::logged_in(&home, "vic"),
    );
    let (ended, going_on) = (stream(&one), stream(&two));
    let reply = one.api().post("/page/leave", json!({})).is(200);
    let gone = reply.header("set-cookie").unwrap();
    let name = one.cookie.split('=').next().unwrap();
    let expected = format!("{name}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    assert_eq!(gone, expected);
    // The stream ends at once, not at the next event or check.
    let heard = rest(ended);
    assert!(heard.contains("event: bye"), "{heard}");
    assert_eq!((one.status(), two.status()), (401, 200));
    one.api().post("/page/leave", json!({})).is(401);
    two.api().post("/page/leave", json!({})).is(200);
    assert!(rest(going_on).contains("event: bye"));
    let audit = home
        .jobs(&["audit", "--operation", "page_leave", "--json"])
        .ok();
    assert_eq!(audit.json()[0]["who"], "account vic");
}

#[test]
fn session_ends_with_what_its_account_was_at_the_login() {
    let home = home_with_http("");
    let add = |name: &str| super::super::client::add_account(&home, name, "viewer");
    for name in ["a", "b", "c", "d"] {
        add(name);
    }
    let sessions = ["a", "b", "c", "d"].map(|name| Browser::logged_in(&home, name));
    let followed = stream(&sessions[0]);
    home.jobs_reading(
        &["admin", "passwd", "a", "--password-stdin"],
        "another password\n",
    )
    .ok();
    assert!(rest(followed).contains("event: bye"));
    home.jobs(&["admin", "disable", "b"]).ok();
    home.jobs(&["admin", "rm", "c"]).ok();
    home.jobs(&["admin", "edit", "d", "--role", "operator"])
        .ok();
    let found: Vec<u16> = sessions.iter().map(Browser::status).collect();
    assert_eq!(found, [401, 401, 401, 200]);
    // The role is the present one.
    let role = sessions[3].api().get("/page/session").is(200).data();
    assert_eq!(role["role"], "operator");
    home.jobs(&["admin", "enable", "b"]).ok();
    add("c");
    let found: Vec<u16> = sessions.iter().map(Browser::status).collect();
    assert_eq!(found, [401, 401, 401, 200], "nothing brings a session back");
    assert_eq!(number_of_sessions(&home), 1);
    let user = Browser::entered(&home, &link(&home, &[]));
    home.jobs(&["admin", "rotate-key"]).ok();
    assert_eq!((sessions[3].status(), user.status()), (401, 401));
}

#[test]
fn session_ends_at_its_age_and_its_stream_with_it() {
    let home = home_with_http("  session_max: 2s\n");
    let vic = Browser::logged_in(&home, "vic");
    until("the session ends although it is used", || {
        (vic.status() == 401).then_some(())
    });
    assert_eq!(number_of_sessions(&home), 0);
}

#[test]
fn session_ends_when_it_is_not_used() {
    let home = home_with_http("  session_idle: 1s\n");
    let vic = Browser::logged_in(&home, "vic");
    let link = link(&home, &[]);
    until("the session is not listed any more", || {
        (number_of_sessions(&home) == 0).then_some(())
    });
    assert_eq!(vic.status(), 401);
    Browser::entered(&home, &link);
}

fn number_of_sessions(home: &Home) -> usize {
    let all = home
        .jobs(&["session", "list", "--all", "--json"])
        .ok()
        .json();
    all.as_array().unwrap().len()
}

#[test]
fn session_outlives_a_restart_of_the_daemon() {
    let mut home = home_with_http("");
    let vic = Browser::logged_in(&home, "vic");
    let id = number(&vic);
    home.terminate();
    home.start();
    // The server has another port, and a browser would keep the cookies of the two apart.
    let nobody = Api::anonymous(&home);
    let port = nobody.address().rsplit(':').next().unwrap();
    let cookie = format!("jobs-{port}={}", vic.secret());
    let again = nobody
        .with_header("cookie", &cookie)
        .with_header("x-jobs-page", &vic.key);
    let sessions = again.post("/api/session_list", json!({})).is(200).data();
    assert_eq!(sessions[0]["id"], id);
    home.jobs(&["session", "rm", &id.to_string()]).ok();
    again.post("/api/session_list", json!({})).is(401);
}

#[test]
fn one_user_has_at_most_fifty_sessions() {
    let home = home_with_http("");
    let first = Browser::entered(&home, &link(&home, &[]));
    let ann = Browser::logged_in(&home, "ann");
    for _ in 0..50 {
        let link = ann
            .api()
            .post("/api/page_link", json!({"as": "vic"}))
            .is(200)
            .data();
        Browser::entered(&home, link["secret"].as_str().unwrap());
    }
    let vic = Browser::logged_in(&home, "vic");
    let sessions = vic
        .api()
        .post("/api/session_list", json!({}))
        .is(200)
        .data();
    assert_eq!(sessions.as_array().unwrap().len(), 50);
    assert_eq!(
        (first.status(), ann.status()),
        (200, 200),
        "others keep theirs"
    );
}

#[test]
fn cookies_of_two_daemons_stand_beside_each_other() {
    let homes = [home_with_http(""), home_with_http("")];
    let browsers = homes.each_ref().map(|home| Browser::logged_in(home, "vic"));
    let cookies = format!("{}; {}", browsers[0].cookie, browsers[1].cookie);
    for browser in &browsers {
        let api = browser.with(Some(&cookies), Some(&browser.key));
        api.get("/page/session").is(200);
    }
    // The key of the one is worth nothing at the other.
    let crossed = browsers[0].with(Some(&cookies), Some(&browsers[1].key));
    crossed.get("/page/session").is(401);
    let nobody = Api::anonymous(&homes[0]).with_header("cookie", &cookies);
    super::login(&nobody, "ann", PASSWORD).is(200);
}
