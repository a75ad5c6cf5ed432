//! Stories: the whole program as people use it, against real parts.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod brand;
mod doctor;
mod first_run;
mod kill;
mod links;
mod marks;
mod office;
mod postgres;
mod proof;
mod stand_alone;
mod story;
mod swarm;
mod verbs;
mod waves;
