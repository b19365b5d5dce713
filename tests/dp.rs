//! Tests of the room `dp` through its public API.
