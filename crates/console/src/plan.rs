//! `/plans/{id}`: what an import would do, counted, before it does it.

use askama::Template;

use crate::{Count, Place, Shell, Tone, When, wave::WaveFields};

/// The plan of an import. Posts to `/plans/{id}/run`.
#[derive(Debug, Clone, Template)]
#[template(path = "plan.html")]
pub struct PlanPage {
    /// The frame.
    pub shell: Shell,
    /// The plan's id.
    pub id: String,
    /// Name of the profile.
    pub profile: String,
    /// How many get the profile that a component proposes instead.
    pub as_proposed: Count,
    /// Of how many a component proposes a profile that is not here.
    pub unknown_proposals: Count,
    /// Whether people are deployed at once.
    pub deploy: bool,
    /// How many were selected when the administrator looked.
    pub looked: Count,
    /// How many it is now.
    pub total: Count,
    /// New users.
    pub create: Count,
    /// Users brought in line with their source.
    pub update: Count,
    /// Users that are as their source says.
    pub unchanged: Count,
    /// Rows that are left out.
    pub skip: Count,
    /// With `deploy`: how many get an e-mail.
    pub will_deploy: Count,
    /// With `deploy`: how many are imported but cannot be deployed.
    pub cannot_deploy: Count,
    /// The same numbers, one group per action and reason, with their first rows.
    pub groups: Vec<PlanGroup>,
    /// How its mails can be spread over time; none: it sends none.
    pub wave: Option<WaveFields>,
    /// Until when the plan can be carried out.
    pub expires: When,
    /// Whether it can still be carried out.
    pub state: PlanState,
    /// Where Back leads: the list with its query.
    pub back: String,
}

/// Whether a plan can be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanState {
    /// It waits for the word.
    Ready,
    /// It was carried out by this job.
    Done {
        /// The job's id.
        job: String,
    },
    /// It is too old.
    Expired,
}

/// Rows of one action and reason.
#[derive(Debug, Clone)]
pub struct PlanGroup {
    /// What happens with them.
    pub action: PlanAction,
    /// Why, one short sentence; may be empty (create, update, unchanged).
    pub reason: String,
    /// What to do about it; may be empty.
    pub hint: String,
    /// How many.
    pub count: Count,
    /// The first of them.
    pub first: Vec<PlanRow>,
    /// Address of the full list: `/plans/{id}/items?action=skip&reason=…`; empty: no list.
    pub items: String,
}

/// What happens with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanAction {
    /// Becomes a user.
    Create,
    /// Is brought in line with its source.
    Update,
    /// Stays as it is.
    Unchanged,
    /// Is left out.
    Skip,
    /// Is imported although something about it is odd.
    Warned,
    /// Is imported, but gets no deployment.
    NotDeployed,
    /// Gets a deployment.
    Deploy,
    /// Gets the present configuration at the next fetch.
    Renew,
    /// Loses its access for the time being.
    Suspend,
    /// Their access is given back.
    Resume,
    /// Gets another profile or language.
    Change,
    /// Is removed, with its links and devices.
    Delete,
}

/// One row of a plan.
#[derive(Debug, Clone, Default)]
pub struct PlanRow {
    /// The entry's (or, in a deployment plan, the user's) id.
    pub id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Directory number.
    pub number: String,
    /// E-mail address.
    pub email: String,
    /// What is special about it: `e-mail: old@… → new@…`; may be empty.
    pub note: String,
    /// Address of this person's preview; empty: none.
    pub preview: String,
    /// Address of the entry or user explained; empty: none.
    pub href: String,
}

impl PlanRow {
    pub(crate) fn spoken(&self) -> String {
        crate::import_users::spoken(&self.first_name, &self.last_name, &self.number)
    }
}

impl PlanAction {
    /// The heading of its rows.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Create => "New users",
            Self::Update => "Brought up to date",
            Self::Unchanged => "No change",
            Self::Skip => "Left out",
            Self::Warned => "Imported, with a warning",
            Self::NotDeployed => "Imported, but not deployed",
            Self::Deploy => "Get an e-mail",
            Self::Renew => "Get it at their next fetch",
            Self::Suspend => "Suspended",
            Self::Resume => "Suspension ends",
            Self::Change => "Changed",
            Self::Delete => "To be deleted",
        }
    }

    pub(crate) fn tone(self) -> Tone {
        match self {
            Self::Create | Self::Deploy | Self::Renew | Self::Resume => Tone::Good,
            Self::Update | Self::Change => Tone::Info,
            Self::Unchanged => Tone::Plain,
            Self::Skip | Self::Warned | Self::NotDeployed | Self::Suspend => Tone::Warning,
            Self::Delete => Tone::Bad,
        }
    }
}

