//! What is wrong, where, and the way out: faults of data, and refusals of a row with their hint.

use serde::{Deserialize, Serialize};

/// One thing wrong with one field. Never holds the value of a secret field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Fault {
    /// The field's name as it stands in the API.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl Fault {
    /// A fault of `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// Why a row is left out or failed: a permanent code, words for a person, and what to do.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
pub struct Refusal {
    /// A permanent name of the reason, in kebab case.
    pub code: String,
    /// What happened, for a person.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
}

impl Refusal {
    /// A refusal of three texts.
    pub fn new(code: &str, reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            reason: reason.into(),
            hint: hint.into(),
        }
    }
}
