//! A filter: words that narrow a list, written `state=new&connection=…` wherever one stands: in an address, in a
//! selection, behind `--filter`. All of them have to be true of a row.

use std::{borrow::Cow, fmt};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::{ConnectionId, EntryState, JobId, ProfileId, UserState};

/// What a remark at an entry is about, as far as one can ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remarked {
    /// Probably the same person as another entry.
    Proposed,
    /// A further phone of a person who has an entry already.
    SecondLine,
    /// A record that could not be read as told.
    Fault,
}

/// What an entry is without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lack {
    /// No component knows a family name.
    LastName,
    /// No component knows an address.
    Email,
}

impl Lack {
    /// In words for a person.
    pub const fn words(self) -> &'static str {
        match self {
            Self::LastName => "no last name on any component",
            Self::Email => "no e-mail address on any component",
        }
    }
}

/// What the last scan did to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Touch {
    /// Nobody knew this person before.
    New,
    /// Something about them is another.
    Changed,
    /// No component holds them any more.
    Gone,
}

/// How an imported user stands to its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Drift {
    /// The components tell something else since.
    Changed,
    /// No component holds the person any more.
    Gone,
}

/// How a user's softphones stand to the registrar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Registration {
    /// One of them was registered at some time.
    Once,
    /// A configuration was fetched, and nothing of it was ever registered.
    Never,
}

/// How far a user has ever come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reached {
    /// A deployment was sent.
    Deployed,
    /// A client fetched its configuration.
    Downloaded,
}

/// Where the deployment stands that a job made for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Its mail waits.
    Queued,
    /// Its mail was refused for good.
    Refused,
    /// Its mail went out, and nobody looked at its link.
    Unseen,
    /// Somebody looked at its link, and the button that opens the app was not pressed.
    Unopened,
    /// The button was pressed, and no configuration was fetched by it.
    Opened,
    /// A configuration was fetched by it, and that softphone was never registered.
    Unregistered,
    /// A softphone that it configured was registered at some time.
    Registered,
}

/// How far a link that was sent has come, of somebody whose softphone never fetched a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Followed {
    /// Nobody looked at it.
    Unseen,
    /// Somebody looked at it, and the button that opens the app was not pressed.
    Unopened,
    /// The button was pressed, and no configuration was fetched.
    Opened,
}

/// The profile of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HasProfile {
    /// *Do not deploy*.
    None,
    /// This one.
    Is(ProfileId),
}

impl HasProfile {
    fn parse(value: &str) -> Result<Self, String> {
        if value == "none" {
            return Ok(Self::None);
        }
        let id = value.parse();
        id.map(Self::Is).map_err(|_| {
            format!(
                "“{value}” in the filter is no profile's id; write one, or none: who has no profile"
            )
        })
    }
}

impl fmt::Display for HasProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Is(id) => id.fmt(f),
        }
    }
}

/// How the configuration that a user's softphones have stands to the one that they would be given now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Configuration {
    /// One of them has another one.
    OutOfDate,
}

macro_rules! names {
    ($($type:ident { $($variant:ident = $name:literal),+ })+) => {$(
        impl $type {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The permanent name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The one of that permanent name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    )+};
}

names! {
    Remarked { Proposed = "proposed", SecondLine = "second-line", Fault = "fault" }
    Lack { LastName = "last-name", Email = "email" }
    Touch { New = "new", Changed = "changed", Gone = "gone" }
    Drift { Changed = "changed", Gone = "gone" }
    Registration { Once = "once", Never = "never" }
    Configuration { OutOfDate = "out-of-date" }
    Reached { Deployed = "deployed", Downloaded = "downloaded" }
    Step {
        Queued = "queued", Refused = "refused", Unseen = "unseen", Unopened = "unopened", Opened = "opened",
        Unregistered = "unregistered", Registered = "registered"
    }
    Followed { Unseen = "unseen", Unopened = "unopened", Opened = "opened" }
}

/// The most days that a filter takes.
const DAYS_MAX: u16 = 3_650;

/// What narrows the integrated view. Nothing set: everybody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryFilter {
    /// Where the entry stands.
    pub state: Option<EntryState>,
    /// A remark that stands at it.
    pub note: Option<Remarked>,
    /// What it is without.
    pub lacks: Option<Lack>,
    /// A connection that holds a record of it.
    pub connection: Option<ConnectionId>,
    /// The PBX that its number is on, compared without case.
    pub pbx: Option<String>,
    /// The profile that a component proposes, compared without case.
    pub profile: Option<String>,
    /// What the last scan did to it.
    pub scan: Option<Touch>,
}

