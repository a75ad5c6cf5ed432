//! Where the mails about a person go: plans, letters and what is told of them afterwards ask here.

use model::{PersonFields, ProfileSettings};

/// The address that a person's mails go to: their profile's central one, or their own. Empty: there is none.
pub fn recipient<'a>(person: &'a PersonFields, profile: Option<&'a ProfileSettings>) -> &'a str {
    profile
        .map(|settings| settings.central_email.as_str())
        .filter(|central| !central.is_empty())
        .unwrap_or(&person.email)
}
