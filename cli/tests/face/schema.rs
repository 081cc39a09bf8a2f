//! `docs/output.schema.json`: everything that programs read is held against it, and nothing stands in it that is never written.

use crate::support::{APP, Account, Msix, Person, Run, Store, stub};
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

/// The schema, and which of its members were met.
struct Schema {
    whole: Value,
    met: RefCell<BTreeSet<String>>,
}

/// What the words of the schema mean that are used in it.
const WORDS: [&str; 14] = [
    "$schema",
    "title",
    "description",
    "$defs",
    "$ref",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "oneOf",
    "anyOf",
];

impl Schema {
    fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/output.schema.json");
        let whole = serde_json::from_str(&std::fs::read_to_string(file).expect("the schema")).expect("JSON");
        Self { whole, met: RefCell::default() }
    }

    /// What is wrong with a value, with the place of it; `path` is where in the schema it is looked up.
    fn faults(&self, path: &str, value: &Value, place: &str) -> Vec<String> {
        let schema = self.whole.pointer(path).and_then(Value::as_object).unwrap_or_else(|| panic!("no {path} in the schema"));
        if let Some(word) = schema.keys().find(|word| !WORDS.contains(&word.as_str())) {
            panic!("{path} says {word:?}, which this test does not know");
        }
        let mut faults = Vec::new();
        let mut expect = |is_so: bool, what: String| faults.extend((!is_so).then(|| format!("{place}: {what}")));
        if let Some(kind) = schema.get("type") {
            let kinds = kind.as_array().cloned().unwrap_or_else(|| vec![kind.clone()]);
            let is_one = kinds.iter().any(|kind| is(value, kind.as_str().expect("a type")));
            expect(is_one, format!("{value} is no {kind}"));
        }
        if let Some(known) = schema.get("enum") {
            expect(known.as_array().expect("a list").contains(value), format!("{value} is none of {known}"));
        }
        if let Some(only) = schema.get("const") {
            expect(value == only, format!("{value} is not {only}"));
        }
        if let Some(members) = value.as_object() {
            for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
                expect(members.contains_key(name.as_str().expect("a name")), format!("there is no {name}"));
            }
        }
        if let Some(reference) = schema.get("$ref") {
            let reference = reference.as_str().and_then(|reference| reference.strip_prefix('#')).expect("a reference");
            faults.extend(self.faults(reference, value, place));
        }
        for word in ["oneOf", "anyOf"] {
            faults.extend(self.alternatives(schema, path, word, value, place));
        }
        if let Some(members) = value.as_object() {
            faults.extend(self.members(schema, path, members, place));
        }
        if schema.contains_key("items") {
            let items = value.as_array().into_iter().flatten().enumerate();
            faults.extend(items.flat_map(|(at, item)| self.faults(&format!("{path}/items"), item, &format!("{place}/{at}"))));
        }
        faults
    }

    fn alternatives(&self, schema: &Map<String, Value>, path: &str, word: &str, value: &Value, place: &str) -> Vec<String> {
        let Some(alternatives) = schema.get(word).and_then(Value::as_array) else { return Vec::new() };
        let met = self.met.borrow().clone();
        let (mut fitting, mut faults) = (0, Vec::new());
        let mut kept = met.clone();
        for at in 0..alternatives.len() {
            let found = self.faults(&format!("{path}/{word}/{at}"), value, place);
            // What was met in an alternative that does not fit was not met.
            let seen = self.met.replace(met.clone());
            if found.is_empty() {
                fitting += 1;
                kept.extend(seen);
            } else {
                faults.push(found);
            }
        }
        self.met.replace(kept);
        match fitting {
            0 => vec![format!("{place}: {value} fits nothing in {path}/{word}: {faults:?}")],
            1 => Vec::new(),
            _ if word == "anyOf" => Vec::new(),
            _ => vec![format!("{place}: {value} fits several in {path}/{word}")],
        }
    }

    fn members(&self, schema: &Map<String, Value>, path: &str, members: &Map<String, Value>, place: &str) -> Vec<String> {
        let known = schema.get("properties").and_then(Value::as_object);
        let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        let mut faults = Vec::new();
        for (name, value) in members {
            let place = format!("{place}/{name}");
            if known.is_some_and(|known| known.contains_key(name)) {
                let path = format!("{path}/properties/{name}");
                faults.extend(self.faults(&path, value, &place));
                if !value.is_null() {
                    self.met.borrow_mut().insert(path);
                }
            } else if is_closed {
                faults.push(format!("{place} is not in {path}"));
            }
        }
        faults
    }

    /// Expects that a document is what its definition says.
    #[track_caller]
    fn fits(&self, definition: &str, document: &Value) {
        let faults = self.faults(&format!("/$defs/{definition}"), document, "");
        assert!(faults.is_empty(), "{definition}: {faults:#?}");
        let met = self.met.borrow().clone();
        let anywhere = self.faults("", document, "");
        assert!(anywhere.is_empty(), "{definition}: {anywhere:#?}");
        self.met.replace(met);
    }

    /// Every member of the schema that was never met.
    fn unmet(&self) -> Vec<String> {
        let mut all = Vec::new();
        collect(&self.whole["$defs"], "/$defs", &mut all);
        let met = self.met.borrow();
        all.into_iter().filter(|path| !met.contains(path)).collect()
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("{other:?} is no type"),
    }
}

