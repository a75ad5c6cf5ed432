//! `/plans/{id}/items`: all rows of one action and reason of a plan, page by page.

use askama::Template;

use crate::list::Pages;
use crate::plan::{PlanAction, PlanRow};
use crate::{Count, ListQuery, Paging, Place, Shell};

/// The rows of one group of a plan.
#[derive(Debug, Clone, Template)]
#[template(path = "plan_items.html")]
pub struct PlanItemsPage {
    /// The frame.
    pub shell: Shell,
    /// Address of the plan.
    pub plan: String,
    /// This list without its paging: `/plans/{id}/items?action=skip&reason=no-email`.
    pub path: String,
    /// What happens with the rows.
    pub action: PlanAction,
    /// Why; may be empty.
    pub reason: String,
    /// What to do; may be empty.
    pub hint: String,
    /// This page's rows.
    pub rows: Vec<PlanRow>,
    /// Where it stands.
    pub paging: Paging,
}

impl PlanItemsPage {
    /// The list's address as a query that paging can extend.
    pub(crate) fn query(&self) -> ListQuery {
        ListQuery {
            path: self.path.clone(),
            ..ListQuery::default()
        }
    }

    pub(crate) fn pages<'a>(&'a self, query: &'a ListQuery) -> Pages<'a> {
        Pages {
            paging: &self.paging,
            query,
        }
    }

    /// The second page of people without an address.
    pub fn sample() -> Self {
        Self {
            shell: Shell::sample(Place::Import),
            plan: "/plans/pl1".into(),
            path: "/plans/pl1/items?action=skip&reason=no-email".into(),
            action: PlanAction::Skip,
            reason: "no e-mail address on any component".into(),
            hint: "add it on one of the components, then scan".into(),
            rows: PlanRow::samples(3, ""),
            paging: Paging {
                from: Some(51),
                shown: Count(3),
                total: Count(105),
                size: 50,
                previous: Some("a".into()),
                next: Some("b".into()),
                ..Paging::default()
            },
        }
    }
}
