//! Whether a person can be deployed at all, as the plan shows it and the deployment carries it out.

use model::{ProfileSettings, Refusal, SecretHeld, plan::reasons};

use crate::needs_clear_password;

/// Whether a person can be deployed with `profile` (`None` = *Do not deploy*).
///
/// # Errors
/// The first reason that applies, always in this order: no profile, no account, no usable secret, no address.
pub fn deployable(
    profile: Option<&ProfileSettings>,
    has_account: bool,
    email: &str,
    secret: SecretHeld,
) -> Result<(), Refusal> {
    let settings = profile.ok_or_else(reasons::do_not_deploy)?;
    if !has_account {
        return Err(reasons::no_account());
    }
    match secret {
        SecretHeld::None => return Err(reasons::no_secret()),
        SecretHeld::Ha1 if needs_clear_password(settings.client) => {
            return Err(reasons::needs_password());
        }
        SecretHeld::Ha1 | SecretHeld::Clear | SecretHeld::CanBeMade => {}
    }
    if email.is_empty() && settings.central_email.is_empty() {
        return Err(reasons::no_email());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use model::ClientKind;

    use super::*;

    fn profile(client: ClientKind, central_email: &str) -> ProfileSettings {
        ProfileSettings {
            client,
            central_email: central_email.to_owned(),
            ..ProfileSettings::default()
        }
    }

    #[test]
    fn reasons_come_in_a_fixed_order() {
        let baresip = profile(ClientKind::Baresip, "");
        let code = |profile, has_account, email, secret| {
            deployable(profile, has_account, email, secret)
                .unwrap_err()
                .code
        };
        assert_eq!(code(None, false, "", SecretHeld::None), "do-not-deploy");
        assert_eq!(
            code(Some(&baresip), false, "", SecretHeld::None),
            "no-account"
        );
        assert_eq!(
            code(Some(&baresip), true, "", SecretHeld::None),
            "no-secret"
        );
        assert_eq!(
            code(Some(&baresip), true, "", SecretHeld::Ha1),
            "needs-password"
        );
        assert_eq!(
            code(Some(&baresip), true, "", SecretHeld::Clear),
            "no-email"
        );
    }

    #[test]
    fn a_hash_is_enough_for_linphone_and_a_central_address_for_the_mail() {
        let linphone = profile(ClientKind::Linphone, "phones@example.org");
        for secret in [SecretHeld::Clear, SecretHeld::Ha1, SecretHeld::CanBeMade] {
            assert_eq!(deployable(Some(&linphone), true, "", secret), Ok(()));
        }
    }
}
