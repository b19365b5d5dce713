//! Sentences about differential privacy and ledgers.
