//! Sentences about scanners and redaction.
