//! What stands between us and the Store: proxies, closed ports, strangers' certificates, lines that break.

use crate::support::{Person, Run, Store, stub};

/// Somebody whose Store is at this address.
fn towards(api: &str, login: &str) -> Person {
    let person = Person::new().env("FLIGHTLINE_API_URL", api).env("FLIGHTLINE_LOGIN_URL", login);
    person.env("FLIGHTLINE_TENANT_ID", "t").env("FLIGHTLINE_CLIENT_ID", "c").env("FLIGHTLINE_CLIENT_SECRET", "s3cr3t~value")
}

/// `apps list` towards a server that has tokens, and answers calls of the API so.
fn against(answer: impl Fn(&str) -> String + Send + 'static) -> Run {
    let base = stub::serve(move |head| if head.contains("/oauth2/") { stub::token() } else { answer(head) });
    towards(&base, &base).says("apps list")
}

fn remedy(run: &Run) -> String {
    run.error()["remedy"].as_str().unwrap_or_else(|| panic!("no remedy: {}", run.shown())).to_owned()
}

const PAGE: &str = "<html><head><title>Sign in</title></head><body>Company network: please sign in</body></html>";

#[test]
fn a_proxys_page_instead_of_json_is_named() {
    let run = against(|_| stub::answer("200 OK", "text/html", PAGE)).ends(1).silent();
    let run = run.tells("Company network: please sign in");
    assert_eq!(run.error()["code"], "NotTheStore");
    assert!(remedy(&run).contains("proxy"), "{}", run.shown());
    let run = against(|_| stub::answer("403 Forbidden", "text/html", PAGE)).ends(1);
    assert!(remedy(&run).contains("proxy"), "{}", run.shown());
    let run =
        against(|_| "HTTP/1.1 302 Found\r\nLocation: https://login.example/\r\nContent-Length: 0\r\n\r\n".to_owned()).ends(1);
    run.tells("302");
}

#[test]
fn a_page_instead_of_a_token_is_named() {
    let base = stub::serve(|_| stub::answer("200 OK", "text/html", PAGE));
    let run = towards(&base, &base).says("apps list").ends(1).tells("Company network");
    assert!(remedy(&run).contains("FLIGHTLINE_LOGIN_URL"), "{}", run.shown());
}

#[test]
fn an_answer_that_is_json_and_not_the_stores_is_not_believed() {
    for body in ["{}", "[]", "null", "7", "{\"value\": 3}", "{\"value\": [{}]}", "{\"value\": [{\"id\": \"../x\"}]}"] {
        let answer = stub::answer("200 OK", "application/json", body);
        let run = against(move |_| answer.clone()).ends(1).silent();
        assert_eq!(run.error()["code"], "UnusableAnswer", "{body}: {}", run.shown());
    }
}

#[test]
fn a_list_that_leads_back_to_itself_ends() {
    let body = r#"{"value": [{"id": "9NHRBRL1GHTS"}], "@nextLink": "applications?skip=0&top=100"}"#;
    let answer = stub::answer("200 OK", "application/json", body);
    against(move |_| answer.clone()).ends(1);
}

#[test]
fn a_port_that_is_closed_and_a_line_that_breaks_are_trouble_and_not_a_crash() {
    // Each of these is tried again for some seconds: side by side it takes that only once.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let half = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"value\": [";
    let cases: [(&str, String); 3] = [
        ("ConnectionFailed", format!("http://{closed}")),
        ("ConnectionBroken", stub::serve(|head| if head.contains("/oauth2/") { stub::token() } else { half.to_owned() })),
        (
            "ConnectionBroken",
            stub::serve(|head| if head.contains("/oauth2/") { stub::token() } else { "\u{7}?!\r\n".to_owned() }),
        ),
    ];
    let people: Vec<Person> = cases.iter().map(|(_, base)| towards(base, base)).collect();
    let runs: Vec<_> = people.iter().map(|person| person.start(&["apps", "list"])).collect();
    for (run, (code, _)) in runs.into_iter().zip(&cases) {
        let run = run.finish(&["apps", "list"]).ends(1).silent();
        assert_eq!(run.error()["code"], *code, "{}", run.shown());
        assert!(!remedy(&run).is_empty(), "{}", run.shown());
    }
}

#[test]
fn a_strangers_certificate_is_not_trusted_and_the_way_to_trust_it_is_named() {
    let store = Store::start();
    let run = store.person().without("FLIGHTLINE_CA_FILE").says("apps list").ends(1).silent();
    assert!(remedy(&run).contains("FLIGHTLINE_CA_FILE"), "{}", run.shown());
    assert_eq!(store.requests(), Vec::<String>::new());
    store.person().without("FLIGHTLINE_CA_FILE").env("SSL_CERT_FILE", store.says("ca")).says("apps list").ends(0);
    let run = store.person().env("FLIGHTLINE_CA_FILE", "nowhere.pem").says("apps list").ends(2).tells("nowhere.pem");
    assert!(remedy(&run).contains("FLIGHTLINE_CA_FILE"), "{}", run.shown());
}

#[test]
fn an_address_that_is_none_is_wrong_input() {
    for address in ["ftp://store", "store.example", "https://store/?q=1", "https://"] {
        let run = towards(address, "https://login.example").says("apps list").ends(2);
        assert!(run.err.contains(address), "{}", run.shown());
    }
}

#[test]
fn a_throttled_call_says_when_to_come_back() {
    let limit = r#"{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 600 seconds." }"#;
    let run = against(move |_| stub::answer("429 Too Many Requests", "application/json", limit)).ends(5);
    assert_eq!(run.error()["retryAfter"], 600, "{}", run.shown());
}
