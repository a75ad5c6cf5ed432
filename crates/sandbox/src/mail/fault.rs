//! What can go wrong while mail is taken, as orders; doing it is left to `smtp`.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum MailTrouble {
    /// RCPT is refused; 4xx is temporary, 5xx is for good (RFC 5321, 4.2.1).
    RefuseRecipient {
        /// The reply code, 400 to 599.
        code: u16,
    },
    /// The message is refused after its last dot.
    RefuseMessage {
        /// The reply code, 400 to 599.
        code: u16,
    },
    /// The connection is dropped in the middle of DATA; nothing is kept.
    DropInData,
    /// The message is kept, but the connection is dropped before the reply: the sender cannot know.
    DropAfterData,
}

/// An order to let something go wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailFault {
    /// What goes wrong.
    #[serde(flatten)]
    pub trouble: MailTrouble,
    /// Only for mail to this address; for every mail without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Only the first so many times; until cleared without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

impl MailFault {
    /// This trouble with every mail until cleared.
    pub fn always(trouble: MailTrouble) -> Self {
        Self {
            trouble,
            address: None,
            times: None,
        }
    }

    /// Only the first so many times.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self {
            times: Some(times),
            ..self
        }
    }

    /// Only for mail to `address`.
    #[must_use]
    pub fn to(self, address: &str) -> Self {
        Self {
            address: Some(address.to_owned()),
            ..self
        }
    }
}

/// The moment at which a fault may strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Recipient,
    InData,
    AfterData,
}

/// The orders.
#[derive(Debug, Default)]
pub(crate) struct MailFaults(Mutex<Vec<MailFault>>);

impl MailFaults {
    pub(crate) fn set(&self, faults: Vec<MailFault>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// The first trouble ordered for this moment and one of these addresses; it has then happened once more.
    pub(crate) fn strike(&self, moment: Moment, addresses: &[String]) -> Option<MailTrouble> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = faults.iter_mut().find(|fault| {
            let meant =
                |address: &String| addresses.iter().any(|to| to.eq_ignore_ascii_case(address));
            moment_of(fault.trouble) == moment
                && fault.times != Some(0)
                && fault.address.as_ref().is_none_or(meant)
        })?;
        fault.times = fault.times.map(|times| times - 1);
        Some(fault.trouble)
    }
}

fn moment_of(trouble: MailTrouble) -> Moment {
    match trouble {
        MailTrouble::RefuseRecipient { .. } => Moment::Recipient,
        MailTrouble::DropInData => Moment::InData,
        MailTrouble::RefuseMessage { .. } | MailTrouble::DropAfterData => Moment::AfterData,
    }
}