/// What narrows Manage. Nothing set: everybody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserFilter {
    /// How far the user has come.
    pub state: Option<UserState>,
    /// How it stands to its source.
    pub source: Option<Drift>,
    /// The profile that it has.
    pub profile: Option<HasProfile>,
    /// How far it has ever come.
    pub reached: Option<Reached>,
    /// How its softphones stand to the registrar.
    pub registered: Option<Registration>,
    /// Was registered, and is not for so many days.
    pub silent_days: Option<u16>,
    /// How far its link has come.
    pub link: Option<Followed>,
    /// How the configuration of its softphones stands.
    pub configuration: Option<Configuration>,
    /// A deployment of this job is theirs.
    pub job: Option<JobId>,
    /// Where that deployment stands; nothing without `job`.
    pub step: Option<Step>,
    /// A connection that holds a record of them.
    pub connection: Option<ConnectionId>,
    /// They are here for so many days.
    pub age_days: Option<u16>,
}

impl EntryFilter {
    /// The words that this filter knows.
    pub const WORDS: [&str; 7] = [
        "state",
        "note",
        "lacks",
        "connection",
        "pbx",
        "profile",
        "scan",
    ];

    /// Reads a filter.
    ///
    /// # Errors
    /// A sentence that names the word which is not understood, and what can be written instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut filter = Self::default();
        for (word, value) in words(text, &Self::WORDS)? {
            match word {
                "state" => {
                    let state = one_of(word, &value, &EntryState::ALL, EntryState::name)?;
                    filter.state = Some(state);
                }
                "note" => filter.note = Some(one_of(word, &value, Remarked::ALL, Remarked::name)?),
                "lacks" => filter.lacks = Some(one_of(word, &value, Lack::ALL, Lack::name)?),
                "scan" => filter.scan = Some(one_of(word, &value, Touch::ALL, Touch::name)?),
                "pbx" => filter.pbx = Some(value.into_owned()),
                "profile" => filter.profile = Some(value.into_owned()),
                _ => filter.connection = Some(connection(&value)?),
            }
        }
        Ok(filter)
    }

    /// Every word that is set, with its value.
    fn set(&self) -> [(&'static str, Option<Cow<'_, str>>); 7] {
        let name = |name: Option<&'static str>| name.map(Cow::Borrowed);
        [
            ("state", name(self.state.map(EntryState::name))),
            ("note", name(self.note.map(Remarked::name))),
            ("lacks", name(self.lacks.map(Lack::name))),
            (
                "connection",
                self.connection.map(|id| id.to_string().into()),
            ),
            ("pbx", self.pbx.as_deref().map(Cow::Borrowed)),
            ("profile", self.profile.as_deref().map(Cow::Borrowed)),
            ("scan", name(self.scan.map(Touch::name))),
        ]
    }
}

impl UserFilter {
    /// The words that this filter knows.
    pub const WORDS: [&str; 12] = [
        "state",
        "source",
        "profile",
        "reached",
        "registered",
        "silent_days",
        "link",
        "configuration",
        "job",
        "step",
        "connection",
        "age_days",
    ];

