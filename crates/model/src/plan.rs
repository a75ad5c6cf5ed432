//! What a plan says about one row, and the reasons for leaving a row out.

use serde::{Deserialize, Serialize};

use crate::Refusal;

/// What an import does with one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A user is made.
    Create,
    /// The imported user is brought in line with the entry.
    Update,
    /// The user is there and in line: nothing to change.
    Keep,
    /// Left out, for a reason.
    Skip,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Keep, Self::Skip];

    /// The permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Keep => "keep",
            Self::Skip => "skip",
        }
    }

    /// The action of that permanent name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// The decision about one row: computed by one function when it is shown and when it is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What happens with the row.
    pub action: Action,
    /// Why it is left out, with [`Action::Skip`].
    pub skip: Option<Refusal>,
    /// Whether the person is deployed too; `None` where no deployment was asked for.
    pub deploy: Option<Result<(), Refusal>>,
}

/// The reasons, each with its hint, in one place.
pub mod reasons {
    use crate::{Refusal, filter::Lack};

    /// Records contradict each other.
    pub fn conflict() -> Refusal {
        Refusal::new(
            "conflict",
            "records of this person contradict each other",
            "open the entry, see which records disagree, and mend them at their component",
        )
    }

    /// A needed field is missing. Each has a code of its own: rows are listed by it.
    pub fn incomplete(lack: Lack) -> Refusal {
        let code = match lack {
            Lack::LastName => "incomplete-last-name",
            Lack::Email => "incomplete-email",
        };
        Refusal::new(
            code,
            lack.words(),
            "complete the record at its component and scan again",
        )
    }

    /// A component calls the person inactive.
    pub fn inactive() -> Refusal {
        Refusal::new(
            "inactive",
            "a component says this person is not active",
            "activate the person there and scan again",
        )
    }

    /// No component holds the person any more.
    pub fn gone() -> Refusal {
        Refusal::new(
            "gone",
            "no component holds this person any more",
            "scan again if this is a surprise; otherwise nothing is to be done",
        )
    }

    /// The entry changed between plan and import.
    pub fn changed_since_plan() -> Refusal {
        Refusal::new(
            "changed-since-plan",
            "the entry changed after the plan was shown",
            "look at it again and make a new plan for it",
        )
    }

    /// A reminder to somebody whose softphone has its configuration.
    pub fn has_fetched() -> Refusal {
        Refusal::new(
            "has-fetched",
            "a softphone of theirs has its configuration",
            "nothing is to be done",
        )
    }

    /// A reminder of a mail that never went out.
    pub fn not_mailed() -> Refusal {
        Refusal::new("not-mailed", "no mail went to them yet", "deploy them")
    }

    /// A reminder of a mail that went out a short while ago.
    pub fn mailed_lately() -> Refusal {
        Refusal::new(
            "mailed-lately",
            "their mail is not that many days old",
            "wait, or choose fewer days",
        )
    }

    /// The profile says not to deploy.
    pub fn do_not_deploy() -> Refusal {
        Refusal::new(
            "do-not-deploy",
            "no deployment profile was chosen",
            "choose a profile to deploy with",
        )
    }

    /// The profile that a plan gives is gone.
    pub fn no_profile() -> Refusal {
        Refusal::new(
            "no-profile",
            "the profile was removed after the plan was shown",
            "make a new plan for this person",
        )
    }

    /// There is nowhere to send the mail.
    pub fn no_email() -> Refusal {
        Refusal::new(
            "no-email",
            "no component knows an e-mail address",
            "add the address at its component and scan again, or name a central address in the profile",
        )
    }

    /// There is no SIP account to configure.
    pub fn no_account() -> Refusal {
        Refusal::new(
            "no-account",
            "no component holds a SIP account for this person",
            "add the person on a border gateway and scan again, or type a SIP account in under Edit on the user's page",
        )
    }

    /// There is an account, but its secret is not to be had.
    pub fn no_secret() -> Refusal {
        Refusal::new(
            "no-secret",
            "the component gives no SIP secret for this account",
            "allow the connection to make credentials at the component, or type the password in under Edit on the user's page",
        )
    }

    /// The redirect server does not know a link that leads over it.
    pub fn not_published() -> Refusal {
        Refusal::new(
            "not-published",
            "the redirect server has not taken the link yet",
            "see that the redirect server runs; then do it again",
        )
    }

    /// The link does not fit into a QR code.
    pub fn long_link() -> Refusal {
        Refusal::new(
            "long-link",
            "the link is too long for a QR code",
            "give this server, or the redirect server, a shorter address in the settings",
        )
    }

    /// The client needs the clear password and only a hash is known.
    pub fn needs_password() -> Refusal {
        Refusal::new(
            "needs-password",
            "needs the password, the component gives only a hash",
            "choose a profile for a client that can work with the hash (Linphone)",
        )
    }

    /// A deployment was sent before and still stands.
    pub fn already_deployed() -> Refusal {
        Refusal::new(
            "already-deployed",
            "was deployed before",
            "to send a new link, use Users > Manage > Deploy",
        )
    }

    /// The user is suspended.
    pub fn suspended() -> Refusal {
        Refusal::new(
            "suspended",
            "the user is suspended",
            "end the suspension first",
        )
    }

    /// The user's access is withdrawn already.
    pub fn suspended_already() -> Refusal {
        Refusal::new(
            "suspended-already",
            "the user is suspended already",
            "nothing is to be done",
        )
    }

    /// There is no suspension to end.
    pub fn not_suspended() -> Refusal {
        Refusal::new(
            "not-suspended",
            "the user is not suspended",
            "nothing is to be done",
        )
    }

    /// A phone has the configuration of somebody who is to be removed.
    pub fn phone_deployed(confirm: &str) -> Refusal {
        Refusal::new(
            "phone-deployed",
            "a phone has this person's configuration already",
            format!("to take its account away too, {confirm}"),
        )
    }

    /// The user has no source.
    pub fn by_hand() -> Refusal {
        Refusal::new(
            "entered-by-hand",
            "was entered by hand and comes from no component",
            "change the person on its own page, or by a CSV file",
        )
    }

    /// The user is no longer there.
    pub fn no_such_user() -> Refusal {
        Refusal::new(
            "no-such-user",
            "the user was removed meanwhile",
            "nothing is to be done",
        )
    }
}
