//! `/deployment-plans/{id}`: whom a deployment would reach, counted, before a mail goes out.

use askama::Template;

use crate::plan::{PlanAction, PlanGroup, PlanRow, PlanState};
use crate::{Count, Place, Shell, When};

/// The plan of a deployment. Posts to `/deployment-plans/{id}/run`.
#[derive(Debug, Clone, Template)]
#[template(path = "deployment_plan.html")]
pub struct DeploymentPlanPage {
    /// The frame.
    pub shell: Shell,
    /// The plan's id.
    pub id: String,
    /// How many were selected when the administrator looked.
    pub looked: Count,
    /// How many it is now.
    pub total: Count,
    /// How many get an e-mail.
    pub deploy: Count,
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

impl DeploymentPlanPage {
    pub(crate) fn run(&self) -> String {
        format!("/deployment-plans/{}/run", self.id)
    }

    /// The selection that is used up when this plan runs.
    pub(crate) fn forget() -> &'static str {
        "users"
    }

    /// Whether carrying it out would do anything.
    pub(crate) fn does_something(&self) -> bool {
        !self.deploy.is_zero()
    }

    pub(crate) fn button(&self) -> String {
        format!("Deploy {}", self.deploy.of("person", "people"))
    }

    /// Twelve of fourteen can be deployed.
    pub fn sample() -> Self {
        let group = |action, reason: &str, hint: &str, count, first| PlanGroup {
            action,
            reason: reason.into(),
            hint: hint.into(),
            count: Count(count),
            first,
            items: String::new(),
        };
        Self {
            shell: Shell::sample(Place::Manage),
            id: "dp1".into(),
            looked: Count(14),
            total: Count(14),
            deploy: Count(12),
            skip: Count(2),
            groups: vec![
                group(
                    PlanAction::Skip,
                    "the profile is “Do not deploy”",
                    "choose another profile for this person",
                    2,
                    PlanRow::samples(2, ""),
                ),
                group(PlanAction::Deploy, "", "", 12, PlanRow::samples(3, "")),
            ],
            expires: When::new("in 30 minutes", "2026-11-22T14:35:00Z"),
            state: PlanState::Ready,
            back: "/users".into(),
        }
    }
}
