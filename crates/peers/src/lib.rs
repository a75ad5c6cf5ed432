//! Starts the real programs that tests, benches and `xtask` run against: OpenLDAP, Kamailio, softphones, PostgreSQL,
//! mail sinks, nginx. Each lives on loopback in a temporary folder of its own and ends with its handle; what is done
//! with it is the test's business.

mod certificate;
mod folder;
mod openldap;
mod port;
mod postgres;
mod process;
mod tool;
mod wait;

pub use certificate::Certificate;
pub use openldap::{OpenLdap, SizeLimit};
pub use postgres::Postgres;
pub use process::kill_9;
pub use wait::wait_for;
