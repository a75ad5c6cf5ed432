//! Names of a person's fields as pages say them.

/// The label of a field by its name in the API.
pub(crate) fn label(field: &str) -> String {
    match field {
        "pbx" => "PBX".to_owned(),
        "mbg_user_name" => "MBG user name".to_owned(),
        "email" => "E-mail".to_owned(),
        "sip_user" => "SIP user".to_owned(),
        "sip_host" => "SIP host".to_owned(),
        "sip_password" => "SIP password".to_owned(),
        "mbg_password" => "MBG password".to_owned(),
        "voicemail_pin" => "Voicemail PIN".to_owned(),
        "delivery_email" => "The mail goes to".to_owned(),
        other => sentence(&other.replace('_', " ")),
    }
}

/// Words with a capital letter in front.
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_keep_their_capitals() {
        assert_eq!(label("mbg_user_name"), "MBG user name");
        assert_eq!(label("directory_number"), "Directory number");
        assert_eq!(sentence(""), "");
    }
}
