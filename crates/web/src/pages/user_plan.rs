//! `/user-plans/{id}`: what an action on users would do, shown before it does it.

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::Form;
use console::{
    Count, Notice, Place, Tone,
    plan::{PlanAction, PlanGroup},
    user_plan::{Also, Choice, UserPlanPage},
    wave::WaveFields,
};
use delivery::Mode;
use import::csv::Mapped;
use model::{JobId, PlanId, UserId, plan::Action};
use serde::Deserialize;
use store::plans::{Counted, Plan, Purpose, Standing};
use users::columns::Column;

use super::{
    address::Path,
    frame::{Page, count, rendered, shell, show as shown},
    making,
    manage::{Profiles, shown_name},
    plan::{Looked, back, state},
    plan_items::{address, shown_as},
    plan_rows::{of_action, of_reason, sum},
    wave::{Again, WaveForm},
    when::when,
};
use crate::{App, Problem, forms::SelectionForm, retry, session::SignedIn};

/// `POST /users/syncs/plan`
pub(crate) async fn make_sync(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(looked): Query<Looked>,
    Form(form): Form<SelectionForm>,
) -> Page {
    let selection = form.parse::<UserId>()?;
    let plan = import::sync::plan(&app.store, &selection, &admin.actor()).await?;
    let to = looked.of(&selection).at(address(&plan));
    Ok(Redirect::to(&to).into_response())
}

/// Which kind of deployment is planned.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Kind {
    auto: Option<u8>,
    remind: Option<u16>,
}

impl Kind {
    fn mode(self) -> Mode {
        match (self.auto, self.remind) {
            (None, None) => Mode::Deploy,
            (Some(_), None) => Mode::Auto,
            (_, Some(days)) => Mode::Remind {
                days: days.clamp(1, 365),
            },
        }
    }
}

/// `POST /users/deployments/plan`
pub(crate) async fn make_deployment(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(looked): Query<Looked>,
    Query(kind): Query<Kind>,
    Form(form): Form<SelectionForm>,
) -> Page {
    let wanted = delivery::Wanted {
        selection: form.parse::<UserId>()?,
        mode: kind.mode(),
    };
    let (looked, actor) = (looked.of(&wanted.selection), admin.actor());
    making::make_of_users(&app, looked, move |store, id| async move {
        delivery::plan(&store, id, &wanted, &actor).await
    })
    .await
}

/// How old a mail is that people are reminded of.
#[derive(Debug, Deserialize)]
pub(crate) struct Days {
    days: u16,
}

/// `POST /user-plans/{id}/days`: a reminder of the same people, planned with other days.
pub(crate) async fn remind_anew(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
    Form(form): Form<Days>,
) -> Page {
    let plan = store::plans::get(&app.store, id).await?;
    let selection = serde_json::from_str(&plan.selection)
        .map_err(|_| store::Error::Missing("selection of this plan"))?;
    let wanted = delivery::Wanted {
        selection,
        mode: Mode::Remind {
            days: form.days.clamp(1, 365),
        },
    };
    let actor = admin.actor();
    making::make_of_users(&app, Looked::default(), move |store, id| async move {
        delivery::plan(&store, id, &wanted, &actor).await
    })
    .await
}

/// `POST /users/suspensions/plan`
pub(crate) async fn make_suspension(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(looked): Query<Looked>,
    Form(form): Form<SelectionForm>,
) -> Page {
    let selection = form.parse::<UserId>()?;
    let (looked, actor) = (looked.of(&selection), admin.actor());
    making::make_of_users(&app, looked, move |store, id| async move {
        users::suspension::plan(&store, id, &selection, &actor).await
    })
    .await
}

/// `POST /users/resumptions/plan`
pub(crate) async fn make_resumption(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(looked): Query<Looked>,
    Form(form): Form<SelectionForm>,
) -> Page {
    let selection = form.parse::<UserId>()?;
    let (looked, actor) = (looked.of(&selection), admin.actor());
    making::make_of_users(&app, looked, move |store, id| async move {
        users::suspension::plan_end(&store, id, &selection, &actor).await
    })
    .await
}

