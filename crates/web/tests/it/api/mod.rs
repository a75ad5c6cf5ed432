//! The REST API as a program meets it. Every answer here is held against the description: its status, its kind and
//! its shape.

mod answers;
mod attacks;
mod bounces;
mod brand;
mod changes;
mod described;
mod description;
mod entered;
mod mail_templates;
mod outbox;
mod profiles;
mod provisioning;
mod refusals;
mod renewing;
mod waves;
