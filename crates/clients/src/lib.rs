//! User and profile to the configuration document of each softphone.
