//! The service over HTTP, on a loopback port of its own: what is sent, what is refused, what is counted.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails may panic")]

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use axum::Router;
use incog::{
    dp::{Amount, Budget},
    table::{Column, Table},
};
use incog_service::{Config, Service};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const KEY: [u8; 32] = [42; 32];

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
    let head = "POST /redact HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let line = "an ordinary line of a log, and one address: ada@example.org\n";
    let text = line.repeat(2000);
    for piece in text.as_bytes().chunks(1021) {
        connection.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await.unwrap();
        connection.write_all(piece).await.unwrap();
        connection.write_all(b"\r\n").await.unwrap();
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

/// A missing ledger is not made: what was spent would be forgotten.
#[test]
fn a_service_without_its_ledger_does_not_start() {
    let folder = std::env::temp_dir().join(format!("incog-service-none-{}", std::process::id()));
    assert!(Service::open(config(&folder)).is_err());
    assert!(!folder.exists());
}

/// A service on two ports, with a ledger in a folder of its own.
struct House {
    folder: PathBuf,
    public: SocketAddr,
    internal: SocketAddr,
    /// Whoever made the folder removes it.
    owns: bool,
}

impl House {
    async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("incog-service-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let (budget, half) = (Budget::parse("1", "0").unwrap(), Amount::parse("pure epsilon=0.5").unwrap());
        Service::create_ledger(&folder.join("budget.db"), KEY, budget, half).unwrap();
        let mut house = House::open(&folder).await;
        house.owns = true;
        house
    }

    async fn open(folder: &Path) -> Self {
        let service: Arc<Service> = Service::open(config(folder)).unwrap();
        let (public, internal) = (listen(service.public()).await, listen(service.internal()).await);
        House { folder: folder.to_owned(), public, internal, owns: false }
    }

    async fn post(&self, path: &str, of_type: &str, body: &str) -> Reply {
        let head =
            format!("POST {path} HTTP/1.1\r\nContent-Type: {of_type}\r\nContent-Length: {}\r\n", body.len());
        Reply::to(self.public, &head, body).await
    }

    async fn count(&self, token: &str, body: &str) -> Reply {
        let authorization =
            if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
        let head = format!(
            "POST /count HTTP/1.1\r\nContent-Type: application/json\r\n{authorization}Content-Length: {}\r\n",
            body.len()
        );
        Reply::to(self.public, &head, body).await
    }

    async fn ask(&self, token: &str, id: &str, epsilon: &str) -> Reply {
        self.count(token, &json!({"request_id": id, "epsilon": epsilon}).to_string()).await
    }

    async fn get(&self, path: &str) -> Reply {
        Reply::get(self.internal, path).await
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if self.owns {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

struct Reply {
    status: u16,
    body: String,
}

impl Reply {
    async fn get(at: SocketAddr, path: &str) -> Self {
        Reply::to(at, &format!("GET {path} HTTP/1.1\r\n"), "").await
    }

    async fn to(at: SocketAddr, head: &str, body: &str) -> Self {
        let mut connection = TcpStream::connect(at).await.unwrap();
        let request = format!("{head}Host: localhost\r\nConnection: close\r\n\r\n{body}");
        // A service that refuses a long body may close before it has taken all of it.
        let _ = connection.write_all(request.as_bytes()).await;
        Reply::read(connection).await
    }

    async fn read(mut connection: TcpStream) -> Self {
        let mut bytes = Vec::new();
        let _ = connection.read_to_end(&mut bytes).await;
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        Reply { status, body: if is_chunked { unchunked(body) } else { body.to_owned() } }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }
}

/// The pieces of a body in the transfer coding `chunked`, together. All of it is ASCII here.
fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        whole.push_str(&rest[..length]);
        body = &rest[length + 2..];
        if length == 0 {
            break;
        }
    }
    whole
}

async fn listen(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    at
}

fn config(folder: &Path) -> Config {
    let table = Table::new([
        ("patient", Column::from_values((0..3000).map(|i| format!("p{}", i % 1000))).unwrap()),
        ("ward", Column::from_values((0..3000).map(|i| ["A1", "A2", "B1"][i % 7 % 3])).unwrap()),
    ]);
    let analysts = [("ann-secret", "ann"), ("bob-secret", "bob")].map(|(t, a)| (t.to_owned(), a.to_owned()));
    let state = (table.unwrap(), "2026-11".to_owned());
    Config::new(folder.join("budget.db"), KEY, analysts, state, recorder())
}

/// There is one recorder for a process, so what other tests do is counted as well.
fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let install = || {
        let handle = PrometheusBuilder::new().install_recorder().unwrap();
        incog::metrics::describe();
        handle
    };
    HANDLE.get_or_init(install).clone()
}
