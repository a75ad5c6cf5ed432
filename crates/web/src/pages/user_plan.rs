//! `/user-plans/{id}`: what an action on users would do, shown before it does it.

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::Form;
use console::{
    Count, Place, Tone,
    plan::{PlanAction, PlanGroup},
    user_plan::{Choice, UserPlanPage},
};
use import::csv::Mapped;
use model::{PlanId, UserId, plan::Action};
use serde::Deserialize;
use store::plans::{Plan, Purpose};
use users::columns::Column;

use super::{
    frame::{Page, count, shell, show as shown},
    manage::shown_name,
    plan::{Looked, back, state},
    plan_items::address,
    plan_rows::{of_action, of_reason, sum},
    when::when,
};
use crate::{App, Problem, forms::SelectionForm, session::SignedIn};

/// `POST /users/syncs/plan`
pub(crate) async fn make_sync(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(looked): Query<Looked>,
    Form(form): Form<SelectionForm>,
) -> Page {
    let selection = form.parse::<UserId>()?;
    let looked = looked.of(&selection);
    let plan = import::sync::plan(&app.store, &selection, &admin.actor()).await?;
    Ok(Redirect::to(&looked.at(format!("/user-plans/{}", plan.id))).into_response())
}

/// `GET /user-plans/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
    Query(looked): Query<Looked>,
) -> Page {
    let plan = store::plans::get(&app.store, id).await?;
    let Some(words) = Words::of(&plan) else {
        return Ok(Redirect::to(&address(&plan)).into_response());
    };
    let total = count(plan.counts.total);
    let (from, back) = match plan.purpose {
        Purpose::Csv => ("Import CSV", "/users/import-csv".to_owned()),
        _ => ("Manage users", back::<UserId>("/users", &plan, shown_name)),
    };
    let mut ways = vec![];
    if plan.purpose == Purpose::Csv {
        let way = |end: &str, words: &str| (format!("/user-plans/{id}/{end}"), words.to_owned());
        let faulty = way("faulty.csv", "Download the rows with faults");
        ways.extend((!plan.counts.skip.is_empty()).then_some(faulty));
        ways.push(way("columns", "Say what the columns mean"));
    }
    shown(&UserPlanPage {
        shell: shell(&app, &admin, Place::Manage).await?,
        id: id.to_string(),
        action: words.action,
        lead: words.lead,
        from: from.to_owned(),
        looked: looked.or(total),
        total,
        tally: words.tally,
        choice: words.choice,
        groups: groups(&app, &plan).await?,
        ways,
        button: words.button,
        expires: when(plan.expires_at, app.store.env().now()),
        state: state(&app, &plan),
        back,
    })
}

/// What a plan says about itself.
struct Words {
    action: String,
    lead: String,
    tally: Vec<(Count, String, Tone)>,
    choice: Option<Choice>,
    button: String,
}

impl Words {
    /// The words of a plan that has its page here.
    fn of(plan: &Plan) -> Option<Self> {
        match plan.purpose {
            Purpose::Sync => Some(Self::of_sync(plan)),
            Purpose::Csv => Some(Self::of_csv(plan)),
            Purpose::Import | Purpose::Deployment | Purpose::Suspension => None,
        }
    }

    fn of_sync(plan: &Plan) -> Self {
        let update = count(plan.counts.update);
        let reset = count(plan.counts.deploy);
        let lead = if plan.counts.total <= store::as_i64(import::sync::READ_MAX) {
            "Their records were read again at their components just now."
        } else {
            "They are too many to be read one by one: this is what the last scans told."
        };
        let choice = Choice {
            name: "reset",
            label: format!(
                "Reset the app of {} whose user id changed",
                reset.of("person", "people")
            ),
            hint: "Their phones lose the old account, and a new mail brings the new one. Without the tick their links and \
                   devices stay as they are."
                .to_owned(),
            ticked: true,
        };
        Self {
            action: "Sync data".to_owned(),
            lead: lead.to_owned(),
            tally: tally(plan, "brought up to date"),
            choice: (!reset.is_zero()).then_some(choice),
            button: button("Sync", update),
        }
    }
}

