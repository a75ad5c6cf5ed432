//! Pretend components and a mail catcher over real HTTP and SMTP, for the demo, tests and benches: people by seed, the truth of
//! who is who, and faults on demand. Nothing of it is linked into the server's rooms.

pub mod clock;
pub mod component;
pub mod control;
pub mod fault;
pub mod mail;
pub mod people;
pub mod secret;
mod server;
mod start;

pub use component::{Component, Credentials, RemoteMbg};
pub use control::Control;
pub use start::{Error, Options, Ports, Sandbox};