/// The paths of all members that the schema names.
fn collect(schema: &Value, path: &str, all: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                let path = format!("{path}/{name}");
                if name == "properties" {
                    let names = value.as_object().expect("members").keys();
                    all.extend(names.map(|name| format!("{path}/{name}")));
                }
                collect(value, &path, all);
            }
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(at, value)| collect(value, &format!("{path}/{at}"), all));
        }
        _ => {}
    }
}

/// Somebody with a Store, whose commands are held against the schema.
struct Reading<'a> {
    schema: &'a Schema,
    person: Person,
}

impl Reading<'_> {
    /// Runs a command that writes one document.
    #[track_caller]
    fn one(&self, definition: &str, line: &str) -> Value {
        self.ends(0, definition, line)
    }

    #[track_caller]
    fn ends(&self, code: i32, definition: &str, line: &str) -> Value {
        let document = self.person.says(&format!("{line} --output json")).ends(code).json();
        self.schema.fits(definition, &document);
        document
    }

    /// Runs a command that writes lines.
    #[track_caller]
    fn lines(&self, definition: &str, line: &str) -> Vec<Value> {
        let run = self.person.says(&format!("{line} --output ndjson")).ends(0);
        self.all(definition, &run)
    }

    #[track_caller]
    fn all(&self, definition: &str, run: &Run) -> Vec<Value> {
        let lines = run.lines();
        lines.iter().for_each(|line| self.schema.fits(definition, line));
        lines
    }

    /// Runs a command that goes wrong.
    #[track_caller]
    fn wrong(&self, code: i32, line: &str) {
        let run = self.person.says(line).ends(code);
        error(self.schema, &run);
    }
}

#[track_caller]
fn error(schema: &Schema, run: &Run) {
    schema.fits("error", &json!({ "error": run.error() }));
}

#[test]
fn whatever_programs_read_is_in_the_schema_and_the_other_way_round() {
    let schema = Schema::read();
    products(&schema);
    publishes(&schema);
    taken(&schema);
    signing_in(&schema);
    failures(&schema);
    looking_back(&schema);
    assert_eq!(schema.unmet(), Vec::<String>::new(), "in the schema, and never written");
}

