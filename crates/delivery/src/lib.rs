//! Tickets, mail, publications, devices and the configuration endpoint's rules.
