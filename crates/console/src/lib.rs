//! The console's pages: templates, typed contexts, styles and behaviour. Each page is one module
//! with one context that implements [`askama::Template`] and has a `sample()`.
//! What the numbers mean and who may see them is left to the handlers, which fill the contexts.
//!
//! Contexts are plain data: an empty `String` means "no value" and is shown as a dash; counts are
//! [`Count`]; times are [`When`], already written in words, with the ISO form for machines.

pub mod assets;
pub mod brand;
pub mod changes;
pub mod connection;
pub mod connection_form;
pub mod connections;
mod count;
pub mod csv;
pub mod entry;
mod errors;
mod escape;
pub mod funnel;
pub mod import_users;
pub mod job;
pub mod jobs;
mod list;
pub mod mail_history;
pub mod mail_template;
pub mod mail_templates;
pub mod making;
pub mod manage;
pub mod me;
mod notice;
pub mod outbox;
pub mod person;
pub mod plan;
pub mod plan_items;
pub mod precedence;
pub mod preview;
pub mod problem;
pub mod profile;
pub mod profile_change;
pub mod profile_history;
pub mod profile_removal;
pub mod profiles;
pub mod set_up;
pub mod sheet;
mod shell;
pub mod sign_in;
mod tag;
pub mod today;
pub mod undo;
pub mod user;
pub mod user_plan;
pub mod wave;
mod when;

pub use askama::Template;
pub use count::Count;
pub use errors::{FieldError, FieldErrors};
pub use list::{Chip, FilterChoice, ListQuery, Paging, ProfileChoice};
pub use notice::{Action, Notice, Tone, Trouble};
pub use shell::{Counts, Place, Shell};
pub use tag::{Mark, Tag};
pub use when::When;
