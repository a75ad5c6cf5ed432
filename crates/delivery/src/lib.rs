//! Getting it there: tickets, mail, publications, devices, and the rules of the configuration endpoint.

mod account;
mod advice;
pub mod bounces;
mod code;
mod composers;
mod deploy;
mod error;
mod exchange;
mod fetch;
pub mod mail;
mod notify;
mod outbox;
mod plan;
mod preview;
mod print;
mod publish;
pub mod qr;
mod renewal;
mod settings;
pub mod templates;
mod test_mail;
mod withdrawal;

pub use advice::advice;
pub use code::{Typed, exchange_code};
pub use deploy::carry_out as carry_out_deploy;
pub use error::Error;
pub use exchange::{Asking, Exchanged, broken_off, exchange, find, language_of, taken, visited};
pub use fetch::{Fetched, Fetches, emptied, fetch, renew_form};
pub use outbox::Post;
pub use plan::{Mode, Wanted, plan, run};
pub use preview::{Preview, preview, preview_user};
pub use print::{Sheet, print};
pub use publish::{Publisher, signing_key};
pub use renewal::renew;
pub use settings::{MailServer, MailTls, RedirectServer, Settings};
pub use withdrawal::withdraw_device;
