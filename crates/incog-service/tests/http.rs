//! The service over HTTP, on a loopback port of its own: what is sent, what is refused, what is counted.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails may panic")]

mod house;

use std::time::Duration;

use incog::dp::ledger::{Ledger as _, LedgerKey, Request, SqliteLedger};
use incog_service::{Analysts, Service};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use self::house::{House, KEY, Reply, chunk, config};

const STREAM: &str = "POST /redact HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\n\
                      Transfer-Encoding: chunked\r\n\r\n";

#[tokio::test]
async fn a_body_is_redacted_and_what_correlates_stays() {
    let house = House::new("redact").await;
    let id = "8edd824a-d1da-40c6-9cf1-c1b7e054bf14";
    let answer = house
        .post("/redact", "text/plain", &format!("{id} mail to ada@example.org, 4111 1111 1111 1111"))
        .await;
    assert_eq!((answer.status, answer.body), (200, format!("{id} mail to [EMAIL_ADDRESS], [CREDIT_CARD]")));
}

#[tokio::test]
async fn a_body_that_comes_in_pieces_is_redacted_like_the_whole() {
    let house = House::new("pieces").await;
    let mut connection = TcpStream::connect(house.public).await.unwrap();
    connection.write_all(STREAM.as_bytes()).await.unwrap();
    let line = "an ordinary line of a log, and one address: ada@example.org\n";
    let text = line.repeat(2000);
    for piece in text.as_bytes().chunks(1021) {
        connection.write_all(&chunk(piece)).await.unwrap();
        connection.flush().await.unwrap();
    }
    connection.write_all(b"0\r\n\r\n").await.unwrap();
    let answer = Reply::read(connection).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, text.replace("ada@example.org", "[EMAIL_ADDRESS]"));
}

