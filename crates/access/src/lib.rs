//! Administrators, sign-in, sessions, API tokens, roles.