    /// Reads a filter.
    ///
    /// # Errors
    /// A sentence that names the word which is not understood, and what can be written instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut filter = Self::default();
        for (word, value) in words(text, &Self::WORDS)? {
            match word {
                // The pages' word for it.
                "state" if value == "sent" => filter.state = Some(UserState::Deployed),
                "state" => {
                    filter.state = Some(one_of(word, &value, &UserState::ALL, UserState::name)?);
                }
                "source" => {
                    filter.source = Some(one_of(word, &value, Drift::ALL, Drift::name)?);
                }
                "registered" => {
                    let found = one_of(word, &value, Registration::ALL, Registration::name)?;
                    filter.registered = Some(found);
                }
                "reached" => {
                    filter.reached = Some(one_of(word, &value, Reached::ALL, Reached::name)?);
                }
                "step" => {
                    filter.step = Some(one_of(word, &value, Step::ALL, Step::name)?);
                }
                "link" => {
                    filter.link = Some(one_of(word, &value, Followed::ALL, Followed::name)?);
                }
                "configuration" => {
                    let found = one_of(word, &value, Configuration::ALL, Configuration::name)?;
                    filter.configuration = Some(found);
                }
                "job" => {
                    let id = value.parse();
                    filter.job =
                        Some(id.map_err(|_| format!("“{value}” in the filter is no job's id"))?);
                }
                "silent_days" => filter.silent_days = Some(days(&value)?),
                "age_days" => filter.age_days = Some(days(&value)?),
                "connection" => filter.connection = Some(connection(&value)?),
                _ => filter.profile = Some(HasProfile::parse(&value)?),
            }
        }
        if filter.step.is_some() && filter.job.is_none() {
            return Err(
                "“step” in the filter is of a job's deployments; write “job” too".to_owned(),
            );
        }
        Ok(filter)
    }
}

impl fmt::Display for EntryFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.set())
    }
}

impl fmt::Display for UserFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |name: Option<&'static str>| name.map(Cow::Borrowed);
        let set = [
            ("state", name(self.state.map(UserState::name))),
            ("source", name(self.source.map(Drift::name))),
            ("profile", self.profile.map(|id| id.to_string().into())),
            ("reached", name(self.reached.map(Reached::name))),
            ("registered", name(self.registered.map(Registration::name))),
            (
                "silent_days",
                self.silent_days.map(|days| days.to_string().into()),
            ),
            ("link", name(self.link.map(Followed::name))),
            (
                "configuration",
                name(self.configuration.map(Configuration::name)),
            ),
            ("job", self.job.map(|id| id.to_string().into())),
            ("step", name(self.step.map(Step::name))),
            (
                "connection",
                self.connection.map(|id| id.to_string().into()),
            ),
            (
                "age_days",
                self.age_days.map(|days| days.to_string().into()),
            ),
        ];
        write(f, set)
    }
}

/// Words with their values as one text, whatever they are.
pub fn written(words: &[(&'static str, String)]) -> String {
    struct Written<'a>(&'a [(&'static str, String)]);
    impl fmt::Display for Written<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let set = self
                .0
                .iter()
                .map(|(word, value)| (*word, Some(value.as_str().into())));
            write(f, set)
        }
    }
    Written(words).to_string()
}

/// Everything that has a meaning in a filter or in an address.
const MEANING: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'<')
    .add(b'=')
    .add(b'>');

fn write<'a>(
    f: &mut fmt::Formatter<'_>,
    set: impl IntoIterator<Item = (&'static str, Option<Cow<'a, str>>)>,
) -> fmt::Result {
    let set = set
        .into_iter()
        .filter_map(|(word, value)| Some((word, value?)));
    for (n, (word, value)) in set.enumerate() {
        let joint = if n == 0 { "" } else { "&" };
        write!(f, "{joint}{word}={}", utf8_percent_encode(&value, MEANING))?;
    }
    Ok(())
}

/// The words of a filter with their values; a word without a value says nothing.
fn words<'a>(
    text: &'a str,
    known: &[&'static str],
) -> Result<Vec<(&'static str, Cow<'a, str>)>, String> {
    let mut words: Vec<(&'static str, Cow<'a, str>)> = Vec::new();
    for part in text.trim().split('&').filter(|part| !part.is_empty()) {
        let (word, value) = part.split_once('=').unwrap_or((part, ""));
        let Some(word) = known.iter().find(|known| **known == word) else {
            return Err(format!("“{word}” is no filter; write {}", or(known)));
        };
        if words.iter().any(|(met, _)| met == word) {
            return Err(format!("the filter says “{word}” twice"));
        }
        let value = percent_decode_str(value).decode_utf8();
        let value = value.map_err(|_| format!("the value of “{word}” in the filter is no text"))?;
        if !value.trim().is_empty() {
            words.push((word, value));
        }
    }
    Ok(words)
}

