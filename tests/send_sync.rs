//! What a service puts into its state and sends to its threads. It compiles, so it holds.

/// To be shared behind an `Arc` without a lock.
fn shared<T: Send + Sync + 'static>() {}
/// To be given to one thread at a time: behind a lock, or in a task.
fn sent<T: Send + 'static>() {}

#[test]
fn errors_claims_and_tables_are_shared() {
    shared::<incog::Error>();
    shared::<incog::Sensitive<String>>();
    shared::<incog::claim::Claim>();
    shared::<incog::table::Table>();
    shared::<incog::table::Column>();
}

#[cfg(feature = "dp")]
#[test]
fn what_answers_questions_goes_from_thread_to_thread() {
    use incog::dp::{
        Amount, Budget, Event, EventList, Filter, Odometer, Query, QueryBuilder, Release, Session,
        SessionBuilder, Statement, counter::OpenMatrix, ledger::Ledger, ledger::MemoryLedger,
        ledger::Request, ledger::Rules, mechanism::OpenThreshold,
    };
    // A session is asked one question at a time: the next one depends on what is left.
    sent::<Session>();
    sent::<SessionBuilder>();
    sent::<Box<dyn Ledger>>();
    sent::<incog::SecureRng>();
    shared::<MemoryLedger>();
    shared::<Rules>();
    shared::<Request>();
    shared::<Query>();
    shared::<QueryBuilder>();
    shared::<Release>();
    shared::<Statement>();
    shared::<(Amount, Budget, Event, EventList)>();
    shared::<(Filter, Odometer, OpenMatrix, OpenThreshold)>();
    #[cfg(feature = "sqlite")]
    sent::<incog::dp::ledger::SqliteLedger>();
}

#[cfg(feature = "kanon")]
#[test]
fn what_generalizes_tables_is_shared() {
    use incog::kanon::{
        Anonymizer, AnonymizerBuilder, FrozenRecoding, Outcome, Report, Solution, TupleCounter, Tuples,
        hierarchy::Hierarchy, hierarchy::Levels,
    };
    shared::<(Anonymizer, AnonymizerBuilder, Outcome, Report)>();
    shared::<(FrozenRecoding, Solution, TupleCounter, Tuples)>();
    #[cfg(feature = "dp")]
    shared::<incog::kanon::SafePub>();
    shared::<(Hierarchy, Levels)>();
}

#[cfg(feature = "pii")]
#[test]
fn what_searches_texts_is_shared() {
    use incog::pii::{
        Counts, Finding, JsonRedactor, Recognizer, Redactor, RedactorBuilder, RowDictionary, Scanner,
        ScannerBuilder, StreamRedactor,
    };
    shared::<(Scanner, ScannerBuilder, Redactor, RedactorBuilder)>();
    shared::<(JsonRedactor, RowDictionary, Recognizer, Finding, Counts)>();
    sent::<StreamRedactor>();
    #[cfg(feature = "pseudonym")]
    shared::<(incog::pii::ReversibleSession, incog::pii::Restorer)>();
}

#[cfg(feature = "pseudonym")]
#[test]
fn what_makes_pseudonyms_is_shared() {
    use incog::pseudonym::{
        DateShift, Detokenizer, Ff1, FormatPreserving, Key, Keyring, SuppliedKeys, Tokenizer,
    };
    shared::<(Key, Keyring, SuppliedKeys)>();
    shared::<(Tokenizer, Detokenizer, FormatPreserving, Ff1, DateShift)>();
}

#[cfg(feature = "pipeline")]
#[test]
fn what_makes_and_checks_releases_goes_from_thread_to_thread() {
    use incog::{
        evidence::{Card, PublicKey, SigningKey, Verification},
        pipeline::{Applied, Plan, Policy, Profile},
    };
    shared::<(Policy, Profile, Card, PublicKey, SigningKey, Verification)>();
    sent::<(Plan, Applied)>();
}
