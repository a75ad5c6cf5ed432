//! One suite for every kind of component: `reading` and `trouble` hold the same facts for all of them, through one description
//! per kind in `play`; what only one kind can do stands in a file of its own.
#![cfg(test)]

mod again;
mod authorization;
mod contacts;
mod directory;
mod folder;
mod large;
mod lines;
mod maps;
mod odd_records;
mod office;
mod passwords;
mod play;
mod pretend_directory;
mod reading;
mod registrar;
mod relay;
mod scans;
mod service;
mod signing_in;
mod synchronization;
mod trouble;
mod web;
