//! Tests of the room `pipeline` through its public API.
