//! Every renderer against golden files and against hostile values, through the public verbs only,
//! and with the real programs.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod ignoring;
#[cfg(test)]
mod people;
#[cfg(test)]
mod real;
