//! The people we manage, and profiles.
