//! `/users`: the people we manage, how far each of them is, and the choice of whom to deploy.

use askama::Template;

use crate::import_users::spoken;
use crate::list::Pages;
use crate::{Chip, Count, FilterChoice, ListQuery, Paging, Place, Shell, Tag, Tone, When};

/// Users > Manage. Its form posts to `/users/deployments/plan`: the selection as on `/import`
/// (`all` with `except`, or `id`), with `q`, `state`, `snapshot`, and `looked` in the address.
#[derive(Debug, Clone, Template)]
#[template(path = "manage.html")]
pub struct ManagePage {
    /// The frame.
    pub shell: Shell,
    /// Search, filter and order. Columns: `name`, `number`, `email`.
    pub query: ListQuery,
    /// More words to filter by.
    pub filters: Vec<FilterChoice>,
    /// The list's revision, sent along with the selection; may be empty.
    pub snapshot: String,
    /// How many users there are of each filter, without search.
    pub counts: UserCounts,
    /// This page's rows.
    pub rows: Vec<UserRow>,
    /// Where it stands.
    pub paging: Paging,
}

/// How many users there are of each filter.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserCounts {
    /// `all`
    pub all: Count,
    /// `imported`: never deployed.
    pub imported: Count,
    /// `queued`: ordered, not sent.
    pub queued: Count,
    /// `sent`: accepted by the mail server, not downloaded.
    pub sent: Count,
    /// `downloaded`: at least one device fetched its configuration.
    pub downloaded: Count,
    /// `registered`: a device was seen at the registrar.
    pub registered: Count,
    /// A softphone has another configuration than it would be given now.
    pub out_of_date: Count,
    /// `failed`: could not be deployed.
    pub failed: Count,
    /// `suspended`: their access is withdrawn.
    pub suspended: Count,
    /// The components tell something else since.
    pub drifted: Count,
    /// On no component any more.
    pub left: Count,
}

/// One user.
#[derive(Debug, Clone, Default)]
pub struct UserRow {
    /// Id.
    pub id: String,
    /// Name of the profile.
    pub profile: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Directory number.
    pub number: String,
    /// MBG SIP user name.
    pub sip_user: String,
    /// Client service account.
    pub client_service_account: String,
    /// E-mail address.
    pub email: String,
    /// When the deployment was sent.
    pub deployed: Option<When>,
    /// When the client fetched it.
    pub downloaded: Option<When>,
    /// When a client was first seen at the registrar.
    pub registered: Option<When>,
    /// How far this user is.
    pub state: UserState,
    /// Why, a few words; may be empty.
    pub note: String,
}

/// How far a user is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UserState {
    /// Imported, never deployed.
    #[default]
    Imported,
    /// Ordered, not sent.
    Queued,
    /// Could not be deployed.
    Failed,
    /// Accepted by the mail server.
    Sent,
    /// Refused by the mail server.
    Bounced,
    /// The link was looked at.
    Seen,
    /// The landing page's button was pressed.
    Opened,
    /// A device fetched its configuration.
    Downloaded,
    /// A device is registered.
    Registered,
    /// Something changed since the download.
    OutOfDate,
    /// The link ended unused.
    Expired,
    /// A newer deployment took its place.
    Superseded,
    /// The link was withdrawn.
    Revoked,
    /// Switched off here.
    Suspended,
}

impl UserState {
    pub(crate) fn tag(self) -> Tag {
        let meaning = match self {
            Self::Superseded => {
                "A newer mail or sheet took the place of this one: its link ended. Devices that used it keep working."
            }
            Self::Revoked => {
                "Somebody withdrew it: its link ended, and no new one can be asked for by it."
            }
            _ => "",
        };
        let (word, tone) = match self {
            Self::Imported => ("imported", Tone::Plain),
            Self::Queued => ("queued", Tone::Info),
            Self::Failed => ("failed", Tone::Bad),
            Self::Sent => ("sent", Tone::Info),
            Self::Bounced => ("bounced", Tone::Bad),
            Self::Seen => ("seen", Tone::Info),
            Self::Opened => ("opened", Tone::Info),
            Self::Downloaded => ("downloaded", Tone::Good),
            Self::Registered => ("registered", Tone::Good),
            Self::OutOfDate => ("out of date", Tone::Warning),
            Self::Expired => ("link expired", Tone::Warning),
            Self::Superseded => ("superseded", Tone::Plain),
            Self::Revoked => ("revoked", Tone::Plain),
            Self::Suspended => ("suspended", Tone::Plain),
        };
        Tag::new(word, tone).meaning(meaning)
    }
}

impl UserRow {
    pub(crate) fn spoken(&self) -> String {
        spoken(&self.first_name, &self.last_name, &self.number)
    }

    pub(crate) fn tag(&self) -> Tag {
        self.state
            .tag()
            .link(format!("/users/{}", self.id), self.spoken())
    }
}