/// `POST /users/deletions/plan`
pub(crate) async fn make_deletion(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(looked): Query<Looked>,
    Form(form): Form<SelectionForm>,
) -> Page {
    let selection = form.parse::<UserId>()?;
    let (looked, actor) = (looked.of(&selection), admin.actor());
    making::make_of_users(&app, looked, move |store, id| async move {
        users::removal::plan(&store, id, &selection, &actor).await
    })
    .await
}

/// `POST /users/profile-changes/plan`
pub(crate) async fn make_profile_change(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(looked): Query<Looked>,
    Form(form): Form<SelectionForm>,
) -> Page {
    let (selection, profile) = (form.parse::<UserId>()?, form.profile()?);
    let (looked, actor) = (looked.of(&selection), admin.actor());
    making::make_of_users(&app, looked, move |store, id| async move {
        users::changes::plan_profile(&store, id, &selection, profile, &actor).await
    })
    .await
}

/// `POST /users/language-changes/plan`
pub(crate) async fn make_language_change(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Query(looked): Query<Looked>,
    Form(form): Form<SelectionForm>,
) -> Page {
    let selection = form.parse::<UserId>()?;
    let (looked, actor) = (looked.of(&selection), admin.actor());
    making::make_of_users(&app, looked, move |store, id| async move {
        users::changes::plan_language(&store, id, &selection, &form.language, &actor).await
    })
    .await
}

/// `POST /jobs/{id}/retry`: what failed, planned again.
pub(crate) async fn make_retry(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<JobId>,
) -> Page {
    let plan = retry::plan(&app, id, &admin.actor()).await?;
    let to = format!("{}?again={id}", address(&plan));
    Ok(Redirect::to(&to).into_response())
}

/// `POST /users/{id}/suspension/end`
pub(crate) async fn end_suspension(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<UserId>,
) -> Page {
    users::suspension::end(&app.store, id, &admin.actor()).await?;
    Ok(Redirect::to(&format!("/users/{id}")).into_response())
}

/// `GET /user-plans/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(admin): SignedIn,
    Path(id): Path<PlanId>,
    Query(looked): Query<Looked>,
    Query(again): Query<Again>,
) -> Page {
    let (plan, standing) = store::plans::find(&app.store, id).await?;
    if plan.purpose != Purpose::Import && standing != Standing::Ready {
        return making::show(&app, &admin, &plan, standing, looked).await;
    }
    let wave = again.fields(&app).await?;
    match page(&app, &admin, &plan, looked, wave).await? {
        Some(page) => shown(&page),
        None => Ok(Redirect::to(&address(&plan)).into_response()),
    }
}

