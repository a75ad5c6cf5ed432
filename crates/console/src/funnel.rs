//! The funnel as pages draw it: steps of the way, and who is stuck on it.

use askama::Template;

use crate::{Action, Count, Tone};

/// One step.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name: `Downloaded`.
    pub label: &'static str,
    /// What it means.
    pub about: &'static str,
    /// Where those who came so far are listed; empty: nowhere.
    pub href: String,
    /// How many came so far.
    pub count: Count,
    /// Hundredths of the first step.
    pub percent: u64,
    /// The step before, and hundredths of it.
    pub before: Option<(&'static str, u64)>,
}

/// Steps, each with its name, what it means, where its people are listed, and how many they are.
pub fn stages(steps: Vec<(&'static str, &'static str, String, Count)>) -> Vec<Stage> {
    let whole = steps.first().map_or(Count(0), |step| step.3);
    let mut before: Option<(&'static str, Count)> = None;
    let stage = |(label, about, href, count): (&'static str, &'static str, String, Count)| {
        let shown = before.filter(|(_, of)| !of.is_zero());
        before = Some((label, count));
        Stage {
            label,
            about,
            href,
            count,
            percent: count.percent_of(&whole),
            before: shown.map(|(name, of)| (name, count.percent_of(&of))),
        }
    };
    steps.into_iter().map(stage).collect()
}

/// Some who are stuck at one place.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/stuck.html")]
pub struct Stuck {
    /// How many.
    pub count: Count,
    /// Where: `never looked at their link`.
    pub what: &'static str,
    /// What usually helps.
    pub hint: &'static str,
    /// Where they are listed; empty: nowhere.
    pub href: String,
    /// How bad that is.
    pub tone: Tone,
    /// What can be done at once.
    pub action: Option<Action>,
}

impl Stuck {
    /// Some people, unless there are none.
    pub fn new(
        count: Count,
        what: &'static str,
        hint: &'static str,
        href: impl Into<String>,
        tone: Tone,
    ) -> Option<Self> {
        (!count.is_zero()).then(|| Self {
            count,
            what,
            hint,
            href: href.into(),
            tone,
            action: None,
        })
    }

    /// Where they are, as it is said of so many.
    pub(crate) fn what(&self) -> String {
        const ONE: [(&str, &str); 3] = [("have ", "has "), ("wait ", "waits "), ("do ", "does ")];
        let mut verbs = ONE.iter().filter(|_| self.count.0 == 1);
        let agreed = verbs.find_map(|(many, one)| {
            let rest = self.what.strip_prefix(many)?;
            Some(format!("{one}{rest}"))
        });
        agreed.unwrap_or_else(|| self.what.to_owned())
    }

    pub(crate) fn samples() -> Vec<Self> {
        let some =
            |count, what, hint, href: &str, tone| Self::new(Count(count), what, hint, href, tone);
        let all = [
            some(
                3,
                "have no mail: it could not be made or was refused",
                "the reason stands on each one's page",
                "/users?state=failed",
                Tone::Bad,
            ),
            some(
                1_204,
                "never looked at their link",
                "a reminder brings a new mail with a new link",
                "/users?link=unseen",
                Tone::Plain,
            ),
            some(
                88,
                "have their configuration and were never registered",
                "look at the registrar: a firewall, a wrong host, an app that was closed",
                "/users?registered=never",
                Tone::Warning,
            ),
        ];
        all.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_agrees_with_how_many_there_are() {
        let said = |count, what| {
            let some = Stuck::new(Count(count), what, "", "", Tone::Plain);
            some.unwrap().what()
        };
        assert_eq!(said(1, "wait for their mail"), "waits for their mail");
        assert_eq!(said(2, "wait for their mail"), "wait for their mail");
        assert_eq!(said(1, "have no mail"), "has no mail");
        assert_eq!(said(1, "do not need it"), "does not need it");
        assert_eq!(said(1, "never looked at it"), "never looked at it");
    }
}
