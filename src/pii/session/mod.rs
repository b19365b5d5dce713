//! Prompts without personal data, answers with it: placeholders that lead back.
//!
//! ```text
//! prompt ──▶ ReversibleSession::redact ──▶ "Write to EMAIL_ADDRESS_KQ4821."  ──▶ model
//!                    │ table: entity, value ◀─▶ code                              │
//! reader ◀── Restorer::push, finish ◀──── "Done: email_addr" "ess_kq4821 …"  ◀────┘
//!                    │
//!            seal, open: the table in an encrypted file
//! ```
//!
//! Features `pii` and `pseudonym` together.

mod form;
mod lookup;
mod restorer;
mod reversible;
mod stored;
mod table;

pub use restorer::Restorer;
pub use reversible::ReversibleSession;
