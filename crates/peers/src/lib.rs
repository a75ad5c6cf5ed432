//! Starts the real programs that tests, benches and `xtask` run against: OpenLDAP, Kamailio, softphones, PostgreSQL,
//! mail sinks, Postfix and Dovecot, nginx, a SCIM service, and our own. Each lives on loopback in a temporary folder of its own and
//! ends with its handle; what is done with it is the test's business, but for `kills` and `swarm`, which a test and `xtask` share.

mod api;
mod baresip;
mod certificate;
mod dovecot;
mod folder;
mod installation;
mod kamailio;
mod kills;
mod linphone;
mod memory;
mod nginx;
mod oauth;
mod openldap;
mod port;
mod postfix;
mod postgres;
mod process;
mod program;
mod registrar;
mod scim;
mod smtp_sink;
mod swarm;
mod tool;
mod usage;
mod wait;
mod wrk;

pub use api::Api;
pub use baresip::Baresip;
pub use certificate::Certificate;
pub use dovecot::Dovecot;
pub use installation::Installation;
pub use kamailio::{Contact, Kamailio, ha1};
pub use kills::{Kills, Report};
pub use linphone::Linphone;
pub use memory::read_memory;
pub use nginx::Nginx;
pub use oauth::{OauthProvider, oauth_client};
pub use openldap::{OpenLdap, SizeLimit};
pub use port::Port;
pub use postfix::Postfix;
pub use postgres::Postgres;
pub use process::kill_9;
pub use program::Program;
pub use registrar::{RegistrarDatabase, Schema};
pub use scim::{ScimServer, scim_judge};
pub use smtp_sink::SmtpSink;
pub use swarm::{Swarm, Swarmed};
pub use tool::find as find_program;
pub use usage::{Usage, usage};
pub use wait::wait_for;
pub use wrk::{Load, Measured, wrk};
