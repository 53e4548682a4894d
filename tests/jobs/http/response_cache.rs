//! The response cache: a cached list is served only to permitted callers, and only while it is current.

use serde_json::json;

use super::client::{Api, home_with_http};

#[test]
fn cached_list_is_served_only_to_permitted_callers() {
    let home = home_with_http("");
    home.add(&["a", "--cron", "0 0 1 1 *", "--", "true"]);
    let token = home.jobs(&["token", "add", "t", "--role", "viewer"]).ok();
    let nobody = Api::anonymous(&home);
    let viewer = nobody.with_token(token.stdout.trim());
    let list = |api: &Api| api.get("/jobs/list?size=10");
    for _ in 0..3 {
        assert_eq!(list(&viewer).is(200).data()[0]["name"], "a");
        list(&nobody).is(401);
    }
    // The answer is the same text from the cache and without it, and by either name of the operation.
    assert_eq!(list(&viewer).text(), list(&viewer).text());
    let by_name = viewer.post(
        "/api/list",
        json!({"size": 10, "page": 1, "order": "newest"}),
    );
    assert_eq!(by_name.data()["items"], list(&viewer).data());
    home.jobs(&["edit", "a", "--desc", "new"]).ok();
    assert_eq!(list(&viewer).data()[0]["desc"], "new");
    home.jobs(&["token", "rm", "t"]).ok();
    list(&viewer).is(401);
}