fn connection(value: &str) -> Result<ConnectionId, String> {
    let id = value.parse();
    id.map_err(|_| format!("“{value}” in the filter is no connection's id"))
}

fn days(value: &str) -> Result<u16, String> {
    let days = value.trim().parse().ok();
    let days = days.filter(|days| (1..=DAYS_MAX).contains(days));
    days.ok_or_else(|| {
        format!("“{value}” is no number of days to filter by; write 1 to {DAYS_MAX}")
    })
}

fn one_of<T: Copy>(
    word: &str,
    value: &str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, String> {
    let found = all.iter().copied().find(|one| name(*one) == value);
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
        format!("“{value}” is no {word} to filter by; write {}", or(&names))
    })
}

/// `a, b or c`
pub(crate) fn or(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [before @ .., last] => format!("{} or {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_reads_back_whatever_a_pbx_is_called() {
        let filter = EntryFilter {
            state: Some(EntryState::New),
            note: Some(Remarked::SecondLine),
            pbx: Some("Büro & Söhne = 100% #1+2".to_owned()),
            scan: Some(Touch::Changed),
            ..EntryFilter::default()
        };
        let text = filter.to_string();
        assert!(
            text.starts_with("state=new&note=second-line&pbx="),
            "{text}"
        );
        assert_eq!(EntryFilter::parse(&text), Ok(filter));
        assert_eq!(EntryFilter::parse(" "), Ok(EntryFilter::default()));
        assert_eq!(
            EntryFilter::parse("state=&pbx="),
            Ok(EntryFilter::default())
        );
        let users = UserFilter::parse("source=gone&state=deployed").unwrap();
        assert_eq!(users.to_string(), "state=deployed&source=gone");
        for text in [
            "reached=downloaded",
            "registered=never",
            "silent_days=7",
            "link=unopened",
            "age_days=30",
        ] {
            assert_eq!(UserFilter::parse(text).unwrap().to_string(), text);
        }
        for wrong in ["silent_days=0", "silent_days=soon", "silent_days=-1"] {
            assert!(UserFilter::parse(wrong).unwrap_err().contains("1 to 3650"));
        }
        let of_job = format!("job={}&step=unseen", JobId(uuid::Uuid::nil()));
        assert_eq!(UserFilter::parse(&of_job).unwrap().to_string(), of_job);
        assert_eq!(
            UserFilter::parse("step=unseen").unwrap_err(),
            "“step” in the filter is of a job's deployments; write “job” too"
        );
        let profile = format!("profile={}", ProfileId(uuid::Uuid::nil()));
        assert_eq!(UserFilter::parse(&profile).unwrap().to_string(), profile);
        let why = UserFilter::parse("profile=Office").unwrap_err();
        assert_eq!(
            why,
            "“Office” in the filter is no profile's id; write one, or none: who has no profile"
        );
        let none = UserFilter::parse("profile=none").unwrap();
        assert_eq!(none.profile, Some(HasProfile::None));
        assert_eq!(none.to_string(), "profile=none");
    }

    #[test]
    fn who_got_the_mail_is_found_by_the_word_of_the_pages_too() {
        assert_eq!(
            UserFilter::parse("state=sent"),
            UserFilter::parse("state=deployed")
        );
    }

    #[test]
    fn what_is_not_understood_is_named_with_what_can_be_written() {
        for (text, why) in [
            (
                "stat=new",
                "“stat” is no filter; write state, note, lacks, connection, pbx, profile or scan",
            ),
            (
                "state=old",
                "“old” is no state to filter by; write conflict, incomplete, inactive, gone, changed, imported or new",
            ),
            (
                "note=x",
                "“x” is no note to filter by; write proposed, second-line or fault",
            ),
            ("state=new&state=gone", "the filter says “state” twice"),
            ("connection=7", "“7” in the filter is no connection's id"),
            ("pbx=%ff", "the value of “pbx” in the filter is no text"),
            (
                "new",
                "“new” is no filter; write state, note, lacks, connection, pbx, profile or scan",
            ),
        ] {
            assert_eq!(EntryFilter::parse(text), Err(why.to_owned()), "{text}");
        }
        assert!(
            UserFilter::parse("note=fault")
                .unwrap_err()
                .starts_with("“note” is no filter")
        );
    }
}
