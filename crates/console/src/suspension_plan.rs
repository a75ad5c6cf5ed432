//! `/suspension-plans/{id}`: whose access would be withdrawn, counted, before it is.

use askama::Template;

use crate::plan::{PlanAction, PlanGroup, PlanRow, PlanState};
use crate::{Count, Place, Shell, When};

/// The plan of a suspension. Posts to `/suspension-plans/{id}/run`.
#[derive(Debug, Clone, Template)]
#[template(path = "suspension_plan.html")]
pub struct SuspensionPlanPage {
    /// The frame.
    pub shell: Shell,
    /// The plan's id.
    pub id: String,
    /// How many were selected when the administrator looked.
    pub looked: Count,
    /// How many it is now.
    pub total: Count,
    /// How many are suspended.
    pub suspend: Count,
    /// How many are left out.
    pub skip: Count,
    /// The same numbers, one group per reason, with their first rows.
    pub groups: Vec<PlanGroup>,
    /// Until when the plan can be carried out.
    pub expires: When,
    /// Whether it can still be carried out.
    pub state: PlanState,
    /// Where Back leads: the list with its query.
    pub back: String,
}

impl SuspensionPlanPage {
    pub(crate) fn run(&self) -> String {
        format!("/suspension-plans/{}/run", self.id)
    }

    /// The selection that is used up when this plan runs.
    pub(crate) fn forget() -> &'static str {
        "users"
    }

    /// Whether carrying it out would do anything.
    pub(crate) fn does_something(&self) -> bool {
        !self.suspend.is_zero()
    }

    pub(crate) fn button(&self) -> String {
        format!("Suspend {}", self.suspend.of("person", "people"))
    }

    /// Three leavers.
    pub fn sample() -> Self {
        Self {
            shell: Shell::sample(Place::Manage),
            id: "sp1".into(),
            looked: Count(3),
            total: Count(3),
            suspend: Count(3),
            skip: Count(0),
            groups: vec![PlanGroup {
                action: PlanAction::Suspend,
                reason: String::new(),
                hint: String::new(),
                count: Count(3),
                first: PlanRow::samples(3, ""),
                items: String::new(),
            }],
            expires: When::new("in 30 minutes", "2026-11-22T14:35:00Z"),
            state: PlanState::Ready,
            back: "/users?source=gone".into(),
        }
    }
}
