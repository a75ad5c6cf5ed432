//! Errors as answers: RFC 9457 problem documents with a hint; the one file that turns rooms' errors into HTTP.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use model::Fault;
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong, for a program and for a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// What happened.
    pub title: String,
    /// Why, where more is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// The rows and fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowFault>,
}

/// One field at fault.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RowFault {
    /// The row, from 1; 0 where there is only one thing.
    pub row: u64,
    /// The field's name in the API.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl Problem {
    /// A problem of a status and a sentence.
    pub fn new(status: StatusCode, title: impl Into<String>) -> Self {
        Self {
            status: status.as_u16(),
            title: title.into(),
            detail: String::new(),
            hint: String::new(),
            rows: vec![],
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Says why.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    fn faults(mut self, faults: Vec<Fault>) -> Self {
        self.rows = faults
            .into_iter()
            .map(|f| RowFault {
                row: 0,
                field: f.field,
                message: f.message,
            })
            .collect();
        self
    }

    /// A request that cannot be understood.
    pub fn bad_request(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }

    /// Fields that cannot be as they are.
    pub(crate) fn unfit(title: &str, faults: Vec<Fault>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, title)
            .hint("correct the fields that are named")
            .faults(faults)
    }

    /// A request that does not go with how things stand.
    pub fn conflict(why: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, why)
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut answer = (self.status(), Json(self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
        if answer.status() == StatusCode::UNAUTHORIZED {
            // RFC 9110, section 11.6.1.
            let bearer = HeaderValue::from_static("Bearer");
            answer
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, bearer);
        }
        answer
    }
}

/// The causes of an error, for the server's log.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        let status = match &error {
            store::Error::Missing(_) => StatusCode::NOT_FOUND,
            store::Error::Taken(_) | store::Error::LeaseLost => StatusCode::CONFLICT,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            tracing::error!(
                error = causes(&error),
                "the database did not answer as expected"
            );
        }
        Self::new(status, error.to_string()).hint(error.hint())
    }
}

impl From<access::Error> for Problem {
    fn from(error: access::Error) -> Self {
        let status = match error {
            access::Error::Store(inner) => return inner.into(),
            access::Error::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
            access::Error::NeedsPrimary => StatusCode::FORBIDDEN,
            access::Error::WrongPassword | access::Error::WrongSetupToken => {
                StatusCode::UNAUTHORIZED
            }
            access::Error::Unfit(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.to_string()).hint(error.hint())
    }
}

impl From<roster::Error> for Problem {
    fn from(error: roster::Error) -> Self {
        let (title, hint) = (error.to_string(), error.hint());
        match error {
            roster::Error::Store(inner) => inner.into(),
            roster::Error::Conflict { .. } | roster::Error::Decided { .. } => {
                Self::new(StatusCode::CONFLICT, title).hint(hint)
            }
            roster::Error::Unfit(faults) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, title)
                .hint(hint)
                .faults(faults),
            roster::Error::Component { source, .. } => Self::new(StatusCode::BAD_GATEWAY, title)
                .detail(causes(&source))
                .hint(hint),
        }
    }
}

impl From<users::Error> for Problem {
    fn from(error: users::Error) -> Self {
        let (title, hint) = (error.to_string(), error.hint());
        match error {
            users::Error::Store(inner) => inner.into(),
            users::Error::Unfit(faults) | users::Error::Belongs { faults, .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, title)
                    .hint(hint)
                    .faults(faults)
            }
            users::Error::InUse(_)
            | users::Error::Meanwhile(_)
            | users::Error::OtherPurpose
            | users::Error::PhoneDeployed => Self::new(StatusCode::CONFLICT, title).hint(hint),
            users::Error::Expired => Self::new(StatusCode::GONE, title).hint(hint),
            users::Error::Query(_) | users::Error::Empty | users::Error::File(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, title).hint(hint)
            }
        }
    }
}

impl From<import::Error> for Problem {
    fn from(error: import::Error) -> Self {
        let status = match error {
            import::Error::Store(inner) => return inner.into(),
            import::Error::Roster(inner) => return inner.into(),
            import::Error::Expired => StatusCode::GONE,
            import::Error::OtherPurpose | import::Error::StillRuns => StatusCode::CONFLICT,
            import::Error::Query(_)
            | import::Error::Empty
            | import::Error::NoTable(_)
            | import::Error::NoColumns(_)
            | import::Error::NoHeading(_)
            | import::Error::NoRows
            | import::Error::Unmapped(_)
            | import::Error::ColumnTwice(_)
            | import::Error::Sheet(_)
            | import::Error::Faulty(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let mut problem = Self::new(status, error.to_string()).hint(error.hint());
        if let Some(cause) = std::error::Error::source(&error) {
            problem = problem.detail(cause.to_string());
        }
        problem
    }
}

impl From<delivery::Error> for Problem {
    fn from(error: delivery::Error) -> Self {
        let (title, hint) = (error.to_string(), error.hint().to_owned());
        let status = match error {
            delivery::Error::Store(inner) => return inner.into(),
            delivery::Error::Expired => StatusCode::GONE,
            delivery::Error::OtherPurpose | delivery::Error::Overtaken => StatusCode::CONFLICT,
            delivery::Error::Unfit(faults) => return Self::unfit(&title, faults),
            delivery::Error::Query(_)
            | delivery::Error::Empty
            | delivery::Error::NoNotification
            | delivery::Error::CannotPreview(_) => StatusCode::UNPROCESSABLE_ENTITY,
            delivery::Error::Redirect(_) => StatusCode::BAD_GATEWAY,
            delivery::Error::Mail(_) | delivery::Error::Letter(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Self::new(status, title).hint(hint)
    }
}
