//! The limit on requests in a minute.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use flightline_emulator::{Account, Options};
use serde_json::json;
use std::time::Duration;
use support::{Store, token};

#[tokio::test(start_paused = true)]
async fn the_twenty_first_request_in_a_minute_waits() {
    let store = Store::open(Options { per_minute: Some(20), ..Options::new(Account::sample().unwrap()) }).await;
    for number in 0..20 {
        assert_eq!(store.get("applications").await.status, 200, "{number}");
        tokio::time::advance(Duration::from_millis(1500)).await;
    }
    let refused = store.get("applications").await;
    assert_eq!((refused.status.as_u16(), &refused.headers["retry-after"]), (429, &"30".parse().unwrap()));
    assert_eq!(refused.body, json!({ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 30 seconds." }));
    assert!(refused.headers.contains_key("ms-correlationid") && refused.headers.contains_key("content-length"));
    // Tokens and files have limits of their own.
    token(&store.emulator, &store.account).await;
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(store.get("applications").await.status, 200);
    let refused = store.get("applications").await;
    assert_eq!((refused.status.as_u16(), &refused.headers["retry-after"]), (429, &"2".parse().unwrap()));
}

#[tokio::test]
async fn the_control_port_sets_it_and_takes_it_away() {
    let store = Store::of(&support::sample()).await;
    for _ in 0..30 {
        assert_eq!(store.get("applications").await.status, 200);
    }
    let set = store.control("POST", "/limit?perMinute=2", "").await;
    assert_eq!((set.status.as_u16(), &set.body), (200, &json!({ "perMinute": 2 })));
    let statuses = async || {
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(store.get("applications").await.status.as_u16());
        }
        statuses
    };
    assert_eq!(statuses().await, [200, 200, 429]);
    assert_eq!(store.control("GET", "/state", "").await.body["perMinute"], 2);
    // Who has no token is no tenant.
    let request = http::Request::get("/v1.0/my/applications").body(bytes::Bytes::new()).unwrap();
    assert_eq!(store.emulator.answer(request).await.status(), 401);
    let off = store.control("POST", "/limit?perMinute=off", "").await;
    assert_eq!(off.body, json!({ "perMinute": null }));
    assert_eq!(statuses().await, [200, 200, 200]);
    for bad in ["/limit", "/limit?perMinute=", "/limit?perMinute=-1", "/limit?perMinute=many"] {
        assert_eq!(store.control("POST", bad, "").await.status, 400, "{bad}");
    }
}