/// The documents of the Store, and the methods one by one.
fn products(schema: &Schema) {
    let store = Store::start();
    schema.fits("ready", &store.ready);
    let read = Reading { schema, person: store.person().env("FLIGHTLINE_APP", APP) };
    let (flight, add_on) = (store.says("flightId"), store.says("inAppProductId"));
    read.one("apps", "apps list");
    read.lines("app", "apps list");
    read.one("app", "apps get");
    read.one("flights", &format!("flights list --app {APP}"));
    read.lines("flight", &format!("flights list --app {APP}"));
    let made = read.one("flight", "flights create --name Crew --group 1152921504607000001");
    let crew = made["flightId"].as_str().expect("an id").to_owned();
    read.one("submission", &format!("flights submission get --flight {crew}"));
    read.one("deleted", &format!("flights delete --flight {crew} --yes"));
    read.one("flight", &format!("flights get --flight {flight}"));
    let made = read.one("addOn", "addons create --product-id charts --type Durable");
    read.one("deleted", &format!("addons delete {} --yes", made["id"].as_str().expect("an id")));
    read.one("addOns", "addons list");
    read.lines("addOn", "addons list");
    read.one("addOnIds", &format!("addons list --app {APP}"));
    read.lines("addOnId", &format!("addons list --app {APP}"));

    for product in [String::new(), format!("--flight {flight}")] {
        let of = |line: &str| if product.is_empty() { line.to_owned() } else { format!("flights {line} {product}") };
        read.one("submission", &of("submission create"));
        read.one("statusReport", &of("submission status"));
        read.one("deleted", &of("submission delete --yes"));
    }
    let draft = read.one("submission", &format!("addons submission create --add-on {add_on}"));
    read.person.file("draft.json", draft.to_string());
    read.one("addOn", &format!("addons get {add_on}"));
    read.one("submission", &format!("addons submission update --add-on {add_on} --input draft.json"));
    read.person.file("upload.zip", crate::support::package::zip(&[]));
    read.one("receipt", &format!("addons submission upload --add-on {add_on} --file upload.zip"));
    read.one("statusReport", &format!("addons submission commit --add-on {add_on}"));
}

/// A publish of each product with all its lines, and what comes of it.
fn publishes(schema: &Schema) {
    let store = Store::manual();
    let read = Reading { schema, person: store.person().env("FLIGHTLINE_APP", APP) };
    read.one("nothingToResume", "resume");
    read.lines("event", "resume");
    let first = Msix::version("1.1.0.0").give(&read.person);
    let plan = read.one("plan", &format!("plan {first} --rollout 10"));
    assert_ne!(plan["changes"], json!([]));
    read.lines("plan", &format!("plan {first}"));

    read.one("outcome", &format!("publish {first} --no-commit"));
    read.one("status", "status");
    read.one("app", "apps get");
    let second = Msix::version("1.2.0.0").give(&read.person);
    let line = format!("publish {second} --rollout 10 --if-busy replace-own --wait certified --output ndjson");
    let args: Vec<&str> = line.split(' ').collect();
    let mut run = read.person.start(&args);
    run.until("CommitStarted");
    let id = store.newest_id();
    store.advance(&id, "Release");
    let events = read.all("event", &run.finish(&args).ends(0));
    let names: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    for name in ["signed-in", "planned", "deleted", "created", "updated", "uploaded", "committed", "status", "ended"] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    store.advance(&id, "Published");
    let delivered = read.lines("event", &format!("publish {second} --rollout 10"));
    assert!(delivered.iter().any(|event| event["event"] == "ended"), "{delivered:?}");
    read.one("rollout", "rollout get");
    read.one("rollout", "rollout set 35");
    read.one("rollout", "rollout finalize");

    // A draft of somebody else that nobody has changed.
    read.one("submission", "submission create");
    let third = Msix::version("1.3.0.0").give(&read.person);
    let looked = read.person.says(&format!("publish {third} --no-commit --timeout 1s --output ndjson")).ends(8);
    let looked = read.all("event", &looked);
    assert!(looked.iter().any(|event| event["event"] == "letting-lie"), "{looked:?}");
    read.one("deleted", "submission delete --yes");
    read.one("outcome", &format!("publish {third} --no-commit"));
    let adopted = read.lines("event", &format!("publish {third} --no-commit"));
    assert!(adopted.iter().any(|event| event["event"] == "adopted"), "{adopted:?}");

    let store = Store::start();
    let read = Reading { schema, person: store.person().env("FLIGHTLINE_APP", APP) };
    let (flight, add_on) = (store.says("flightId"), store.says("inAppProductId"));
    read.one("plan", &format!("plan {} --flight {flight}", Msix::version("1.1.0.0").give(&read.person)));
    read.one("status", &format!("status --flight {flight}"));
    let package = Msix::version("1.1.0.0").give(&read.person);
    let second = Msix::version("1.2.0.0").give(&read.person);
    let delivered = read.lines("event", &format!("publish {package}"));
    assert!(delivered.iter().any(|event| event["event"] == "delivered"), "{delivered:?}");
    read.one("outcome", &format!("publish {package}"));
    read.one("outcome", &format!("publish {second} --rollout 10"));
    let fourth = Msix::version("1.4.0.0").give(&read.person);
    let ended = read.lines("event", &format!("publish {fourth} --existing-rollout finalize"));
    assert!(ended.iter().any(|event| event["event"] == "rollout-ended"), "{ended:?}");
    read.person.file("tides.json", json!({ "listings": { "en-gb": { "description": "More tides." } } }).to_string());
    read.lines("event", &format!("addons publish --add-on {add_on} --from tides.json"));

    let store = Store::with(&["--pace", "instant", "--fault", "commit=lose"]);
    let person = store.person();
    let package = Msix::version("1.1.0.0").give(&person);
    let mut run = person.start(&["publish", &package, "--app", APP, "--output", "ndjson"]);
    let unclear = run.until("commit-unclear");
    schema.fits("event", &serde_json::from_str(&unclear).expect("a line"));
}

