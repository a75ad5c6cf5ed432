//! What a check saw, and how it is told.

use std::{fmt::Write as _, future::Future, time::Duration};

use model::text::clean;
use serde::Serialize;
use tokio::time::timeout;

/// The longest that one check waits for others.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Ok,
    Warn,
    Fail,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One check: what was seen, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) check: String,
    pub(super) state: State,
    pub(super) seen: String,
    /// Empty where nothing is to be done.
    pub(super) fix: String,
}

pub(super) type Findings = Vec<Finding>;

impl Finding {
    fn new(state: State, check: &str, seen: &str, fix: &str) -> Self {
        // Others' words come to a terminal here.
        let one_line = |text: &str| {
            let text = clean(text).0;
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        Self {
            check: one_line(check),
            state,
            seen: one_line(seen),
            fix: one_line(fix),
        }
    }

    pub(super) fn ok(check: &str, seen: impl Into<String>) -> Self {
        Self::new(State::Ok, check, &seen.into(), "")
    }

    pub(super) fn warn(check: &str, seen: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(State::Warn, check, &seen.into(), &fix.into())
    }

    pub(super) fn fail(check: &str, seen: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(State::Fail, check, &seen.into(), &fix.into())
    }

    /// What went wrong, with its causes; its own hint, or else this one.
    pub(super) fn of_error(check: &str, error: &anyhow::Error, fix: &str) -> Self {
        let told = crate::told(error);
        let (seen, fix) = match told.split_once("\n  hint: ") {
            Some((what, rest)) => {
                let (hint, causes) = rest.split_once('\n').unwrap_or((rest, ""));
                (format!("{what}\n{causes}"), hint.to_owned())
            }
            None => (told, fix.to_owned()),
        };
        Self::fail(check, seen.replace("\n  because:", ":"), fix)
    }
}

/// What a check says, or that it was not over in time.
pub(super) async fn in_time(check: &str, work: impl Future<Output = Findings>) -> Findings {
    let late = |_| {
        vec![Finding::fail(
            check,
            format!("there was no answer within {} s", LIMIT.as_secs()),
            "see that it runs and can be reached from this machine",
        )]
    };
    timeout(LIMIT, work).await.unwrap_or_else(late)
}

/// An error with its causes, in one line.
pub(super) fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        words = format!("{words}: {source}");
        cause = source.source();
    }
    words
}

/// A line for each, what to do below it, and the count at the end.
pub(super) fn table(findings: &[Finding]) -> String {
    let width = findings.iter().map(|f| f.check.chars().count()).max();
    let width = width.unwrap_or_default().min(40);
    let mut text = String::new();
    for Finding {
        check,
        state,
        seen,
        fix,
    } in findings
    {
        let state = state.name();
        writeln!(text, "{state:4}  {check:width$}  {seen}").expect("a string takes any text");
        if !fix.is_empty() {
            writeln!(text, "{:width$}        do: {fix}", "").expect("a string takes any text");
        }
    }
    let count = |state| findings.iter().filter(|f| f.state == state).count();
    let (warn, fail) = (count(State::Warn), count(State::Fail));
    write!(
        text,
        "{} checks, {warn} to see to, {fail} failed",
        findings.len()
    )
    .expect("a string takes any text");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_with_its_fix_below() {
        let findings = [
            Finding::ok("settings", "rollcall.toml"),
            Finding::fail("mail server", "535 no\r\n\u{1b}[2Jway", "check `user`"),
        ];
        let expected = "ok    settings     rollcall.toml\n\
                        fail  mail server  535 no [2Jway\n\
                        \x20                  do: check `user`\n\
                        2 checks, 0 to see to, 1 failed";
        assert_eq!(table(&findings), expected);
    }

    #[test]
    fn the_hint_of_an_error_is_its_fix() {
        let error = anyhow::anyhow!("the disk is gone").context("cannot read x\n  hint: mount it");
        let found = Finding::of_error("data", &error, "else");
        assert_eq!(
            (found.seen.as_str(), found.fix.as_str()),
            ("cannot read x: the disk is gone", "mount it")
        );
    }
}