/// The page of a plan that has its page here, with the form that says how its mails are spread.
async fn page(
    app: &App,
    admin: &access::Admin,
    plan: &Plan,
    looked: Looked,
    wave: WaveFields,
) -> Result<Option<UserPlanPage>, Problem> {
    let id = plan.id;
    let Some(words) = Words::of(app, plan).await? else {
        return Ok(None);
    };
    let total = count(plan.counts.total);
    let (from, back) = match plan.purpose {
        Purpose::Csv => ("Import CSV", "/users/import-csv".to_owned()),
        _ => ("Manage users", back::<UserId>("/users", plan, shown_name)),
    };
    let mut ways = vec![];
    if plan.purpose == Purpose::Csv {
        let way = |end: &str, words: &str| (format!("/user-plans/{id}/{end}"), words.to_owned());
        let faulty = way("faulty.csv", "Download the rows with faults");
        ways.extend((!plan.counts.skip.is_empty()).then_some(faulty));
        ways.push(way("columns", "Say what the columns mean"));
    }
    let mut shell = shell(app, admin, Place::Manage).await?;
    shell.notices.extend(warnings(plan));
    Ok(Some(UserPlanPage {
        shell,
        id: id.to_string(),
        action: words.action,
        lead: words.lead,
        from: from.to_owned(),
        looked: looked.or(total),
        total,
        made_of: match plan.purpose {
            Purpose::Csv => format!("{} read", total.of("row", "rows")),
            _ => format!("{} selected", total.of("person", "people")),
        },
        tally: words.tally,
        choice: words.choice,
        is_grave: plan.purpose == Purpose::Deletion,
        groups: groups(app, plan).await?,
        ways,
        button: words.button,
        also: match plan.purpose {
            Purpose::Deletion => also_with_phones(plan),
            Purpose::Csv => without_faulty(plan),
            _ => None,
        },
        wave: (plan.purpose == Purpose::Deployment && plan.counts.deploy > 0).then_some(wave),
        days: match Mode::of(plan) {
            Mode::Remind { days } if plan.purpose == Purpose::Deployment => Some(days),
            _ => None,
        },
        expires: when(plan.expires_at, app.store.env().now()),
        state: state(app, plan),
        back,
    }))
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
    async fn of(app: &App, plan: &Plan) -> Result<Option<Self>, Problem> {
        Ok(match plan.purpose {
            Purpose::Import => None,
            Purpose::Sync => Some(Self::of_sync(plan)),
            Purpose::Csv => Some(Self::of_csv(plan)),
            Purpose::Deployment => Some(Self::of_deployment(plan)),
            Purpose::Suspension => Some(Self::of_suspension(plan)),
            Purpose::Resumption => Some(Self::of_resumption(plan)),
            Purpose::Deletion => Some(Self::of_deletion(plan)),
            Purpose::ProfileChange => {
                let name = Profiles::of(app).await?.name(plan.profile);
                Some(Self::of_change(
                    plan,
                    &format!("Their profile becomes “{name}”."),
                ))
            }
            Purpose::LanguageChange => {
                let lead = if plan.argument.is_empty() {
                    "Their language is the component’s, else the profile’s.".to_owned()
                } else {
                    format!("Their language becomes {}.", language(&plan.argument))
                };
                Some(Self::of_change(plan, &lead))
            }
        })
    }

    fn of_deployment(plan: &Plan) -> Self {
        let deploy = count(plan.counts.deploy);
        match Mode::of(plan) {
            Mode::Deploy => {}
            Mode::Auto => return Self::of_auto(plan),
            Mode::Remind { days } => return Self::of_reminder(plan, days),
        }
        Self {
            action: "Deploy".to_owned(),
            lead: "Devices that people have stay; links that nobody used end.".to_owned(),
            tally: vec![
                (deploy, "get an e-mail".to_owned(), Tone::Good),
                left_out(&plan.counts.not_deployed),
            ],
            choice: None,
            button: button("Deploy", deploy),
        }
    }

    fn of_auto(plan: &Plan) -> Self {
        let (renewed, mailed) = (plan.counts.update, plan.counts.deploy);
        let mut left_out = left_out(&plan.counts.not_deployed);
        left_out.0 = Count(left_out.0.0 + sum(&plan.counts.skip).0);
        Self {
            action: "Auto deploy".to_owned(),
            lead: "Softphones that have a configuration get the present one at their next start, without a mail. Who has none gets an e-mail."
                .to_owned(),
            tally: vec![
                (count(renewed), "get it at their next fetch".to_owned(), Tone::Good),
                (count(mailed), "get an e-mail".to_owned(), Tone::Good),
                left_out,
            ],
            choice: None,
            button: button("Auto deploy", count(renewed + mailed)),
        }
    }

    fn of_reminder(plan: &Plan, days: u16) -> Self {
        let deploy = count(plan.counts.deploy);
        let old = if days == 1 {
            "a day ago or earlier".to_owned()
        } else {
            format!("{days} days ago or earlier")
        };
        Self {
            action: "Remind".to_owned(),
            lead: format!(
                "Who got the mail {old} and never fetched a configuration gets a new one, with a new link; the link before it ends."
            ),
            tally: vec![
                (deploy, "get an e-mail".to_owned(), Tone::Good),
                left_out(&plan.counts.not_deployed),
            ],
            choice: None,
            button: button("Remind", deploy),
        }
    }

    fn of_suspension(plan: &Plan) -> Self {
        let suspend = count(plan.counts.update);
        Self {
            action: "Suspend".to_owned(),
            lead: "Links end. A Linphone loses its account at its next fetch; other softphones are refused and keep what they have, so lock those accounts at the PBX as well. Nobody is removed, and each suspension can be ended."
                .to_owned(),
            tally: vec![
                (suspend, "suspended".to_owned(), Tone::Warning),
                left_out(&plan.counts.skip),
            ],
            choice: None,
            button: button("Suspend", suspend),
        }
    }

    fn of_resumption(plan: &Plan) -> Self {
        let resumed = count(plan.counts.update);
        Self {
            action: "End the suspension".to_owned(),
            lead: "Phones that have a configuration get it again at their next fetch. Links that ended stay ended: whoever has no phone \
                   yet counts as not deployed, and needs a deployment of their own."
                .to_owned(),
            tally: vec![
                (resumed, "get their access back".to_owned(), Tone::Good),
                left_out(&plan.counts.skip),
            ],
            choice: None,
            button: button("End the suspension of", resumed),
        }
    }

    fn of_deletion(plan: &Plan) -> Self {
        let (without, phones) = (
            count(plan.counts.update - plan.counts.deploy),
            count(plan.counts.deploy),
        );
        Self {
            action: "Delete".to_owned(),
            lead: "Their links and devices are withdrawn and what was entered by hand is erased. Who came from a component can be imported again."
                .to_owned(),
            tally: vec![
                (without, "without a phone that is set up".to_owned(), Tone::Bad),
                (phones, "with a phone that is set up".to_owned(), Tone::Warning),
            ],
            choice: None,
            button: button("Delete", without),
        }
    }

    fn of_change(plan: &Plan, lead: &str) -> Self {
        let change = count(plan.counts.update);
        Self {
            action: "Change".to_owned(),
            lead: lead.to_owned(),
            tally: vec![
                (change, "changed".to_owned(), Tone::Info),
                (count(plan.counts.keep), "no change".to_owned(), Tone::Plain),
            ],
            choice: None,
            button: button("Change", change),
        }
    }

    fn of_sync(plan: &Plan) -> Self {
        let update = count(plan.counts.update);
        let reset = count(plan.counts.deploy);
        let lead = if plan.counts.total > store::as_i64(import::sync::READ_MAX) {
            "They are too many to be read one by one: this is what the last scans told.".to_owned()
        } else if plan.argument.is_empty() {
            "Their records were read again at their components just now.".to_owned()
        } else {
            format!(
                "Their records were read again just now, but not those of {}: single people cannot be read there, so this is \
                 what the last scan told. Scan to see what it tells now.",
                plan.argument
            )
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
            lead,
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
        let partial = told.as_ref().is_some_and(|told| told.options.partial);
        let mut tally = tally(plan, "changed");
        tally.insert(
            0,
            (count(counts.create), "new users".to_owned(), Tone::Good),
        );
        if let Some(left_out) = tally.last_mut() {
            "with faults".clone_into(&mut left_out.1);
        }
        let warned = sum(&counts.warned);
        if !warned.is_zero() {
            tally.push((warned, "with a warning".to_owned(), Tone::Warning));
        }
        let button = button("Import", count(counts.create + counts.update));
        Self {
            action: "Import CSV".to_owned(),
            lead: told.map(|told| detected(&told)).unwrap_or_default(),
            tally,
            choice: None,
            // What would be refused is not offered: see `without_faulty`.
            button: if faulty.is_zero() || partial {
                button
            } else {
                String::new()
            },
        }
    }
}

/// Where rows have faults and no partial import was allowed: the way to have the others all the same.
fn without_faulty(plan: &Plan) -> Option<Also> {
    let told = import::csv::shown(plan)?;
    let (faulty, good) = (
        sum(&plan.counts.skip),
        count(plan.counts.create + plan.counts.update),
    );
    if told.options.partial || faulty.is_zero() || good.is_zero() {
        return None;
    }
    let rows = faulty.of("row with faults", "rows with faults");
    Some(Also {
        name: "partial",
        label: format!(
            "Import {} and leave {rows} out",
            good.of("person", "people")
        ),
        hint: format!(
            "{}, so that nothing is imported: a partial import was not allowed. Download {}, mend {} and give \
             the whole file again, or leave {} out.",
            faulty.of("row has faults", "rows have faults"),
            if faulty.0 == 1 { "it" } else { "them" },
            if faulty.0 == 1 { "it" } else { "them" },
            if faulty.0 == 1 { "it" } else { "them" },
        ),
    })
}

/// What is odd about a file as a whole.
fn warnings(plan: &Plan) -> Vec<Notice> {
    let told = import::csv::shown(plan).filter(|_| plan.purpose == Purpose::Csv);
    let warnings = told.map(|told| told.warnings).unwrap_or_default();
    warnings
        .into_iter()
        .map(|warning| Notice::new(Tone::Warning, warning))
        .collect()
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

fn left_out(reasons: &[Counted]) -> (Count, String, Tone) {
    (sum(reasons), "left out".to_owned(), Tone::Warning)
}

/// A language by its own name, where it is one of the mails'.
fn language(code: &str) -> &str {
    let known = console::profile::LANGUAGES.iter();
    let mut known = known.filter(|(one, _)| *one == code);
    known.next().map_or(code, |(_, name)| name)
}

/// The second button of a deletion: also those whose phone has its configuration, where there are some.
fn also_with_phones(plan: &Plan) -> Option<Also> {
    let (all, phones) = (count(plan.counts.update), count(plan.counts.deploy));
    let people = phones.of("person", "people");
    let label = if all == phones {
        format!("Delete {people} whose phone has its configuration")
    } else {
        format!("Delete all {all}, also {phones} whose phone has its configuration")
    };
    let hint = format!(
        "For {people} a phone has its configuration. They stay, unless you choose this; their phones then lose the account at \
         their next fetch."
    );
    (!phones.is_zero()).then_some(Also {
        name: "deployed",
        label,
        hint,
    })
}

fn button(does: &str, people: Count) -> String {
    if people.is_zero() {
        return String::new();
    }
    format!("{does} {}", people.of("person", "people"))
}

async fn groups(app: &App, plan: &Plan) -> Result<Vec<PlanGroup>, Problem> {
    let counts = &plan.counts;
    let kept = match plan.purpose {
        Purpose::Deployment => counts.deploy,
        _ => counts.keep,
    };
    let actions = [
        (Action::Create, counts.create),
        (Action::Update, counts.update),
        (Action::Keep, kept),
    ];
    let mut groups = Vec::new();
    for (action, number) in actions {
        let shown = shown_as(plan, Some(action), None);
        groups.extend(of_action(app, plan, (action, shown), number).await?);
    }
    for reason in &counts.warned {
        groups.push(of_reason(app, plan, PlanAction::Warned, reason).await?);
    }
    for reason in counts.skip.iter().chain(&counts.not_deployed) {
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
    deployed: String,
    #[serde(flatten)]
    wave: WaveForm,
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
            // Without a word about it: as it was said when the file was given.
            let partial = (chosen.partial == "1").then_some(true);
            import::csv::run(&app.store, id, partial, &actor).await?
        }
        Purpose::Sync => import::sync::run(&app.store, id, chosen.reset == "1", &actor).await?,
        Purpose::Deletion => {
            users::removal::run(&app.store, id, chosen.deployed == "1", &actor).await?
        }
        Purpose::Deployment => {
            let wave = match chosen.wave.of_plan() {
                Ok(wave) => wave,
                Err(typed) => return refused(&app, &admin, &plan, *typed).await,
            };
            delivery::run_spread(&app.store, id, wave, &actor).await?
        }
        _ => retry::run(&app, &plan, false, None, &actor).await?,
    };
    Ok(Redirect::to(&format!("/jobs/{job}")).into_response())
}

/// The plan's page again, with what was typed about its mails.
async fn refused(app: &App, admin: &access::Admin, plan: &Plan, typed: WaveFields) -> Page {
    match page(app, admin, plan, Looked::default(), typed).await? {
        Some(page) => Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page)),
        None => Ok(Redirect::to(&address(plan)).into_response()),
    }
}
