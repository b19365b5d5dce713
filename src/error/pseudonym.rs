//! Sentences about keys and keyed stand-ins.