impl PlanPage {
    /// People whose record here changes.
    pub(crate) fn changes(&self) -> Count {
        Count(self.create.0.saturating_add(self.update.0))
    }

    pub(crate) fn run(&self) -> String {
        format!("/plans/{}/run", self.id)
    }

    /// The selection that is used up when this plan runs.
    pub(crate) fn forget() -> &'static str {
        "import"
    }

    /// Whether carrying it out would do anything.
    pub(crate) fn does_something(&self) -> bool {
        !(self.changes().is_zero() && self.will_deploy.is_zero())
    }

    /// What the button says.
    pub(crate) fn button(&self) -> String {
        let people = self.changes().of("person", "people");
        if !self.deploy || self.will_deploy.is_zero() {
            format!("Import {people}")
        } else if self.changes().is_zero() {
            format!("Deploy {}", self.will_deploy.of("person", "people"))
        } else if self.will_deploy == self.changes() {
            format!("Import and deploy {people}")
        } else {
            format!("Import {}, deploy {}", self.changes(), self.will_deploy)
        }
    }

    /// An import with deployment, three more people than when it was looked at.
    pub fn sample() -> Self {
        let group = |action, reason: &str, hint: &str, count, first, items: &str| PlanGroup {
            action,
            reason: reason.into(),
            hint: hint.into(),
            count: Count(count),
            first,
            items: items.into(),
        };
        Self {
            shell: Shell::sample(Place::Import),
            id: "pl1".into(),
            profile: "Office softphone".into(),
            as_proposed: Count(120),
            unknown_proposals: Count(1),
            deploy: true,
            looked: Count(12_408),
            total: Count(12_411),
            create: Count(3_131),
            update: Count(41),
            unchanged: Count(9_079),
            skip: Count(160),
            will_deploy: Count(3_119),
            cannot_deploy: Count(53),
            groups: vec![
                group(
                    PlanAction::Skip,
                    "no e-mail address on any component",
                    "add it on one of the components, then scan",
                    105,
                    PlanRow::samples(2, ""),
                    "/plans/pl1/items?action=skip&reason=no-email",
                ),
                group(
                    PlanAction::Skip,
                    "inactive at the source",
                    "switch the person on there to import them",
                    48,
                    PlanRow::samples(1, ""),
                    "/plans/pl1/items?action=skip&reason=inactive",
                ),
                group(
                    PlanAction::Skip,
                    "conflict: two records claim one number",
                    "make the number unique on the border gateway",
                    7,
                    PlanRow::samples(2, "4720 on edge-1"),
                    "/plans/pl1/items?action=skip&reason=conflict",
                ),
                group(
                    PlanAction::NotDeployed,
                    "needs the password, the component gives only a hash",
                    "choose a profile with Linphone for these people",
                    53,
                    PlanRow::samples(2, ""),
                    "/plans/pl1/items?action=not-deployed&reason=hash-only",
                ),
                group(
                    PlanAction::Create,
                    "",
                    "",
                    3_131,
                    PlanRow::samples(3, ""),
                    "/plans/pl1/items?action=create",
                ),
                group(
                    PlanAction::Update,
                    "",
                    "",
                    41,
                    PlanRow::samples(2, "e-mail: luk@example.org → l.zielinski@example.org"),
                    "/plans/pl1/items?action=update",
                ),
                group(
                    PlanAction::Unchanged,
                    "",
                    "",
                    9_079,
                    PlanRow::samples(1, ""),
                    "/plans/pl1/items?action=unchanged",
                ),
            ],
            wave: Some(WaveFields::sample()),
            expires: When::new("in 30 minutes", "2026-11-22T14:35:00Z"),
            state: PlanState::Ready,
            back: "/import".into(),
        }
    }
}

impl PlanRow {
    pub(crate) fn samples(count: usize, note: &str) -> Vec<Self> {
        let row = |id: &str, first: &str, last: &str, number: &str, email: &str| Self {
            id: id.into(),
            first_name: first.into(),
            last_name: last.into(),
            number: number.into(),
            email: email.into(),
            note: note.into(),
            preview: format!("/plans/pl1/preview/{id}"),
            href: format!("/import/{id}"),
        };
        let mut rows = vec![
            row(
                "e1",
                "Łukasz",
                "Zieliński",
                "4802",
                "l.zielinski@example.org",
            ),
            row("e2", "فاطمة", "السيد", "4733", "f.alsayed@example.org"),
            row(
                "e3",
                "Adolph Blaine Charles David Earl Frederick",
                "Wolfeschlegelsteinhausenbergerdorff",
                "4899",
                "adolph.wolfeschlegelsteinhausenbergerdorff@subsidiary.example.org",
            ),
        ];
        rows.truncate(count);
        rows
    }
}
