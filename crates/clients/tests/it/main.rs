//! Every renderer against golden files and against hostile values, through the public verbs only.

mod golden;
mod hostile;
mod people;
