//! `/me`: who is let in, what a person sees and does there, and to whom it is closed.

mod closed;
mod office;
mod own_page;
mod ways_in;