/// A slot that somebody else has.
fn taken(schema: &Schema) {
    let store = Store::of(&Account::sample().with_portal_draft());
    let read = Reading { schema, person: store.person().env("FLIGHTLINE_APP", APP) };
    let package = Msix::version("1.1.0.0").give(&read.person);
    assert_eq!(read.one("plan", &format!("plan {package}"))["slot"]["origin"], "portal");
    read.ends(11, "outcome", &format!("publish {package} --if-busy skip"));
    read.all("event", &read.person.says(&format!("publish {package} --if-busy skip --output ndjson")).ends(11));
    read.wrong(4, &format!("publish {package}"));
    let run = read.person.says(&format!("publish {package} --if-busy wait --timeout 1s --output ndjson")).ends(8);
    let waited = read.all("event", &run);
    assert!(waited.iter().any(|event| event["event"] == "waiting-for-slot"), "{waited:?}");
    error(schema, &run);
}

/// Ways to sign in, a certificate of the client's own tests among them.
fn signing_in(schema: &Schema) {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/tests/credential/files");
    let certificate = std::fs::read_to_string(files.join("ec.crt")).expect("a certificate");
    let store = Store::of(&Account::sample().with("/certificates", json!([certificate])));
    let file = files.join("ec-no-password.pfx");
    let person = store.person().without("FLIGHTLINE_CLIENT_SECRET");
    let person = person.env("FLIGHTLINE_CERTIFICATE_FILE", file.to_str().expect("a plain path"));
    Reading { schema, person }.one("authStatus", "auth status");
    let read = Reading { schema, person: store.person() };
    read.one("authStatus", "auth status");
    read.lines("authStatus", "auth status");
    read.one("authDoctor", "auth doctor");
    read.lines("check", "auth doctor");
    let read = Reading { schema, person: store.person().env("FLIGHTLINE_CLIENT_SECRET", "another") };
    read.ends(3, "authStatus", "auth status");
    let doctor = read.ends(3, "authDoctor", "auth doctor");
    assert!(doctor["checks"].to_string().contains("skipped"), "{doctor}");
    read.wrong(3, "apps list");
}

