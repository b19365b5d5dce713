//! Tests of the room `pii` through its public API.
