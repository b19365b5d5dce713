//! An example of a service: redaction, counts with a privacy budget, and metrics, over HTTP.
//!
//! ```text
//!   public, for everybody                        internal, for the operator
//!   POST /redact   text as it streams, JSON      GET /metrics   counters of `incog::metrics`
//!   POST /count    stays by ward, with noise     GET /health
//!          │                                            │
//!          ▼                                            ▼
//!   Bearer token ──► the analyst's Session ──► one ledger on disk, which other processes share
//! ```
//!
//! Two routers, because they belong on two listeners: what the metrics count is exact and of raw data. A ledger flushes a
//! disk, so it is asked on a thread that may block. What is refused has a status, a word for programs and a sentence for
//! people, and none of them holds anything of the data.
//!
//! What a client may hold is bounded: bodies by length and by time, streams by number until their end, questions by number
//! for each analyst. How many connections there are, and how slowly headers come, is for the proxy in front, which also
//! has TLS.
//!
//! ```sh
//! incog keys generate -o service.key                  # once: the key, the ledger, a token for each analyst
//! cargo run -p incog-service -- init budget.db file:service.key
//! token=$(openssl rand -hex 32)
//! echo "ann $(printf %s "$token" | sha256sum | cut -d ' ' -f 1)" >> analysts
//!
//! cargo run -p incog-service -- budget.db file:service.key analysts &
//! curl -H 'Content-Type: text/plain' -d 'mail to ada@example.org' localhost:8080/redact
//! curl -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
//!     -d '{"request_id": "monday", "epsilon": "0.1"}' localhost:8080/count
//! curl localhost:9090/metrics
//! ```
//!
//! It is a crate of its own, and not published: what it depends on is nothing that the library should bring.

mod analysts;
mod body;
mod count;
mod redact;
mod refusal;
mod service;

pub use analysts::Analysts;
pub use count::{Answer, Question, StaysOfWard};
pub use refusal::Refusal;
pub use service::{Config, Service};
