//! The softphone that a link is for, as far as its pages can lead into it.

/// A softphone. The redirect server is not told which one a link is for: its pages lead into Linphone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum App {
    /// Linphone, and whatever else takes the link itself.
    #[default]
    Linphone,
    /// An app of Acrobits', with the Cloud ID under which its maker knows this installation.
    Acrobits(String),
    /// Zoiper, with the provider id under which its maker knows this installation.
    Zoiper(String),
}

impl App {
    /// What people call it.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Linphone => "Linphone",
            Self::Acrobits(_) => "Cloud Softphone",
            Self::Zoiper(_) => "Zoiper",
        }
    }

    /// Where it is to be had: what is shown, and the address.
    pub(crate) const fn stores(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Linphone => &[
                (
                    "App Store",
                    "https://apps.apple.com/app/linphone/id360065638",
                ),
                (
                    "Google Play",
                    "https://play.google.com/store/apps/details?id=org.linphone",
                ),
                ("linphone.org", "https://www.linphone.org/"),
            ],
            Self::Acrobits(_) => &[("acrobits.net", "https://www.acrobits.net/")],
            Self::Zoiper(_) => &[
                (
                    "Google Play",
                    "https://play.google.com/store/apps/details?id=com.zoiper.android.app",
                ),
                (
                    "zoiper.com",
                    "https://www.zoiper.com/en/voip-softphone/download/current",
                ),
            ],
        }
    }

    /// Where the button may lead, as a source of a content security policy.
    pub(crate) const fn source(&self) -> &'static str {
        match self {
            Self::Linphone => "linphone-config:",
            Self::Acrobits(_) => "csc:",
            Self::Zoiper(_) => "https://oem.zoiper.com",
        }
    }
}
