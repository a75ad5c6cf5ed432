//! The one binary: commands, settings and wiring.

fn main() {}
