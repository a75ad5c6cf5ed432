//! Orders: what a job has to do, small and serialisable, with permanent names; ids, not objects.

use serde::{Deserialize, Serialize};

use crate::{ConnectionId, JobId, Language, PlanId, ProfileId, UserId, wave::Wave};

/// One order. Any room may enqueue any order; one room carries each kind out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Order {
    /// Read all records of one connection (`roster`).
    Scan {
        /// The connection.
        connection: ConnectionId,
    },
    /// Look who is registered at one connection (`roster`).
    Contacts {
        /// The connection.
        connection: ConnectionId,
    },
    /// Derive the entries anew from all records (`roster`).
    Join,
    /// Make users of a plan's rows (`import`).
    Import {
        /// The plan, carried out once.
        plan: PlanId,
        /// How its deployment is spread over time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wave: Option<Wave>,
    },
    /// Take an import back: remove the users that it made and withdraw their links (`import`).
    Undo {
        /// The import's plan.
        plan: PlanId,
        /// Whether those are removed too whose phone has its configuration.
        deployed: bool,
    },
    /// Withdraw the access of a plan's users for the time being (`users`).
    Suspend {
        /// The plan, carried out once.
        plan: PlanId,
    },
    /// Give the access of a plan's users back (`users`).
    Resume {
        /// The plan, carried out once.
        plan: PlanId,
    },
    /// Give a plan's users its profile (`users`).
    ChangeProfile {
        /// The plan, carried out once.
        plan: PlanId,
    },
    /// Give a plan's users its language (`users`).
    ChangeLanguage {
        /// The plan, carried out once.
        plan: PlanId,
    },
    /// Delete a plan's users and withdraw their links and devices (`users`).
    Delete {
        /// The plan, carried out once.
        plan: PlanId,
        /// Whether those are deleted too whose phone has its configuration.
        deployed: bool,
    },
    /// Make users of a plan's rows, which a file told (`import`).
    ImportCsv {
        /// The plan, carried out once.
        plan: PlanId,
    },
    /// Bring a plan's users in line with their entries (`import`).
    Sync {
        /// The plan, carried out once.
        plan: PlanId,
        /// Whether people whose user id changed lose their devices and get a new mail.
        reset: bool,
    },
    /// Fetch SIP secrets for records that have none; its items are record ids (`roster`).
    Credential {
        /// The connection that makes them.
        connection: ConnectionId,
    },
    /// Offer each of its items, which are users, a configuration (`delivery`).
    Deploy {
        /// Why, for the timeline.
        reason: String,
        /// The job that still gives it people: it is not done before that one is over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fed_by: Option<JobId>,
        /// How it is spread over time; none: all at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wave: Option<Wave>,
    },
    /// Tell the administrators by mail that a connection's authorization ends (`delivery`).
    Notify {
        /// The connection.
        connection: ConnectionId,
        /// In at most so many days; 0: it has ended.
        days: i64,
    },
    /// Send a mail template as it stands to somebody who wants to see it, with a link that leads nowhere (`delivery`).
    TestMail {
        /// Whose address gets it.
        to: String,
        /// In which language.
        language: Language,
        /// The profile whose template it is, if it has one of its own.
        profile: Option<ProfileId>,
    },
    /// Mail a person a link that signs them in once (`delivery`).
    SignInMail {
        /// The person.
        user: UserId,
    },
}

impl Order {
    /// Every permanent name.
    pub const NAMES: [&'static str; 17] = [
        "scan",
        "contacts",
        "join",
        "import",
        "undo",
        "suspend",
        "resume",
        "change-profile",
        "change-language",
        "delete",
        "import-csv",
        "sync",
        "credential",
        "deploy",
        "notify",
        "test-mail",
        "sign-in-mail",
    ];

    /// The permanent name of this order's kind.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Scan { .. } => "scan",
            Self::Contacts { .. } => "contacts",
            Self::Join => "join",
            Self::Import { .. } => "import",
            Self::Undo { .. } => "undo",
            Self::Suspend { .. } => "suspend",
            Self::Resume { .. } => "resume",
            Self::ChangeProfile { .. } => "change-profile",
            Self::ChangeLanguage { .. } => "change-language",
            Self::Delete { .. } => "delete",
            Self::ImportCsv { .. } => "import-csv",
            Self::Sync { .. } => "sync",
            Self::Credential { .. } => "credential",
            Self::Deploy { .. } => "deploy",
            Self::Notify { .. } => "notify",
            Self::TestMail { .. } => "test-mail",
            Self::SignInMail { .. } => "sign-in-mail",
        }
    }
}

/// How one round of work on a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is left to do.
    Done,
    /// Not now: try again at or after this moment.
    Again {
        /// When.
        at: crate::Timestamp,
        /// Why, for the job's page.
        why: String,
    },
    /// It will not work: the job ends as failed.
    GiveUp {
        /// Why, for the job's page.
        why: String,
        /// What to do.
        hint: String,
    },
    /// A person cancelled or paused it, or another worker took it over: stop without a word.
    Stopped,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_orders_name_is_its_tag() {
        let order = Order::Deploy {
            reason: "import".into(),
            fed_by: None,
            wave: None,
        };
        let json = serde_json::to_value(&order).unwrap();
        assert_eq!(json["kind"], order.name());
        assert_eq!(serde_json::from_value::<Order>(json).unwrap(), order);
    }
}
