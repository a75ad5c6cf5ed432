//! Profiles: whether the links that they have mailed lead anywhere.

use delivery::Settings;
use model::Profile;
use store::Store;

use super::finding::{Finding, Findings, in_time, words};

pub(super) async fn look(store: &Store, settings: &Settings) -> Findings {
    let check = "profiles";
    in_time(check, async {
        match users::profiles::list(store).await {
            Ok(profiles) => profiles
                .iter()
                .map(|(profile, _)| links(profile, settings))
                .collect(),
            Err(error) => vec![Finding::fail(check, words(&error), error.hint())],
        }
    })
    .await
}

fn links(profile: &Profile, settings: &Settings) -> Finding {
    let (check, mode) = (
        format!("profile {}", profile.name),
        profile.settings.link_mode,
    );
    let title = mode.title();
    if let Err(why) = settings.check_mode(mode) {
        return Finding::fail(
            &check,
            format!("link mode {title}: {}", why.reason),
            why.hint,
        );
    }
    if settings.stays_here(mode) {
        let seen = format!(
            "link mode {title}: links lead to this machine, where no other one can follow them"
        );
        return Finding::warn(
            &check,
            seen,
            "name addresses in the settings at which phones reach the servers",
        );
    }
    Finding::ok(&check, format!("link mode {title}"))
}
