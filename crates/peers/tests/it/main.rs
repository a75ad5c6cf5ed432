//! Every peer starts, answers as the real thing does, and leaves nothing behind.

mod openldap;
mod postgres;
