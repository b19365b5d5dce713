// A service on loopback ports, and what is asked of it: for the tests, and for examples in the pages, which include it.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::Router;
use incog::{
    dp::{Amount, Budget},
    table::{Column, Table},
};
use incog_service::{Analysts, Config, Service};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// A service on two ports, with a ledger in a folder of its own.
pub(crate) struct House {
    pub(crate) folder: PathBuf,
    pub(crate) public: SocketAddr,
    internal: SocketAddr,
    /// Whoever made the folder removes it.
    owns: bool,
}

impl House {
    pub(crate) async fn new(name: &str) -> Self {
        House::with(name, |_| {}).await
    }

    pub(crate) async fn with(name: &str, change: impl FnOnce(&mut Config)) -> Self {
        let folder = std::env::temp_dir().join(format!("incog-service-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let (budget, half) = (Budget::parse("1", "0").unwrap(), Amount::parse("pure epsilon=0.5").unwrap());
        Service::create_ledger(&folder.join("budget.db"), KEY, budget, half).unwrap();
        let mut config = config(&folder);
        change(&mut config);
        let mut house = House::start(config, &folder).await;
        house.owns = true;
        house
    }

    pub(crate) async fn open(folder: &Path) -> Self {
        House::start(config(folder), folder).await
    }

    async fn start(config: Config, folder: &Path) -> Self {
        let service: Arc<Service> = Service::open(config).unwrap();
        let (public, internal) = (listen(service.public()).await, listen(service.internal()).await);
        House { folder: folder.to_owned(), public, internal, owns: false }
    }

    /// A permit is given back a moment after the client has seen the end.
    pub(crate) async fn redacts_in_the_end(&self) {
        for _ in 0..600 {
            if self.post("/redact", "text/plain", "x").await.status == 200 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no permit is given back");
    }

    pub(crate) async fn post(&self, path: &str, of_type: &str, body: &str) -> Reply {
        let head =
            format!("POST {path} HTTP/1.1\r\nContent-Type: {of_type}\r\nContent-Length: {}\r\n", body.len());
        Reply::to(self.public, &head, body).await
    }

    pub(crate) async fn count(&self, token: &str, body: &str) -> Reply {
        let authorization =
            if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
        let head = format!(
            "POST /count HTTP/1.1\r\nContent-Type: application/json\r\n{authorization}Content-Length: {}\r\n",
            body.len()
        );
        Reply::to(self.public, &head, body).await
    }

    pub(crate) async fn ask(&self, token: &str, id: &str, epsilon: &str) -> Reply {
        self.count(token, &json!({"request_id": id, "epsilon": epsilon}).to_string()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
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

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) async fn get(at: SocketAddr, path: &str) -> Self {
        Reply::to(at, &format!("GET {path} HTTP/1.1\r\n"), "").await
    }

    pub(crate) async fn to(at: SocketAddr, head: &str, body: &str) -> Self {
        let mut connection = TcpStream::connect(at).await.unwrap();
        let request = format!("{head}Host: localhost\r\nConnection: close\r\n\r\n{body}");
        // A service that refuses a long body may close before it has taken all of it.
        let _ = connection.write_all(request.as_bytes()).await;
        Reply::read(connection).await
    }

    pub(crate) async fn read(mut connection: TcpStream) -> Self {
        let mut bytes = Vec::new();
        let _ = connection.read_to_end(&mut bytes).await;
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        Reply { status, body: if is_chunked { unchunked(body) } else { body.to_owned() } }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }
}

/// A piece of a body in the transfer coding `chunked`.
pub(crate) fn chunk(piece: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat()
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

pub(crate) fn config(folder: &Path) -> Config {
    let table = Table::new([
        ("patient", Column::from_values((0..3000).map(|i| format!("p{}", i % 1000))).unwrap()),
        ("ward", Column::from_values((0..3000).map(|i| ["A1", "A2", "B1"][i % 7 % 3])).unwrap()),
    ]);
    let state = (table.unwrap(), "2026-11".to_owned());
    Config::new(folder.join("budget.db"), KEY, Analysts::parse(ANALYSTS).unwrap(), state, recorder())
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

pub(crate) const KEY: [u8; 32] = [42; 32];
/// `printf %s ann-secret | sha256sum`, and the same for bob.
const ANALYSTS: &str = "ann ee8dae49b99a4f8203b217d8274209533399ef04a3643e4a15ddcd8a516b2015\n\
                        bob 9f03ef1533a68d2f506f81ef463c1183a82a6bd40e45613f36e6fe1889cf1b99\n";