#[tokio::test]
async fn a_document_stays_one_and_a_broken_one_is_refused_without_its_content() {
    let house = House::new("json").await;
    let answer = house
        .post("/redact", "application/json", r#"{"to": "ada@example.org", "password": "hunter2", "n": 1.50}"#)
        .await;
    assert_eq!(
        (answer.status, &answer.body[..]),
        (200, r#"{"to": "[EMAIL_ADDRESS]", "password": "[PASSWORD]", "n": 1.50}"#)
    );

    let broken = house.post("/redact", "application/json", r#"{"to": "zanzibar@example.org", "#).await;
    assert_eq!((broken.status, broken.json()["error"].clone()), (422, json!("malformed")));
    assert!(!broken.body.contains("zanzibar"), "{}", broken.body);

    let long = house.post("/redact", "application/json", &format!("\"{}\"", "a".repeat(1 << 20))).await;
    assert_eq!((long.status, long.json()["error"].clone()), (413, json!("too_long")));
}

/// A rule for a path of JSON is applied to everything that is JSON, however it is spelled.
#[tokio::test]
async fn a_type_says_how_a_body_is_read_and_without_one_nothing_passes() {
    let house = House::new("types").await;
    let document = r#"{"to": "ada@example.org", "password": "hunter2"}"#;
    let redacted = r#"{"to": "[EMAIL_ADDRESS]", "password": "[PASSWORD]"}"#;
    for of_type in [
        "application/json",
        "Application/JSON",
        "application/json ; charset=UTF-8",
        "text/json",
        "application/vnd.x+json",
        "application/problem+JSON; charset=\"utf-8\"",
    ] {
        let answer = house.post("/redact", of_type, document).await;
        assert_eq!((answer.status, &answer.body[..]), (200, redacted), "{of_type}");
    }
    for of_type in ["application/x-ndjson", "Application/NDJSON", "application/jsonl", "text/x-ndjson"] {
        let answer = house.post("/redact", of_type, &format!("{document}\n\n{document}\n")).await;
        assert_eq!((answer.status, answer.body), (200, format!("{redacted}\n\n{redacted}\n")), "{of_type}");
    }
    for of_type in ["text/plain", "TEXT/plain; charset=us-ascii", "text/csv;header=present"] {
        let answer = house.post("/redact", of_type, "to ada@example.org").await;
        assert_eq!((answer.status, &answer.body[..]), (200, "to [EMAIL_ADDRESS]"), "{of_type}");
    }

    let refused = [
        "",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: multipart/form-data; boundary=x\r\n",
        "Content-Type: application/octet-stream\r\n",
        "Content-Type: application/json-seq\r\n",
        "Content-Type: text/json5\r\n",
        "Content-Type: json\r\n",
        "Content-Type: text/plain; charset=utf-16le\r\n",
        "Content-Type: application/json; charset=utf-16\r\n",
        "Content-Type: text/plain\r\nContent-Type: application/json\r\n",
        "Content-Type: text/plain\r\nContent-Encoding: gzip\r\n",
    ];
    for headers in refused {
        let head = format!("POST /redact HTTP/1.1\r\n{headers}Content-Length: {}\r\n", document.len());
        let answer = Reply::to(house.public, &head, document).await;
        assert_eq!((answer.status, &answer.json()["error"]), (415, &json!("unsupported_type")), "{headers}");
        assert!(answer.body.contains("Content-Type: text/plain"), "the way out is in {}", answer.body);
        assert!(!answer.body.contains("hunter2"), "{}", answer.body);
    }

    let lines = format!("{document}\n{{\"to\": \"zanzibar@example.org\", \n");
    let broken = house.post("/redact", "application/x-ndjson", &lines).await;
    assert_eq!((broken.status, broken.json()["error"].clone()), (422, json!("malformed")));
    assert!(broken.body.contains("line 2") && !broken.body.contains("zanzibar"), "{}", broken.body);
}

#[tokio::test]
async fn a_stream_counts_until_its_end_and_holds_up_no_questions() {
    let house = House::with("streams", |config| config.redactions = 1).await;
    let mut connection = TcpStream::connect(house.public).await.unwrap();
    connection.write_all(STREAM.as_bytes()).await.unwrap();
    connection.write_all(&chunk("a line\n".repeat(10_000).as_bytes())).await.unwrap();
    // Its answer has begun, so its handler has returned.
    let mut begun = [0; 12];
    connection.read_exact(&mut begun).await.unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");
    let busy = house.post("/redact", "text/plain", "x").await;
    assert_eq!((busy.status, busy.json()["error"].clone()), (503, json!("busy")));
    assert_eq!(house.ask("ann-secret", "monday", "0.1").await.status, 200);

    connection.write_all(b"0\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    connection.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"));
    house.redacts_in_the_end().await;
}

#[tokio::test]
async fn a_client_that_stalls_is_not_waited_for_and_gets_no_text_that_looks_whole() {
    let house = House::with("stalls", |config| {
        (config.redactions, config.patience) = (1, Duration::from_millis(300));
    })
    .await;
    // One that sends no more.
    let mut silent = TcpStream::connect(house.public).await.unwrap();
    silent.write_all(STREAM.as_bytes()).await.unwrap();
    silent.write_all(&chunk("a line\n".repeat(10_000).as_bytes())).await.unwrap();
    let mut answer = Vec::new();
    let _ = silent.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 200") && !answer.ends_with(b"0\r\n\r\n"));
    house.redacts_in_the_end().await;

    // One that takes nothing.
    let mut deaf = TcpStream::connect(house.public).await.unwrap();
    deaf.write_all(STREAM.as_bytes()).await.unwrap();
    let piece = chunk("a line\n".repeat(10_000).as_bytes());
    for _ in 0..4000 {
        if !matches!(timeout(Duration::from_secs(3), deaf.write_all(&piece)).await, Ok(Ok(()))) {
            break;
        }
    }
    house.redacts_in_the_end().await;
    let mut answer = Vec::new();
    let _ = deaf.read_to_end(&mut answer).await;
    assert!(!answer.ends_with(b"0\r\n\r\n"));

    // A document, and a question, of which the most is missing.
    for (path, headers) in [("/redact", ""), ("/count", "Authorization: Bearer ann-secret\r\n")] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nContent-Type: application/json\r\n{headers}Content-Length: 1000\r\n"
        );
        let late = Reply::to(house.public, &head, "{").await;
        assert_eq!((late.status, late.json()["error"].clone()), (408, json!("too_slow")), "{path}");
    }
}

#[tokio::test]
async fn nothing_is_read_of_who_may_not_ask() {
    let house = House::new("unread").await;
    let head = "POST /count HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n";
    // Sooner than the 30 seconds that a body may take.
    let answer = timeout(Duration::from_secs(20), Reply::to(house.public, head, "{")).await.unwrap();
    assert_eq!((answer.status, answer.json()["error"].clone()), (401, json!("unknown_analyst")));
}

