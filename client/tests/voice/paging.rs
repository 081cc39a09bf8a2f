//! Lists that come page by page, and those that never end.

use crate::line::{Act, Service, answer};
use crate::scene::Scene;
use flightline_client::error::{Error, Kind};
use flightline_emulator::Account;
use serde_json::{Value, json};
use std::time::Duration;

/// An account with so many apps.
fn account(apps: usize) -> Account {
    let apps: Vec<Value> = (0..apps)
        .map(|number| {
            json!({
                "id": format!("9NAPP{number:07}"),
                "primaryName": format!("App {number}"),
                "PackageFamilyName": format!("App{number}_1"),
                "packageIdentityName": format!("App{number}"),
                "publisherName": "CN=8D2B6F14-7A30-4C5E-B1D9-E64F0A93C857",
                "firstPublishedDate": "1601-01-01T00:00:00.0000000Z",
                "hasAdvancedListingPermission": false,
            })
        })
        .collect();
    let file = json!({
        "tenantId": "5c1f7a0e-3d52-4b8a-9e07-6a2d41c8b9f3",
        "clientId": "b7e0d6c4-81f9-4a35-a2c8-0f9d3e5b7142",
        "clientSecret": "none-of-yours",
        "applications": apps,
    });
    Account::parse(&file.to_string()).unwrap()
}

/// The address of the next page is relative to the root, with or without a slash before its query; some spell out more of it.
#[tokio::test(start_paused = true)]
async fn all_pages_are_read_however_their_addresses_are_spelled() {
    let spellings: [fn(&str) -> String; 5] = [
        |body| body.to_owned(),
        |body| body.replace("\"applications?", "\"applications/?"),
        |body| body.replace("\"applications/?", "\"applications?"),
        |body| body.replace("\"applications", "\"/v1.0/my/applications"),
        |body| body.replace("\"applications", "\"https://manage.devcenter.microsoft.com/v1.0/my/applications"),
    ];
    for spelling in spellings {
        let scene = Scene::of(account(230));
        scene.line.rule(move |seen| if seen.service == Service::Api { Act::Reword(spelling) } else { Act::Pass });
        let apps = scene.reader().apps().await.unwrap();
        let names: Vec<&str> = apps.iter().map(|app| app.primary_name.as_str()).collect();
        assert_eq!(names.len(), 230);
        assert_eq!((names[0], names[100], names[229]), ("App 0", "App 100", "App 229"));
        assert_eq!(scene.line.of(Service::Api).len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_without_apps_has_an_empty_list_however_that_is_said() {
    let empty = Scene::of(account(0));
    assert!(empty.reader().apps().await.unwrap().is_empty());
    for (status, body) in [(404, "{\"code\":\"ResourceNotFound\",\"message\":\"None.\"}"), (404, ""), (200, "{\"value\":[]}")] {
        let scene = Scene::with(Service::Api, move |_| Act::Instead(answer(status, body)));
        assert!(scene.reader().apps().await.unwrap().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_missing_in_the_middle_is_an_error() {
    let scene = Scene::of(account(230));
    scene.line.rule(|seen| if seen.query.contains("skip=100") { Act::Instead(answer(404, "")) } else { Act::Pass });
    assert_eq!(scene.reader().apps().await.unwrap_err().kind(), Kind::NotFound);
}

fn page(ids: impl Iterator<Item = usize>, next: &str) -> Act {
    let value: Vec<Value> = ids.map(|id| json!({ "id": format!("9NAPP{id:07}") })).collect();
    Act::Instead(answer(200, json!({ "value": value, "@nextLink": next }).to_string()))
}

#[tokio::test(start_paused = true)]
async fn an_app_that_moves_to_the_next_page_is_listed_once() {
    let scene = Scene::with(Service::Api, |seen| match seen.before {
        0 => page(0..5, "applications?skip=5"),
        _ => page(4..8, ""),
    });
    assert_eq!(scene.reader().apps().await.unwrap().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_leads_back_to_itself_ends() {
    for next in
        ["applications?skip=0", "applications/?skip=1&top=1", "https://elsewhere.example/steal", "//elsewhere.example", "/"]
    {
        let scene = Scene::with(Service::Api, move |_| page(0..3, next));
        let error = scene.reader().apps().await.unwrap_err();
        assert!(matches!(error, Error::Document { .. }), "{error:?}");
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("@nextLink"));
        let seen = scene.line.of(Service::Api);
        assert_eq!(seen.len(), 2);
        assert!(seen[1].path.starts_with("/v1.0/my/"), "{}", seen[1].path);
    }
    // A page without anything is the last, whatever it says.
    let scene = Scene::with(Service::Api, |_| page(0..0, "applications?skip=0"));
    assert!(scene.reader().apps().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_never_ends_is_given_up() {
    let scene = Scene::with(Service::Api, |seen| page(seen.before..seen.before + 1, "applications?skip=1"));
    let reader = scene.reader();
    let listed = tokio::time::timeout(Duration::from_secs(2 * 3600), reader.apps()).await.unwrap();
    assert!(matches!(listed.unwrap_err(), Error::Document { .. }));
    assert_eq!(scene.line.of(Service::Api).len(), 1000);
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_no_address_is_refused() {
    let scene = Scene::with(Service::Api, |_| page(0..3, "applications?skip=1 \r\nX-Other: 1"));
    assert!(scene.reader().apps().await.is_err());
    assert_eq!(scene.line.of(Service::Api).len(), 1);
}
