//! The files of the page as browsers load them.

use std::io::Read;

use super::super::client::{Api, Reply, home_with, home_with_http};
use crate::support::Home;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

fn browser(home: &Home) -> Api {
    Api::anonymous(home).with_header("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
}

/// The addresses in the page that lead to its files.
fn addresses(page: &Reply) -> Vec<String> {
    let text = page.text();
    let parts = text.split('"').filter(|part| part.starts_with("/page/"));
    parts.map(str::to_string).collect()
}

fn is_guarded(reply: &Reply) {
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{name}");
    }
}

#[test]
fn page_and_its_files_load_without_a_login() {
    let home = home_with_http("");
    let api = browser(&home);
    let page = api.get("/");
    assert_eq!(page.status, 200);
    is_guarded(&page);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let files = addresses(&page);
    assert!(files.len() >= 2, "{files:?}");
    for address in files {
        let file = api.get(&address);
        assert_eq!(file.status, 200, "{address}");
        is_guarded(&file);
        let caching = file.header("cache-control");
        assert_eq!(caching, Some("public, max-age=31536000, immutable"));
        let kind = match address.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            other => panic!("{other}"),
        };
        assert_eq!(file.header("content-type"), Some(kind), "{address}");
        assert!(!file.body.is_empty());
    }
}

#[test]
fn file_that_the_browser_has_is_not_sent_again() {
    let home = home_with_http("");
    let api = browser(&home);
    let module = addresses(&api.get("/")).pop().unwrap();
    for path in ["/", module.as_str()] {
        for coding in ["identity", "gzip", "gzip, deflate, br, zstd"] {
            let api = api.with_header("accept-encoding", coding);
            let whole = api.get(path);
            let tag = whole.header("etag").unwrap().to_string();
            assert!(!tag.starts_with("W/"), "{tag}");
            for given in [
                tag.clone(),
                format!("W/{tag}"),
                format!("\"x\", {tag}"),
                "*".into(),
            ] {
                let known = api.with_header("if-none-match", &given).get(path);
                assert_eq!((known.status, known.body.len()), (304, 0), "{path} {given}");
                assert_eq!(known.header("etag"), Some(tag.as_str()));
                assert_eq!(known.header("cache-control"), whole.header("cache-control"));
                is_guarded(&known);
            }
            let other = api
                .with_header("if-none-match", "\"000000000000\"")
                .get(path);
            assert_eq!((other.status, other.body.len()), (200, whole.body.len()));
        }
    }
}

#[test]
fn packed_file_has_the_same_bytes_and_another_tag() {
    let home = home_with_http("");
    let api = browser(&home);
    let module = addresses(&api.get("/")).pop().unwrap();
    let plain = api.with_header("accept-encoding", "identity").get(&module);
    let packed = api.with_header("accept-encoding", "gzip").get(&module);
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_ne!(plain.header("etag"), packed.header("etag"));
    let mut unpacked = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(packed.body.as_slice());
    match reader.read_to_end(&mut unpacked) {
        Ok(_) => assert_eq!(unpacked, plain.body),
        // The client has unpacked it already.
        Err(_) => assert_eq!(packed.body, plain.body),
    }
}

#[test]
fn only_files_of_this_version_are_there() {
    let home = home_with_http("");
    let api = browser(&home);
    let module = addresses(&api.get("/")).pop().unwrap();
    let mut parts = module.splitn(4, '/').skip(2);
    let (hash, name) = (parts.next().unwrap(), parts.next().unwrap());
    for path in [
        format!("/page/000000000000/{name}"),
        format!("/page/{hash}0/{name}"),
        format!("/page/HASH/{name}"),
        format!("/page/{name}"),
        format!("/page/{hash}/index.html"),
        format!("/page/{hash}/mod.rs"),
        format!("/page/{hash}/"),
        format!("/page/{hash}"),
        format!("/page/{hash}/%2e%2e/mod.rs"),
        format!("/page/{hash}/..%2fmod.rs"),
        "/page/".into(),
        "/page".into(),
        "/index.html".into(),
    ] {
        assert_eq!(api.get(&path).status, 404, "{path}");
    }
    assert_eq!(api.post("/", serde_json::json!({})).status, 405);
}

#[test]
fn older_clients_get_json_and_browsers_the_page() {
    let home = home_with("");
    let nobody = Api::anonymous(&home);
    for accept in ["*/*", "application/json", "text/plain"] {
        let root = nobody.with_header("accept", accept).get("/").is(200);
        assert_eq!(root.data()["health"], "/jobs/health", "{accept}");
        assert_eq!(root.header("vary"), Some("accept"));
    }
    for accept in ["text/html", "application/xhtml+xml, TEXT/HTML;q=0.9"] {
        let root = nobody.with_header("accept", accept).get("/");
        assert_eq!(root.status, 200);
        assert_eq!(
            root.header("content-type"),
            Some("text/html; charset=utf-8")
        );
    }
}

#[test]
fn closed_page_is_not_there() {
    for (compatible, root) in [("true", 200), ("false", 404)] {
        let home = home_with(&format!("  compatible: {compatible}\n  page: false\n"));
        let api = browser(&home);
        api.get("/").is(root);
        api.get("/page/session").is(404);
        let login = serde_json::json!({"username": "ann", "password": "x"});
        api.post("/page/login", login).is(404);
        api.post("/page/enter", serde_json::json!({"link": "x"}))
            .is(404);
        api.post("/page/leave", serde_json::json!({})).is(404);
        let done = home.jobs(&["page", "--print"]);
        assert_eq!(done.code, 1);
        assert!(
            done.stderr.contains("`server.page` is false"),
            "{}",
            done.stderr
        );
        home.write(
            "config.yaml",
            &home
                .read("config.yaml")
                .replace("page: false", "page: true"),
        );
        home.jobs(&["reload"]).ok();
        assert_eq!(api.get("/").header("cache-control"), Some("no-cache"));
    }
}

/// A debug build only, as this one is.
#[cfg(debug_assertions)]
#[test]
fn folder_of_the_environment_replaces_the_files() {
    let mut home = Home::new();
    std::fs::create_dir_all(home.path("files/base")).unwrap();
    home.write(
        "files/index.html",
        "<!-- modules --><script src=\"/page/HASH/base/a.js\">",
    );
    home.write("files/app.js", "import { a } from './base/a.js';\n");
    home.write("files/base/a.js", "1");
    home.write("secret.txt", "hidden");
    let files = home.path("files");
    home.set_env("JOBS_PAGE_DIR", files.to_str().unwrap());
    home.write("config.yaml", "server:\n  enabled: true\n  port: 0\n");
    home.start();
    let api = browser(&home);
    let page = api.get("/");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let module = addresses(&page).pop().unwrap();
    assert_eq!(
        page.text().matches("modulepreload").count(),
        2,
        "{}",
        page.text()
    );
    assert_eq!(api.get(&module).text(), "1");
    home.write("files/base/a.js", "2");
    assert_eq!(api.get(&module).text(), "2");
    let beside = module.replace("base/a.js", "%2e%2e/secret.txt");
    assert_eq!(api.get(&beside).status, 404);
}