#[tokio::test]
async fn answers_are_charged_until_the_budget_of_the_analyst_is_spent() {
    let house = House::new("budget").await;
    let first = house.ask("ann-secret", "monday", "0.3").await;
    assert_eq!(first.status, 200);
    let answer = first.json();
    assert_eq!((&answer["cost"], &answer["left"]), (&json!("ε = 0.3"), &json!("ε = 0.7")));
    let wards: Vec<&str> =
        answer["wards"].as_array().unwrap().iter().map(|w| w["ward"].as_str().unwrap()).collect();
    assert_eq!(wards, ["A1", "A2", "B1", "B2"], "the empty ward is answered as well");

    // Again: the same numbers, free of charge.
    let again = house.ask("ann-secret", "monday", "0.3").await;
    assert_eq!((again.status, again.json()["wards"].clone()), (200, answer["wards"].clone()));
    assert_eq!(again.json()["left"], "ε = 0.7");

    // Half of the budget is hers, and 0.2 of that is left.
    let refused = house.ask("ann-secret", "tuesday", "0.3").await;
    let body = refused.json();
    assert_eq!((refused.status, &body["error"]), (403, &json!("budget_exceeded")));
    assert_eq!((&body["asked"], &body["left"]), (&json!("ε = 0.3"), &json!("ε = 0.2")));
    assert_eq!(house.ask("ann-secret", "tuesday", "0.2").await.status, 200);
    assert_eq!(house.ask("ann-secret", "wednesday", "0.000001").await.status, 403);

    // Another analyst has a share of what is left for all.
    let other = house.ask("bob-secret", "monday", "0.5").await;
    assert_eq!((other.status, other.json()["left"].clone()), (200, json!("ε = 0")));
}

#[tokio::test]
async fn two_services_share_the_ledger_also_after_a_restart() {
    let house = House::new("shared").await;
    let second = House::open(&house.folder).await;
    assert_eq!(house.ask("ann-secret", "a", "0.25").await.json()["left"], "ε = 0.75");
    let answer = second.ask("ann-secret", "b", "0.25").await.json();
    assert_eq!(answer["left"], "ε = 0.5");
    assert_eq!(house.ask("ann-secret", "c", "0.1").await.status, 403);
    // The answer that the one gave is the answer that the other gives.
    let third = House::open(&house.folder).await;
    assert_eq!(third.ask("ann-secret", "b", "0.25").await.json()["wards"], answer["wards"]);
}

