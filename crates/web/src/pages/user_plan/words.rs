//! What a plan about users says it does, in words.

use console::{
    Count, Tone,
    user_plan::{Also, Choice},
};
use delivery::Mode;
use store::plans::{Counted, Plan, Purpose};

use super::super::{frame::count, manage::Profiles, plan_rows::sum};
use crate::{App, Problem};

/// A number, what it counts, and how that looks.
pub(super) type Told = (Count, String, Tone);

/// What a plan says about itself.
pub(super) struct Words {
    pub(super) action: String,
    pub(super) lead: String,
    pub(super) tally: Vec<Told>,
    pub(super) choice: Option<Choice>,
    pub(super) button: String,
}

impl Words {
    /// The words of a plan that has its page here.
    pub(super) async fn of(app: &App, plan: &Plan) -> Result<Option<Self>, Problem> {
        Ok(match plan.purpose {
            Purpose::Import => None,
            Purpose::Sync => Some(Self::of_sync(plan)),
            Purpose::Csv => Some(super::csv::words(plan)),
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
            tally: vec![mailed(deploy), left_out(&plan.counts.not_deployed)],
            choice: None,
            button: button("Deploy", deploy),
        }
    }

    fn of_auto(plan: &Plan) -> Self {
        let (renewed, by_mail) = (plan.counts.update, plan.counts.deploy);
        let mut left_out = left_out(&plan.counts.not_deployed);
        left_out.0 = Count(left_out.0.0 + sum(&plan.counts.skip).0);
        Self {
            action: "Auto deploy".to_owned(),
            lead: "Softphones that have a configuration get the present one at their next start, without a mail. Who has none gets an e-mail."
                .to_owned(),
            tally: vec![
                people(count(renewed), ["gets", "get"], "it at their next fetch", Tone::Good),
                mailed(count(by_mail)),
                left_out,
            ],
            choice: None,
            button: button("Auto deploy", count(renewed + by_mail)),
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
            tally: vec![mailed(deploy), left_out(&plan.counts.not_deployed)],
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
                people(resumed, ["gets", "get"], "their access back", Tone::Good),
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

pub(super) fn tally(plan: &Plan, changed: &str) -> Vec<Told> {
    let counts = &plan.counts;
    vec![
        (count(counts.update), changed.to_owned(), Tone::Info),
        (count(counts.keep), "no change".to_owned(), Tone::Plain),
        (sum(&counts.skip), "left out".to_owned(), Tone::Warning),
    ]
}

/// How many people do what.
fn people(number: Count, [one, many]: [&str; 2], what: &str, tone: Tone) -> Told {
    let does = if number.0 == 1 { one } else { many };
    (number, format!("{does} {what}"), tone)
}

fn mailed(number: Count) -> Told {
    people(number, ["gets", "get"], "an e-mail", Tone::Good)
}

fn left_out(reasons: &[Counted]) -> Told {
    (sum(reasons), "left out".to_owned(), Tone::Warning)
}

/// A language by its own name, where it is one of the mails'.
fn language(code: &str) -> &str {
    let known = console::profile::LANGUAGES.iter();
    let mut known = known.filter(|(one, _)| *one == code);
    known.next().map_or(code, |(_, name)| name)
}

/// The second button of a deletion: also those whose phone has its configuration, where there are some.
pub(super) fn also_with_phones(plan: &Plan) -> Option<Also> {
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

pub(super) fn button(does: &str, people: Count) -> String {
    if people.is_zero() {
        return String::new();
    }
    format!("{does} {}", people.of("person", "people"))
}
