//! One suite for every kind of component: the same facts against the sandbox's pretend components and a real OpenLDAP.
#![cfg(test)]

mod directory;
mod lines;
mod odd_records;
mod office;
mod passwords;
mod reading;
mod trouble;
mod web;