#[tokio::test]
async fn what_cannot_be_answered_has_a_status_of_its_own() {
    let house = House::new("refused").await;
    for token in ["", "zanzibar"] {
        let answer = house.ask(token, "monday", "0.1").await;
        assert_eq!((answer.status, answer.json()["error"].clone()), (401, json!("unknown_analyst")));
    }
    assert_eq!(house.ask("ann-secret", "monday", "0.1").await.status, 200);
    let other = house.ask("ann-secret", "monday", "0.2").await;
    assert_eq!((other.status, other.json()["error"].clone()), (409, json!("refused")));
    for epsilon in ["0", "-1", "much", "1e300"] {
        let answer = house.ask("ann-secret", "tuesday", epsilon).await;
        assert_eq!((answer.status, answer.json()["error"].clone()), (400, json!("parameter")), "{epsilon}");
    }
    for body in
        ["", "{", r#"{"request_id": "zanzibar"}"#, r#"{"request_id": "a", "epsilon": "1", "zanzibar": 1}"#]
    {
        let answer = house.count("ann-secret", body).await;
        assert_eq!((answer.status, answer.json()["error"].clone()), (400, json!("malformed")), "{body}");
        assert!(!answer.body.contains("zanzibar"), "{}", answer.body);
    }
    let long = format!(r#"{{"request_id": "{}", "epsilon": "0.1"}}"#, "a".repeat(5000));
    assert_eq!(house.count("ann-secret", &long).await.status, 400);
    // None of these was charged.
    assert_eq!(house.ask("ann-secret", "monday", "0.1").await.json()["left"], "ε = 0.9");
}

#[tokio::test]
async fn the_operator_sees_numbers_and_no_values_and_the_public_sees_neither() {
    let house = House::new("metrics").await;
    house.post("/redact", "text/plain", "zanzibar@example.org").await;
    house.ask("ann-secret", "zanzibar", "0.4").await;
    house.ask("ann-secret", "another", "0.4").await;
    let page = house.get("/metrics").await;
    assert_eq!(page.status, 200);
    for expected in [
        "# TYPE incog_redactions_total counter",
        "incog_redactions_total{entity=\"EMAIL_ADDRESS\"} ",
        "incog_scanned_bytes_total ",
        "incog_ledger_requests_total{outcome=\"charged\"} ",
        "incog_ledger_requests_total{outcome=\"budget_exceeded\"} ",
        "incog_ledger_left_ratio ",
        "incog_ledger_seconds",
    ] {
        assert!(page.body.contains(expected), "{expected}\n{}", page.body);
    }
    for value in ["zanzibar", "ann-secret", "patient", "A1"] {
        assert!(!page.body.contains(value), "{value}");
    }
    assert_eq!(house.get("/health").await.body, "ok\n");
    for path in ["/metrics", "/health"] {
        assert_eq!(
            Reply::get(house.public, path).await.status,
            404,
            "{path} is none of the public's business"
        );
    }
}

/// What is wrong with a ledger is nothing that an analyst could put right, and where it lies is none of theirs to know.
#[tokio::test]
async fn a_damaged_ledger_is_a_failure_of_the_service_until_it_is_restored() {
    let house = House::new("damaged").await;
    let first = house.ask("ann-secret", "monday", "0.1").await;
    assert_eq!(first.status, 200);
    let fails = async |why: &str| {
        for id in ["monday", "tuesday", "tuesday"] {
            let answer = house.ask("ann-secret", id, "0.1").await;
            assert_eq!((answer.status, answer.json()["error"].clone()), (503, json!("failed")), "{why}");
            let message = answer.json()["message"].as_str().unwrap().to_owned();
            assert!(message.contains("under the same request_id"), "{message}");
            assert!(!message.contains("budget.db") && !message.contains("ledger"), "{message}");
        }
        for path in ["/health", "/metrics"] {
            assert_eq!(house.get(path).await.status, 503, "{path}, {why}");
        }
    };

    let path = house.folder.join("budget.db");
    let (seal, update) = ("SELECT meters FROM ledger", "UPDATE ledger SET meters = ?1");
    let database = rusqlite::Connection::open(&path).unwrap();
    let before: Vec<u8> = database.query_row(seal, [], |row| row.get(0)).unwrap();
    database.execute(update, [vec![0; 32]]).unwrap();
    fails("what it says is spent was changed").await;
    database.execute(update, [before]).unwrap();
    drop(database);
    assert_eq!(house.get("/health").await.body, "ok\n");
    // Without a restart, and without a charge for what failed.
    let again = house.ask("ann-secret", "monday", "0.1").await.json();
    assert_eq!((&again["wards"], &again["left"]), (&first.json()["wards"], &json!("ε = 0.9")));
    assert_eq!(house.ask("ann-secret", "tuesday", "0.1").await.json()["left"], "ε = 0.8");

    let aside = house.folder.join("aside");
    std::fs::create_dir(&aside).unwrap();
    for file in ["budget.db", "budget.db-mark"] {
        std::fs::rename(house.folder.join(file), aside.join(file)).unwrap();
    }
    fails("it is gone").await;
    assert!(!path.exists(), "it was not made anew");
}

#[tokio::test]
async fn an_id_without_a_stored_answer_is_refused_and_stays_charged() {
    let house = House::new("lost").await;
    assert_eq!(house.ask("ann-secret", "monday", "0.1").await.status, 200);
    // As another process leaves it that is still drawing, or was killed.
    let options = SqliteLedger::options().key(LedgerKey::from_bytes(KEY));
    let mut ledger = options.open(house.folder.join("budget.db")).unwrap();
    let monday = ledger.entries().unwrap().remove(0).request;
    let (query, version) = (monday.query().to_owned(), monday.data_version().to_owned());
    let tuesday =
        Request::new("ann/tuesday", "ann", query, version, monday.cost(), monday.events().to_vec()).unwrap();
    let tuesday = tuesday.of_dataset(monday.dataset()).unwrap().per_unit(monday.unit()).unwrap();
    ledger.reserve(&tuesday).unwrap();
    let answer = house.ask("ann-secret", "tuesday", "0.1").await;
    assert_eq!((answer.status, answer.json()["error"].clone()), (409, json!("refused")));
    assert!(answer.body.contains("answer lost"), "{}", answer.body);
    assert_eq!(house.ask("ann-secret", "monday", "0.1").await.json()["left"], "ε = 0.8");
}

/// A missing ledger is not made: what was spent would be forgotten.
#[test]
fn a_service_without_its_ledger_does_not_start() {
    let folder = std::env::temp_dir().join(format!("incog-service-none-{}", std::process::id()));
    assert!(Service::open(config(&folder)).is_err());
    assert!(!folder.exists());
}

#[test]
fn a_file_of_analysts_is_read_whole_or_not_at_all() {
    let (one, two) = ("1".repeat(64), "2".repeat(64));
    assert_eq!(Analysts::parse(&format!("# us\n\nann {one}\n bob\t{two} \n")).unwrap().len(), 2);
    for (file, why) in [
        (String::new(), "there are no analysts"),
        ("# ann".to_owned(), "there are no analysts"),
        (format!("ann {one}\nbob"), "line 2 of the analysts: each line"),
        ("ann zanzibar".to_owned(), "line 1 of the analysts: each line"),
        (format!("ann {}é", &one[2..]), "line 1 of the analysts: each line"),
        (format!("ann {one} {two}"), "line 1 of the analysts: each line"),
        (format!("ann {one}\nann {two}"), "line 2 of the analysts: each name and each token"),
        (format!("ann {one}\nbob {one}"), "line 2 of the analysts: each name and each token"),
        (format!("an/n {one}"), "line 1 of the analysts: a name has no '/'"),
    ] {
        let error = Analysts::parse(&file).unwrap_err().to_string();
        assert!(error.starts_with(why) && !error.contains("zanzibar"), "{error}");
    }
}
