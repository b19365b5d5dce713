//! Tests of the room `kanon` through its public API.