/// What needs no Store: codes, what was published, and a bundle of it.
fn looking_back(schema: &Schema) {
    let person = Person::new();
    std::fs::create_dir(person.state()).expect("a folder");
    let run = |product: &str| {
        let arguments = json!({ "packages": { "wish": { "packages": ["/a/b.msix"] } } });
        let run = json!({ "line": "run", "format": 2, "product": product, "wish": "w", "arguments": arguments });
        let lines = [
            run,
            json!({ "line": "created", "submission": "11" }),
            json!({ "line": "committed", "submission": "11", "correlationId": "c" }),
            json!({ "line": "stopped", "code": "deadline" }),
        ];
        let at = |(second, mut line): (usize, Value)| {
            line["at"] = format!("2026-01-01T00:00:0{second}Z").into();
            line.to_string() + "\n"
        };
        lines.into_iter().enumerate().map(at).collect::<String>()
    };
    let flight = format!("applications/{APP}/flights/43e448df-97c9-4a43-a0bc-2a445e736bcd");
    std::fs::write(person.state().join("1.jsonl"), run(&flight)).expect("a state file");
    std::fs::write(person.state().join("2.jsonl"), run("inappproducts/9NBLGGH4TN00")).expect("a state file");
    let read = Reading { schema, person };
    assert_eq!(read.one("history", "history").as_array().map(Vec::len), Some(2));
    read.lines("pastRun", "history");
    read.one("explanations", "explain");
    read.lines("explanation", "explain InvalidState");
    read.wrong(6, "explain xyzzy");
    read.one("supportBundle", "support bundle");
}

fn failures(schema: &Schema) {
    let store = Store::manual();
    let read = Reading { schema, person: store.person().env("FLIGHTLINE_APP", APP) };
    read.wrong(2, "publish nowhere.msix");
    read.wrong(6, "apps get 9NNOTTHERE01");
    let package = Msix::version("1.1.0.0").give(&read.person);
    read.wrong(8, &format!("publish {package} --timeout 1s"));
    let id = store.newest_id();
    let details = json!({
        "errors": [{ "code": "PackageValidationFailed", "details": "The package does not start." }],
        "warnings": [{ "code": "Other", "details": "Slow." }],
        "certificationReports": [{ "date": "2026-03-01T00:00:00Z", "reportUrl": "https://reports.example/1" }],
    });
    store.control(&format!("POST /fail?submission={id}&status=CertificationFailed"), &details.to_string());
    let status = read.one("status", "status");
    assert_ne!(status["pending"]["errors"], json!([]), "{status}");
    read.wrong(7, "resume");

    let limit = r#"{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 600 seconds." }"#;
    let base = stub::serve(move |line| match line.contains("/oauth2/") {
        true => stub::answer("200 OK", "application/json", r#"{"access_token":"x","expires_in":"3599"}"#),
        false => stub::answer("429 Too Many Requests", "application/json", limit),
    });
    let read = Reading { schema, person: store.person().env("FLIGHTLINE_API_URL", &base).env("FLIGHTLINE_LOGIN_URL", &base) };
    read.wrong(5, "apps list");
}

#[test]
fn what_is_not_in_the_schema_is_seen() {
    let schema = Schema::read();
    let outcome = json!({ "outcome": "delivered", "submission": "1" });
    schema.fits("outcome", &outcome);
    for wrong in [
        json!({ "outcome": "delivered" }),
        json!({ "outcome": "shipped", "submission": "1" }),
        json!({ "outcome": "delivered", "submission": 1 }),
        json!({ "outcome": "delivered", "submission": "1", "at": "noon" }),
        json!([]),
        Value::Null,
    ] {
        assert!(!schema.faults("/$defs/outcome", &wrong, "").is_empty(), "{wrong}");
    }
    let event = json!({ "event": "created", "submission": "1" });
    schema.fits("event", &event);
    assert!(!schema.faults("/$defs/event", &json!({ "event": "made", "submission": "1" }), "").is_empty());
    assert!(schema.unmet().iter().any(|path| path == "/$defs/plan/properties/slot"));
    assert!(!schema.unmet().iter().any(|path| path == "/$defs/outcome/properties/submission"));
}
