//! The OpenAPI document and Swagger UI.

use std::collections::BTreeSet;

use serde_json::Value;

use super::client::{Api, home_with_http};

/// Collects every `$ref` of a document.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.insert(reference.clone());
            }
            members
                .values()
                .for_each(|member| references(member, found));
        }
        Value::Array(members) => members.iter().for_each(|member| references(member, found)),
        _ => {}
    }
}

#[test]
fn openapi_document_matches_the_golden_file() {
    let path = format!("{}/tests/golden/openapi.json", env!("CARGO_MANIFEST_DIR"));
    let home = home_with_http("");
    let api = Api::anonymous(&home);
    let served = api.get("/openapi.json");
    assert_eq!(served.header("content-type"), Some("application/json"));
    if std::env::var_os("JOBS_BLESS").is_some() {
        std::fs::write(&path, &served.body).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == served.text(),
        "`tests/golden/openapi.json` has drifted: the same test with JOBS_BLESS=1 mends it"
    );
    assert_eq!(api.get("/swagger/doc.json").text(), served.text());
    let document = served.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} points nowhere"
        );
    }
}

#[test]
fn swagger_ui_is_served_from_the_binary() {
    let home = home_with_http("");
    let api = Api::anonymous(&home);
    let page = api.get("/swagger/index.html");
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    let text = page.text();
    assert!(
        !text.contains("http://") && !text.contains("https://"),
        "{text}"
    );
    let mut files = 0;
    for part in text
        .split(['"', '\''])
        .filter(|part| part.ends_with(".js") || part.ends_with(".css"))
    {
        let file = api.get(&format!("/swagger/{}", part.trim_start_matches("./")));
        assert_eq!(file.status, 200, "{part}");
        files += 1;
    }
    assert!(files >= 4, "{text}");
    let initializer = api.get("/swagger/swagger-initializer.js").text();
    assert!(initializer.contains("/openapi.json"), "{initializer}");
    assert_eq!(
        api.get("/swagger").header("location"),
        Some("/swagger/index.html")
    );
    api.get("/swagger/../../etc/passwd").is(404);
    api.get("/swagger/none.js").is(404);
}
