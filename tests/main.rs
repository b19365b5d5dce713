//! One integration binary, a module per room. Cases as TOML tables in `tests/data`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a test that fails may panic, and its numbers are small"
)]

#[cfg(feature = "dp")]
mod accounting_reference;
#[cfg(any(feature = "audit", feature = "pipeline"))]
mod audit_leak;
#[cfg(feature = "audit")]
mod audit_museum;
#[cfg(any(feature = "audit", feature = "pipeline"))]
mod audit_table;
mod columns;
#[cfg(feature = "pii")]
mod cpu;
#[cfg(feature = "dp")]
mod dp;
#[cfg(feature = "dp")]
mod dp_accountant_deltas;
#[cfg(feature = "dp")]
mod dp_accountant_properties;
#[cfg(feature = "dp")]
mod dp_accountants;
#[cfg(feature = "dp")]
mod dp_answers;
#[cfg(feature = "audit")]
mod dp_audit;
#[cfg(feature = "audit")]
mod dp_audit_partition;
#[cfg(feature = "audit")]
mod dp_audit_queries;
#[cfg(feature = "dp")]
mod dp_bad_input;
#[cfg(feature = "dp")]
mod dp_calibrate;
#[cfg(feature = "dp")]
mod dp_counter;
#[cfg(feature = "dp")]
mod dp_event_ways;
#[cfg(feature = "dp")]
mod dp_events;
#[cfg(feature = "dp")]
mod dp_filter;
#[cfg(feature = "dp")]
mod dp_local;
#[cfg(feature = "dp")]
mod dp_mechanism;
#[cfg(feature = "dp")]
mod dp_noise;
#[cfg(feature = "dp")]
mod dp_partition;
#[cfg(feature = "dp")]
mod dp_planned_error;
#[cfg(feature = "dp")]
mod dp_pld;
#[cfg(feature = "audit")]
mod dp_replay;
#[cfg(feature = "dp")]
mod dp_sessions;
#[cfg(feature = "dp")]
mod dp_totals;
#[cfg(feature = "pipeline")]
mod evidence_card;
#[cfg(feature = "pipeline")]
mod evidence_controls;
#[cfg(all(feature = "audit", feature = "pipeline", feature = "sqlite"))]
mod fuzz;
#[cfg(feature = "kanon")]
mod kanon;
#[cfg(feature = "kanon")]
mod kanon_columns;
#[cfg(feature = "kanon")]
mod kanon_exhaustive;
#[cfg(feature = "kanon")]
mod kanon_later;
#[cfg(all(feature = "kanon", feature = "csv"))]
mod kanon_local;
#[cfg(feature = "kanon")]
mod kanon_models;
#[cfg(all(feature = "kanon", feature = "csv"))]
mod kanon_mondrian;
#[cfg(all(feature = "kanon", feature = "csv"))]
mod kanon_reference;
#[cfg(all(feature = "kanon", feature = "insecure-seeded"))]
mod kanon_safe_pub;
#[cfg(feature = "kanon")]
mod kanon_twin;
#[cfg(feature = "dp")]
mod ledger;
#[cfg(feature = "dp")]
mod ledger_audit;
#[cfg(feature = "sqlite")]
mod ledger_processes;
#[cfg(feature = "sqlite")]
mod ledger_sqlite;
#[cfg(feature = "sqlite")]
mod ledger_sqlite_damage;
#[cfg(all(feature = "metrics", feature = "pipeline"))]
mod metrics;
#[cfg(feature = "pii")]
mod pii;
#[cfg(feature = "pii")]
mod pii_counts;
#[cfg(all(feature = "pii", feature = "csv"))]
mod pii_csv;
#[cfg(feature = "pii")]
mod pii_custom;
#[cfg(feature = "pipeline")]
mod pii_custom_policy;
#[cfg(feature = "pii")]
mod pii_custom_twin;
#[cfg(feature = "pii")]
mod pii_edges;
#[cfg(feature = "pii")]
mod pii_entities;
#[cfg(feature = "pii")]
mod pii_given_findings;
#[cfg(feature = "pii")]
mod pii_log;
#[cfg(feature = "tracing")]
mod pii_log_lines;
#[cfg(all(feature = "pii", feature = "pseudonym"))]
mod pii_operators;
#[cfg(feature = "pii")]
mod pii_private_keys;
#[cfg(feature = "pii")]
mod pii_row_units;
#[cfg(feature = "pii")]
mod pii_shifts;
#[cfg(feature = "pii")]
mod pii_stream;
#[cfg(feature = "pii")]
mod pii_stream_io;
#[cfg(feature = "pii")]
mod pii_structured;
#[cfg(feature = "pii")]
mod pii_structured_twin;
#[cfg(all(feature = "pii", feature = "pseudonym"))]
mod pii_surrogates;
#[cfg(feature = "pipeline")]
mod pipeline;
#[cfg(all(feature = "pipeline", feature = "sqlite"))]
mod pipeline_engine;
#[cfg(feature = "pipeline")]
mod pipeline_gate;
#[cfg(feature = "pipeline")]
mod pipeline_inputs;
#[cfg(all(feature = "pipeline", feature = "sqlite"))]
mod pipeline_keys;
#[cfg(feature = "pipeline")]
mod pipeline_later;
#[cfg(feature = "pipeline")]
mod pipeline_lock;
#[cfg(feature = "pipeline")]
mod pipeline_models;
#[cfg(feature = "pipeline")]
mod pipeline_replay;
#[cfg(feature = "pipeline")]
mod profile;
#[cfg(feature = "pseudonym")]
mod pseudonym;
#[cfg(feature = "pseudonym")]
mod pseudonym_keys;
#[cfg(feature = "pseudonym")]
mod pseudonym_properties;
#[cfg(feature = "pseudonym")]
mod pseudonym_tokens;
#[cfg(all(feature = "pseudonym", target_os = "linux"))]
mod pseudonym_wiping;
mod send_sync;
#[cfg(all(feature = "pii", feature = "pseudonym"))]
mod session;
#[cfg(all(feature = "pii", feature = "pseudonym"))]
mod session_kept;
#[cfg(any(feature = "log", feature = "tracing"))]
mod sink;
mod source;
#[cfg(all(feature = "pipeline", feature = "sqlite"))]
mod stability;
#[cfg(feature = "insecure-seeded")]
mod statistics;
#[cfg(feature = "csv")]
mod table;
#[cfg(any(feature = "pseudonym", feature = "sqlite"))]
mod temporary;
mod what_does_not_compile;
