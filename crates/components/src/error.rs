//! What can go wrong between us and a component, told by class, each with the way out. Which connection and which page it
//! was is added by the caller.

use std::error::Error as StdError;

/// Why a component gave no page.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The settings of the connection cannot work.
    #[error("{what}")]
    Settings {
        /// The field of the form that is to be corrected ([`crate::Form`]).
        field: &'static str,
        /// What is wrong with them.
        what: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// There was no answer, or it broke off.
    #[error("cannot reach it")]
    Unreachable(#[source] Box<dyn StdError + Send + Sync>),
    /// The credentials are not accepted, or do not allow this.
    #[error("it refuses the credentials ({said})")]
    Refused {
        /// Its own words, or the status.
        said: String,
    },
    /// It asks us to come back later.
    #[error("it is busy and asks to come back in {retry_after_s} s")]
    Throttled {
        /// Seconds to wait, 1 to 86,400.
        retry_after_s: u64,
    },
    /// It answered something else than was asked for.
    #[error("{what} (content type {content_type}, begins with {begins:?})")]
    NotUnderstood {
        /// What it answered instead.
        what: &'static str,
        /// The content type it claims.
        content_type: String,
        /// The first characters, 80 at most, without control characters; empty where they may hold a secret.
        begins: String,
    },
    /// It answered with a status that stands for an error.
    #[error("it answers with status {status}{}", in_words(said))]
    Status {
        /// The HTTP status.
        status: u16,
        /// Its own words; may be empty.
        said: String,
    },
    /// The directory answered with an error.
    #[error("it answers with result code {code}{}", in_words(said))]
    Directory {
        /// The result code (RFC 4511, appendix A).
        code: u32,
        /// Its own words; may be empty.
        said: String,
    },
    /// The cursor is not known (any more): the scan begins anew.
    #[error("it does not know this page any more")]
    StaleCursor,
    /// The answer is larger than a page may be.
    #[error("its answer is larger than {limit}")]
    TooLarge {
        /// The limit, with its unit.
        limit: String,
    },
    /// The answer did not come in time.
    #[error("it did not answer within {after_s} s")]
    Timeout {
        /// The time limit of one request, in seconds.
        after_s: u64,
    },
    /// Its web service is not started, or offers no authorization.
    #[error("its web service is not started ({said})")]
    NotStarted {
        /// What was seen instead.
        said: String,
    },
    /// Its administrator said no in the authorization window.
    #[error("the authorization was refused in its window")]
    Declined,
    /// What it granted has ended.
    #[error("the authorization has expired")]
    Expired,
    /// Its clock and ours tell different times, so that it takes signed requests for old ones.
    #[error("its clock differs from ours by {by_s} s")]
    ClockDiffers {
        /// By how many seconds; 0 where it only says that it does.
        by_s: u64,
    },
    /// It cannot look this number up over a remote connection.
    #[error("a number with # cannot be read over a remote connection")]
    NotAddressable,
    /// Several of its records have this number.
    #[error("several of its records have this number")]
    Ambiguous,
    /// This kind of component cannot do it.
    #[error("{what}")]
    Unsupported {
        /// What it cannot do.
        what: &'static str,
    },
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Settings { hint, .. } => hint,
            Self::Unreachable(_) => {
                "check that it runs, that address and port are right, and that its certificate is trusted"
            }
            Self::Refused { .. } => {
                "enter valid credentials for this connection; the account needs the right to read users"
            }
            Self::Throttled { .. } => "nothing to do: the scan goes on by itself",
            Self::NotUnderstood { .. } => {
                "check that the address leads to the component itself, not to a sign-in page or a proxy before it"
            }
            Self::Status {
                status: 300..=399, ..
            } => "redirects are not followed: enter the address that it has now",
            Self::Status { status: 404, .. } => "check the address and the kind of the connection",
            Self::Status { .. } => "look into the component's own log, then scan again",
            Self::Directory { code: 32 | 34, .. } => "check the search base of this connection",
            Self::Directory { code: 12, .. } => {
                "the directory must offer paged results (RFC 2696) to this bind DN"
            }
            Self::Directory { code: 8 | 13, .. } => "use an ldaps address or StartTLS",
            Self::Directory { code: 50, .. } => {
                "give the bind DN the right to read the people below the search base"
            }
            Self::Directory { .. } => "look into the directory's own log, then scan again",
            Self::StaleCursor => "scan again from the first page",
            Self::TooLarge { .. } => "choose a smaller page size for this connection",
            Self::Timeout { .. } => {
                "scan again later, or allow more time or a smaller page size for this connection"
            }
            Self::NotStarted { .. } => {
                "start the web service of the border gateway, check the address, then send the request again"
            }
            Self::Declined => {
                "send a new authorization request from the connection's page, and have its administrator agree in the window"
            }
            Self::Expired => "a primary administrator renews it under Configuration > Connections",
            Self::ClockDiffers { .. } => {
                "set the clocks of both machines by the same time server, then try again"
            }
            Self::NotAddressable => {
                "write * for # at the source (1*001 for 1#001), or use a local connection with clustered border gateways"
            }
            Self::Ambiguous => {
                "give each of them a number of its own at the source, then scan again"
            }
            Self::Unsupported { .. } => "ask a connection that can do it",
        }
    }
}

/// The words of an error's deepest cause: what the operating system or the peer said.
pub(crate) fn deepest(error: &(dyn StdError + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

fn in_words(said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        format!(": {said}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_as_a_sentence_and_shows_only_what_is_known() {
        let status = |said: &str| Error::Status {
            status: 500,
            said: said.into(),
        };
        assert_eq!(status("").to_string(), "it answers with status 500");
        assert_eq!(
            status("disk full").to_string(),
            "it answers with status 500: disk full"
        );
    }
}
