//! `/user-plans/{id}`: what an action on users would do, counted, before it does it.

use askama::Template;

use crate::plan::{PlanAction, PlanGroup, PlanRow, PlanState};
use crate::wave::WaveFields;
use crate::{Count, Place, Shell, Tone, When};

/// The plan of an action on users. Posts to `/user-plans/{id}/run`.
#[derive(Debug, Clone, Template)]
#[template(path = "user_plan.html")]
pub struct UserPlanPage {
    /// The frame.
    pub shell: Shell,
    /// The plan's id.
    pub id: String,
    /// What would be done: `Sync data`.
    pub action: String,
    /// What that means, in a sentence or two.
    pub lead: String,
    /// Where the way back leads, as it is called there.
    pub from: String,
    /// How many were selected when the administrator looked.
    pub looked: Count,
    /// How many it is now.
    pub total: Count,
    /// What that is, in words: `3 people selected`.
    pub made_of: String,
    /// The numbers, with what they mean.
    pub tally: Vec<(Count, String, Tone)>,
    /// What can be chosen before it runs.
    pub choice: Option<Choice>,
    /// Of a reminder: how many days old the mail is that people are reminded of.
    pub days: Option<u16>,
    /// Whether it takes something away for good.
    pub is_grave: bool,
    /// The same numbers, one group per reason, with their first rows.
    pub groups: Vec<PlanGroup>,
    /// What else can be done with it: addresses and words.
    pub ways: Vec<(String, String)>,
    /// What the button says; empty: there is nothing to do.
    pub button: String,
    /// The same for more people, as a second button.
    pub also: Option<Also>,
    /// How its mails can be spread over time; none: it sends none.
    pub wave: Option<WaveFields>,
    /// Until when the plan can be carried out.
    pub expires: When,
    /// Whether it can still be carried out.
    pub state: PlanState,
    /// Where Back leads.
    pub back: String,
}

/// A tick that is sent along.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Its name in the form; its value is `1`.
    pub name: &'static str,
    /// What it does.
    pub label: String,
    /// What happens without it.
    pub hint: String,
    /// Whether it is ticked.
    pub ticked: bool,
}

/// A button that carries a plan out for people whom the first one leaves.
#[derive(Debug, Clone)]
pub struct Also {
    /// Its name in the form; its value is `1`.
    pub name: &'static str,
    /// What it says.
    pub label: String,
    /// Whom the first one leaves.
    pub hint: String,
}

impl UserPlanPage {
    pub(crate) fn run(&self) -> String {
        format!("/user-plans/{}/run", self.id)
    }

    /// The selection that is used up when this plan runs.
    pub(crate) fn forget() -> &'static str {
        "users"
    }

    /// Whether carrying it out would do anything.
    pub(crate) fn does_something(&self) -> bool {
        !self.button.is_empty() || self.also.is_some()
    }

    pub(crate) fn button(&self) -> &str {
        &self.button
    }

    /// Two people who changed at their source, one of them with another user id; one who cannot be read.
    pub fn sample() -> Self {
        let group = |action, reason: &str, hint: &str, count, note: &str| PlanGroup {
            action,
            reason: reason.into(),
            hint: hint.into(),
            count: Count(count),
            first: PlanRow::samples(usize::try_from(count).unwrap_or(0), note),
            items: String::new(),
        };
        Self {
            shell: Shell::sample(Place::Manage),
            id: "up1".into(),
            action: "Sync data".into(),
            lead: "Their records were read again at their components.".into(),
            from: "Manage users".into(),
            looked: Count(3),
            total: Count(3),
            made_of: "3 people selected".into(),
            tally: vec![
                (Count(2), "brought up to date".into(), Tone::Info),
                (Count(0), "no change".into(), Tone::Plain),
                (Count(1), "left out".into(), Tone::Warning),
            ],
            choice: Some(Choice {
                name: "reset",
                label: "Reset the app of 1 person whose user id changed".into(),
                hint: "Without the tick their phones go on asking with the new user id.".into(),
                ticked: true,
            }),
            days: None,
            is_grave: false,
            groups: vec![
                group(
                    PlanAction::Update,
                    "",
                    "",
                    2,
                    "E-mail: ada@example.org → lovelace@example.org",
                ),
                group(
                    PlanAction::Skip,
                    "a number with # cannot be read over a remote connection",
                    "write * for # at the source",
                    1,
                    "",
                ),
            ],
            ways: vec![],
            button: "Sync 2 people".into(),
            also: None,
            wave: None,
            expires: When::new("in 30 minutes", "2026-11-22T14:35:00Z"),
            state: PlanState::Ready,
            back: "/users".into(),
        }
    }

    /// A deployment whose mails cannot be spread as it was typed.
    pub fn sample_wave() -> Self {
        Self {
            action: "Deploy".into(),
            lead: "Devices that people have stay; links that nobody used end.".into(),
            tally: vec![(Count(3), "get an e-mail".into(), Tone::Good)],
            choice: None,
            groups: vec![],
            button: "Deploy 3 people".into(),
            wave: Some(WaveFields::sample_wrong()),
            ..Self::sample()
        }
    }
}
