//! The public redirect server: its own tiny store and router.
