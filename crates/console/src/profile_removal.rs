//! `/profiles/{id}/delete`: what removing a profile comes to, before it is removed.

use askama::Template;

use crate::{Count, Place, ProfileChoice, Shell};

/// Before a profile is removed. Choosing asks this page again with `replacement`; removing posts it here.
#[derive(Debug, Clone, Template)]
#[template(path = "profile_removal.html")]
pub struct ProfileRemovalPage {
    /// The frame.
    pub shell: Shell,
    /// The profile's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Users that have it.
    pub users: Count,
    /// People whose clients become out of date.
    pub out_of_date: Count,
    /// Whether a replacement is chosen.
    pub is_chosen: bool,
    /// The profiles that can take its place.
    pub others: Vec<ProfileChoice>,
}

impl ProfileRemovalPage {
    /// The name of the chosen replacement.
    pub(crate) fn replacement(&self) -> (&str, &str) {
        let mut chosen = self.others.iter().filter(|other| other.chosen);
        chosen
            .next()
            .map_or(("", ""), |other| (&other.id, &other.name))
    }

    /// Thousands of users move.
    pub fn sample() -> Self {
        Self {
            shell: Shell::sample(Place::Profiles),
            id: "p9".into(),
            name: "Old office".into(),
            users: Count(8_210),
            out_of_date: Count(7_904),
            is_chosen: true,
            others: ProfileChoice::samples()[..2].to_vec(),
        }
    }

    /// Nobody has it.
    pub fn sample_unused() -> Self {
        Self {
            users: Count(0),
            out_of_date: Count(0),
            ..Self::sample()
        }
    }
}
