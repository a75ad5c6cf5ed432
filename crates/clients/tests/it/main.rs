//! Every renderer against golden files and against hostile values, through the public verbs only.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod people;