impl Words {
    fn of_csv(plan: &Plan) -> Self {
        let counts = &plan.counts;
        let faulty = sum(&counts.skip);
        let told = import::csv::shown(plan);
        let choice = Choice {
            name: "partial",
            label: format!(
                "Allow partial import: leave {} out",
                faulty.of("row with faults", "rows with faults")
            ),
            hint:
                "Without the tick one row with a fault stops everything, and nothing is imported."
                    .to_owned(),
            ticked: told.as_ref().is_some_and(|told| told.options.partial),
        };
        let mut tally = tally(plan, "changed");
        tally.insert(
            0,
            (count(counts.create), "new users".to_owned(), Tone::Good),
        );
        if let Some(left_out) = tally.last_mut() {
            "with faults".clone_into(&mut left_out.1);
        }
        Self {
            action: "Import CSV".to_owned(),
            lead: told.map(|told| detected(&told)).unwrap_or_default(),
            tally,
            choice: (!faulty.is_zero()).then_some(choice),
            button: button("Import", count(counts.create + counts.update)),
        }
    }
}

/// Which columns mean what somebody said, and who did.
fn as_said(mapped: &Mapped, told: &import::csv::Told) -> String {
    let said = told.headings.iter().filter_map(|(heading, column)| {
        let column = Column::parse(column.as_deref()?)?;
        (Column::of_heading(heading) != Some(column))
            .then(|| format!("{heading} → {}", column.title()))
    });
    let said = said.collect::<Vec<_>>().join(", ");
    match mapped {
        Mapped::Given => format!(
            "As you said: {said}. This is remembered for the next file with the same header."
        ),
        Mapped::Remembered(by) => {
            format!("As it was said for a file with the same header before, by {by}: {said}.")
        }
    }
}

/// What was found in a file, in words.
fn detected(told: &import::csv::Told) -> String {
    let written = match (&told.sheet, told.delimiter) {
        (Some((name, 0)), _) => format!("The sheet “{name}” was read"),
        (Some((name, others)), _) => {
            format!("The sheet “{name}” was read, and {others} more of the workbook were not")
        }
        (None, Some('\t')) => format!(
            "The file is written in {}, its cells are separated by tabs",
            told.encoding
        ),
        (None, between) => {
            let between = between.map(String::from).unwrap_or_default();
            format!(
                "The file is written in {}, its cells are separated by “{between}”",
                told.encoding
            )
        }
    };
    let title = |name: &String| Column::parse(name).map_or("", Column::title);
    let known = told
        .headings
        .iter()
        .filter_map(|(_, column)| column.as_ref());
    let known: Vec<_> = known.map(title).collect();
    let unknown = told.headings.iter().filter(|(_, column)| column.is_none());
    let unknown: Vec<_> = unknown.map(|(heading, _)| heading.as_str()).collect();
    let mut words = format!("{written}, and its columns are {}.", known.join(", "));
    if let Some(mapped) = &told.mapped {
        words.push(' ');
        words.push_str(&as_said(mapped, told));
    }
    if !unknown.is_empty() {
        let left_out = format!(" Not known, and left out: {}.", unknown.join(", "));
        words.push_str(&left_out);
    }
    for warning in &told.warnings {
        words.push(' ');
        words.push_str(warning);
    }
    words
}

fn tally(plan: &Plan, changed: &str) -> Vec<(Count, String, Tone)> {
    let counts = &plan.counts;
    vec![
        (count(counts.update), changed.to_owned(), Tone::Info),
        (count(counts.keep), "no change".to_owned(), Tone::Plain),
        (sum(&counts.skip), "left out".to_owned(), Tone::Warning),
    ]
}

fn button(does: &str, people: Count) -> String {
    if people.is_zero() {
        return String::new();
    }
    format!("{does} {}", people.of("person", "people"))
}

async fn groups(app: &App, plan: &Plan) -> Result<Vec<PlanGroup>, Problem> {
    let counts = &plan.counts;
    let actions = [
        ((Action::Create, PlanAction::Create), counts.create),
        ((Action::Update, PlanAction::Update), counts.update),
        ((Action::Keep, PlanAction::Unchanged), counts.keep),
    ];
    let mut groups = Vec::new();
    for (action, number) in actions {
        groups.extend(of_action(app, plan, action, number).await?);
    }
    for reason in &counts.skip {
        groups.push(of_reason(app, plan, PlanAction::Skip, reason).await?);
    }
    Ok(groups)
}

/// What was chosen on the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Chosen {
    reset: String,
    partial: String,
}

/// `POST /user-plans/{id}/run`
pub(crate) async fn run(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
    Form(chosen): Form<Chosen>,
) -> Page {
    let actor = admin.actor();
    let plan = store::plans::get(&app.store, id).await?;
    let job = match plan.purpose {
        Purpose::Csv => {
            let partial = Some(chosen.partial == "1");
            import::csv::run(&app.store, id, partial, &actor).await?
        }
        _ => import::sync::run(&app.store, id, chosen.reset == "1", &actor).await?,
    };
    Ok(Redirect::to(&format!("/jobs/{job}")).into_response())
}
