//! Entries and a profile to users: plan, then carry out.
