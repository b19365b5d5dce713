//! Tests of the room `table` through its public API.
