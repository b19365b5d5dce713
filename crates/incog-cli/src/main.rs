//! The incog command.
fn main() {}
