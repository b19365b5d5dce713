//! Tests of the room `pseudonym` through its public API.