impl ManagePage {
    pub(crate) fn chips(&self) -> Vec<Chip> {
        let counts = &self.counts;
        let mut chips = vec![
            Chip::new("all", "All", counts.all),
            Chip::new("imported", "Not deployed", counts.imported),
            Chip::new("queued", "Queued", counts.queued),
            Chip::new("sent", "Sent", counts.sent),
            Chip::new("downloaded", "Downloaded", counts.downloaded),
            Chip::new("registered", "Registered", counts.registered).tone(Tone::Good),
            Chip::new("failed", "Failed", counts.failed).tone(Tone::Bad),
        ];
        // What is rare is offered where there is some, or where it is looked at.
        let rare = [
            Chip::new("suspended", "Suspended", counts.suspended),
            Chip::new("out-of-date", "Out of date", counts.out_of_date)
                .by("configuration")
                .tone(Tone::Warning),
            Chip::new("changed", "Changed at source", counts.drifted)
                .by("source")
                .tone(Tone::Warning),
            Chip::new("gone", "Left", counts.left)
                .by("source")
                .tone(Tone::Bad),
        ];
        let offered = |chip: &Chip| !chip.count.is_zero() || self.query.shows(chip);
        chips.extend(rare.into_iter().filter(offered));
        chips
    }

    pub(crate) fn pages(&self) -> Pages<'_> {
        Pages {
            paging: &self.paging,
            query: &self.query,
        }
    }

    /// People at every stage.
    pub fn sample() -> Self {
        Self {
            shell: Shell::sample(Place::Manage),
            query: ListQuery {
                path: "/users".into(),
                sort: "name".into(),
                ..ListQuery::default()
            },
            filters: vec![FilterChoice {
                word: "profile",
                label: "Profile",
                values: vec![("p1".into(), "Office softphone".into())],
                chosen: String::new(),
            }],
            snapshot: "r90".into(),
            counts: UserCounts {
                all: Count(9_120),
                imported: Count(375),
                queued: Count(40),
                sent: Count(2_400),
                downloaded: Count(1_902),
                registered: Count(4_400),
                out_of_date: Count(212),
                failed: Count(3),
                suspended: Count(0),
                drifted: Count(41),
                left: Count(2),
            },
            rows: SAMPLE.map(UserRow::sample).into(),
            paging: Paging {
                from: Some(1),
                shown: Count(7),
                total: Count(9_120),
                size: 50,
                next: Some("k".into()),
                ..Paging::default()
            },
        }
    }

    /// Nobody was imported yet.
    pub fn sample_empty() -> Self {
        Self {
            counts: UserCounts::default(),
            rows: Vec::new(),
            paging: Paging::single(0_u64),
            ..Self::sample()
        }
    }
}

/// The sample's people: first and last name, number, SIP user, client service account, e-mail, note.
const SAMPLE: [(UserState, &str); 7] = [
    (
        UserState::Downloaded,
        "Anneliese|Müller-Lüdenscheidt|1*001|amueller-1*001|amueller|a.mueller@example.org|",
    ),
    (
        UserState::Registered,
        "Abe|Nakamura|4711|anakamura-4711|anakamura|abe.nakamura@example.org|",
    ),
    (
        UserState::Sent,
        "فاطمة|السيد|4733|falsayed-4733|falsayed|f.alsayed@example.org|",
    ),
    (
        UserState::Bounced,
        "Zoë|van der Berg|4790|zvdberg-4790|zvdberg|zoe.vdberg@example.org|550 no such user",
    ),
    (
        UserState::Queued,
        "Łukasz|Zieliński|4802|lzielinski-4802|lzielinski|l.zielinski@example.org|",
    ),
    (
        UserState::Imported,
        "Adolph Blaine Charles David Earl Frederick Gerald Hubert|Wolfeschlegelsteinhausenbergerdorff|4899|awolfeschlegelsteinhausenbergerdorff-4899|awolfeschlegelstein|adolph.wolfeschlegelsteinhausenbergerdorff@subsidiary.example.org|",
    ),
    (
        UserState::OutOfDate,
        "李|小龙|4911|xli-4911||xiaolong.li@example.org|number changed since",
    ),
];

impl UserRow {
    fn sample((state, line): (UserState, &str)) -> Self {
        let mut parts = line.split('|').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let got = matches!(
            state,
            UserState::Downloaded | UserState::Registered | UserState::OutOfDate
        );
        let sent = got || state == UserState::Sent;
        let mut row = Self {
            profile: "Office softphone".into(),
            first_name: next(),
            last_name: next(),
            number: next(),
            sip_user: next(),
            client_service_account: next(),
            email: next(),
            note: next(),
            deployed: sent.then(|| When::new("22 Nov, 14:02", "2026-11-22T14:02:00Z")),
            downloaded: got.then(|| When::new("22 Nov, 14:40", "2026-11-22T14:40:00Z")),
            registered: (got && state != UserState::Downloaded)
                .then(|| When::new("22 Nov, 14:41", "2026-11-22T14:41:00Z")),
            state,
            ..Self::default()
        };
        row.id = format!("u{}", row.number.replace('*', "-"));
        row
    }
}
