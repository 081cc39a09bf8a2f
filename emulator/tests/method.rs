//! Every method of the API once as it works and once as it refuses, the 37 of them in the order of the manual.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod support;

use flightline_emulator::Pace;
use flightline_protocol::route::{Call, Method};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::{APP, Store, add_on, app, flight, path_of};

/// A Store in which things are called, and which methods have been.
struct Round {
    store: Store,
    worked: BTreeSet<String>,
    refused: BTreeSet<String>,
}

impl Round {
    async fn call(&mut self, status: u16, method: &str, path: &str, body: Option<&Value>) -> Value {
        let answer = self.store.call(method, path, body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {:?}", answer.body);
        assert!(answer.headers.contains_key("ms-correlationid"), "{method} {path}");
        assert_eq!(answer.headers["content-length"] == "0", answer.body.is_null(), "{method} {path}");
        if status >= 400 {
            assert!(answer.body["code"].is_string() && answer.body["message"].is_string(), "{method} {path}");
            self.refused.insert(name(method, path));
        } else {
            self.worked.insert(name(method, path));
        }
        answer.body
    }

    async fn works(&mut self, status: u16, method: &str, path: &str) -> Value {
        self.call(status, method, path, None).await
    }

    async fn refuses(&mut self, status: u16, method: &str, path: &str) {
        self.call(status, method, path, None).await;
    }
}

/// The method without its ids.
fn name(method: &str, path: &str) -> String {
    let verb = match method {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        _ => Method::Delete,
    };
    assert!(Call::parse(verb, &format!("/v1.0/my/{path}")).is_some(), "{method} {path}");
    let path = path.split('?').next().unwrap();
    let is_id = |segment: &str| segment.bytes().any(|byte| byte.is_ascii_digit());
    let segments: Vec<&str> = path.split('/').map(|segment| if is_id(segment) { "*" } else { segment }).collect();
    format!("{method} {}", segments.join("/"))
}

#[tokio::test]
async fn each_of_the_37_works_and_refuses() {
    let store = Store::at(Pace::Manual).await;
    let mut round = Round { store, worked: BTreeSet::new(), refused: BTreeSet::new() };
    let (unknown_app, unknown_add_on) = ("applications/9NOSUCH00000", "inappproducts/9NOSUCH00000");

    // Apps.
    round.works(200, "GET", "applications").await;
    round.works(200, "GET", &app()).await;
    round.refuses(404, "GET", unknown_app).await;
    for list in ["listinappproducts", "listflights"] {
        round.works(200, "GET", &format!("{}/{list}", app())).await;
        round.refuses(404, "GET", &format!("{unknown_app}/{list}")).await;
    }

    // Add-ons.
    round.works(200, "GET", "inappproducts").await;
    round.works(200, "GET", &add_on()).await;
    round.refuses(404, "GET", unknown_add_on).await;
    let request = json!({ "applicationIds": [APP], "productId": "short-lived", "productType": "Durable" });
    let made = round.call(201, "POST", "inappproducts", Some(&request)).await;
    round.call(409, "POST", "inappproducts", Some(&request)).await;
    round.works(204, "DELETE", &format!("inappproducts/{}", made["id"].as_str().unwrap())).await;
    round.refuses(409, "DELETE", &add_on()).await;

    // Flights.
    let flights = format!("{}/flights", app());
    let request = json!({ "friendlyName": "Short-lived", "groupIds": ["1"], "rankHigherThan": "Pilots" });
    let made = round.call(201, "POST", &flights, Some(&request)).await;
    round.call(400, "POST", &flights, Some(&json!({ "rankHigherThan": "Nobody" }))).await;
    round.works(200, "GET", &flight()).await;
    round.refuses(404, "GET", &format!("{flights}/00000000-0000-4000-8000-000000000000")).await;
    round.works(204, "DELETE", &format!("{flights}/{}", made["flightId"].as_str().unwrap())).await;
    round.refuses(404, "DELETE", &format!("{flights}/{}", made["flightId"].as_str().unwrap())).await;

    // Submissions of all three.
    let live = [(app(), "1152921505700310001"), (add_on(), "1152921505700310011"), (flight(), "1152921505700310021")];
    for (place, live) in &live {
        let submissions = format!("{place}/submissions");
        let published = format!("{submissions}/{live}");
        let draft = round.works(201, "POST", &submissions).await;
        round.refuses(409, "POST", &submissions).await;
        let path = path_of(place, &draft);
        round.works(200, "GET", &path).await;
        round.refuses(404, "GET", &format!("{submissions}/1152921505700399999")).await;
        round.call(200, "PUT", &path, Some(&draft)).await;
        round.call(409, "PUT", &published, Some(&draft)).await;
        round.call(400, "PUT", &path, Some(&json!({ "id": "1" }))).await;
        round.works(204, "DELETE", &path).await;
        round.refuses(409, "DELETE", &published).await;
        let draft = round.works(201, "POST", &submissions).await;
        let path = path_of(place, &draft);
        round.works(202, "POST", &format!("{path}/commit")).await;
        round.refuses(409, "POST", &format!("{path}/commit")).await;
        round.works(200, "GET", &format!("{path}/status")).await;
        round.refuses(404, "GET", &format!("{submissions}/1152921505700399999/status")).await;
        let id = draft["id"].as_str().unwrap();
        round.store.control("POST", &format!("/advance?submission={id}&to=Published"), "").await;
    }

    // Rollouts of both that have them.
    for place in [app(), flight()] {
        for end in ["haltpackagerollout", "finalizepackagerollout"] {
            let mut draft = round.store.draft_of(&place).await;
            let path = path_of(&place, &draft);
            draft["packageDeliveryOptions"]["packageRollout"]["isPackageRollout"] = json!(true);
            round.store.update_of(&place, &draft).await;
            round.refuses(409, "POST", &format!("{path}/{end}")).await;
            round.refuses(409, "POST", &format!("{path}/updatepackagerolloutpercentage?percentage=50")).await;
            round.store.commit_of(&place, &draft).await;
            let id = draft["id"].as_str().unwrap();
            round.store.control("POST", &format!("/advance?submission={id}&to=Published"), "").await;
            round.works(200, "GET", &format!("{path}/packagerollout")).await;
            round.works(200, "POST", &format!("{path}/updatepackagerolloutpercentage?percentage=50")).await;
            round.works(200, "POST", &format!("{path}/{end}")).await;
        }
        round.refuses(404, "GET", &format!("{place}/submissions/1152921505700399999/packagerollout")).await;
    }

    assert_eq!(round.worked.len(), 37, "{:#?}", round.worked);
    // The two collections refuse by token and by being empty, which have tests of their own.
    let lists = BTreeSet::from(["GET applications".to_owned(), "GET inappproducts".to_owned()]);
    assert_eq!(round.worked.difference(&round.refused).cloned().collect::<BTreeSet<_>>(), lists);
}
