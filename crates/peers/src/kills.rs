//! `kill -9` of the server, again and again, amid a scan and an import-and-deploy; then everybody is counted.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::{
    Installation, SmtpSink,
    api::{is_settled, mails},
};

/// Connections over which the server sends, by default: as many mails can be accepted and not yet kept at one moment.
const LANES: usize = 4;
/// Mails arrive at the sink's files a moment after they were accepted.
const SINK_LIMIT: Duration = Duration::from_secs(20);
/// The last part of the work is left alone: a kill that comes too late hits nothing.
const LAST: f64 = 0.95;

/// What is killed, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Kills {
    /// People at the components.
    pub people: u32,
    /// Kills amid the import-and-deploy, a quarter of them amid sending.
    pub import: u32,
    /// Kills amid scanning and joining.
    pub scan: u32,
    /// Which moments.
    pub seed: u64,
}

/// One kill, and what the server had done by then.
#[derive(Clone, Debug)]
struct Struck {
    amid: &'static str,
    wait_ms: u64,
    done: String,
}

/// What came of it; only made where nobody was lost and nobody mailed by two messages.
#[derive(Clone, Debug)]
pub struct Report {
    seed: u64,
    struck: Vec<Struck>,
    entries: i64,
    users: i64,
    left_out: Vec<String>,
    mails: usize,
    repeats: usize,
    repeats_most: usize,
    broken_off: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        for (n, struck) in self.struck.iter().enumerate() {
            let Struck {
                amid,
                wait_ms,
                done,
            } = struck;
            writeln!(f, "kill {:2}  {amid:9} +{wait_ms} ms  {done}", n + 1)?;
        }
        writeln!(
            f,
            "{} entries; an undisturbed scan afterwards changed none of them",
            self.entries
        )?;
        writeln!(f, "{} users, each imported once", self.users)?;
        for reason in &self.left_out {
            writeln!(f, "  {reason}")?;
        }
        writeln!(
            f,
            "{} people to deploy, {0} Message-IDs at the sink, one for each",
            self.mails
        )?;
        writeln!(
            f,
            "{} repeats of a Message-ID (accepted, and killed before that was kept: at most {LANES} a kill, {} here)",
            self.repeats, self.repeats_most
        )?;
        write!(
            f,
            "{} messages broke off amid DATA and came again",
            self.broken_off
        )
    }
}

impl Kills {
    /// Kills and counts. Fails where somebody was lost, imported twice or mailed by two messages.
    pub async fn run(self, program: &Path) -> Result<Report> {
        let sink = SmtpSink::start(&[]).await?;
        let installation = Installation::open(program, self.people, sink.address()).await?;
        let mut run = Run {
            installation,
            chance: Chance(self.seed),
            struck: Vec::new(),
        };
        let entries = run.scan(self.scan).await?;
        let plan = run.import(self.import).await?;
        let users = run.installation.api.all("/users").await?;
        each_imported_once(&users, &plan)?;
        let offered = run.offered(&users).await?;
        let wanted = usize::try_from(plan["deploy"].as_i64().context("a plan has numbers")?)?;
        ensure!(
            offered.len() == wanted,
            "{wanted} people were to be deployed and {} were; failed: {}",
            offered.len(),
            run.failed_rows().await?
        );
        let arrived = Arrived::at(&sink, &offered).await?;
        let repeats_most = LANES * usize::try_from(self.import)?;
        ensure!(
            arrived.repeats <= repeats_most,
            "{} repeats of a Message-ID; {} kills explain {repeats_most} at most",
            arrived.repeats,
            self.import
        );
        Ok(Report {
            seed: self.seed,
            struck: run.struck,
            entries,
            users: i64::try_from(users.len())?,
            left_out: left_out(&plan),
            mails: offered.len(),
            repeats: arrived.repeats,
            repeats_most,
            broken_off: arrived.broken_off,
        })
    }
}

struct Run {
    installation: Installation,
    chance: Chance,
    struck: Vec<Struck>,
}

impl Run {
    /// Scans everything for the first time under kills; answers how many entries there are.
    async fn scan(&mut self, kills: u32) -> Result<i64> {
        self.installation.scan().await?;
        for _ in 0..kills {
            self.kill("scanning", Duration::from_millis(1_500), |_| true)
                .await?;
        }
        self.installation.settled().await?;
        self.scanned_well().await?;
        let before = self.installation.api.all("/entries").await?;
        self.installation.scan().await?;
        self.installation.settled().await?;
        self.scanned_well().await?;
        let after = self.installation.api.all("/entries").await?;
        ensure!(
            before == after,
            "an undisturbed scan changed entries: {} became {}",
            before.len(),
            after.len()
        );
        Ok(i64::try_from(after.len())?)
    }

    async fn scanned_well(&self) -> Result<()> {
        let connections = self.installation.api.get("/connections").await?;
        for connection in connections.as_array().into_iter().flatten() {
            ensure!(
                connection["error"] == "" && connection["completed_at"].is_string(),
                "a scan did not end well: {connection}"
            );
        }
        Ok(())
    }

    /// Imports and deploys everybody under kills; answers the plan.
    async fn import(&mut self, kills: u32) -> Result<Value> {
        let profiles = self.installation.api.get("/profiles").await?;
        let wanted =
            json!({"selection": {"all": true}, "profile": profiles[0]["id"], "deploy": true});
        let plan = self.installation.api.post("/import-plans", wanted).await?;
        let agreed = json!({"plan": plan["id"]});
        let ordered = self
            .installation
            .api
            .post("/imports", agreed.clone())
            .await?;
        let number = |name: &str| plan[name].as_i64().context("a plan has numbers");
        let (create, deploy) = (number("create")?, number("deploy")?);
        for goal in self.goals(kills, create, deploy) {
            // Users made, mails written, mails sent: it only rises, and ends at twice the mails and the users.
            self.kill("importing", Duration::from_millis(60), move |summary| {
                progress(summary) >= goal || is_settled(summary)
            })
            .await?;
        }
        self.installation.settled().await?;
        let again = self.installation.api.post("/imports", agreed).await?;
        ensure!(
            ordered == again,
            "a plan that was carried out was carried out again: {ordered}, {again}"
        );
        Ok(plan)
    }

    /// How far the work is at each kill: anywhere, and for a quarter of them amid sending.
    fn goals(&mut self, kills: u32, create: i64, deploy: i64) -> Vec<i64> {
        let end = part(create + 2 * deploy, LAST);
        let mut goals: Vec<i64> = (0..kills)
            .map(|n| {
                let begin = if n < kills / 4 { create + deploy } else { 0 };
                begin + part(end - begin, self.chance.fraction())
            })
            .collect();
        goals.sort_unstable();
        goals
    }

    /// Kills the server at a random moment after it `reached` something, and starts it again.
    async fn kill(
        &mut self,
        amid: &'static str,
        at_most: Duration,
        reached: impl Fn(&Value) -> bool,
    ) -> Result<()> {
        let summary = self
            .installation
            .wait("the moment to kill", reached)
            .await?;
        let sent = mails(&summary, &["sent"]);
        let amid = match amid {
            _ if is_settled(&summary) => "idle",
            "importing" if sent > 0 => "sending",
            other => other,
        };
        let wait = at_most.mul_f64(self.chance.fraction());
        // The random moment itself, not a wait for something.
        tokio::time::sleep(wait).await;
        self.installation.server.kill_9()?;
        self.struck.push(Struck {
            amid,
            wait_ms: u64::try_from(wait.as_millis())?,
            done: format!(
                "{} entries, {} users, {sent} mails sent",
                summary["entries"], summary["users"]
            ),
        });
        self.installation.server.restart()
    }

    /// The deployments of all users, each of whom has at most one.
    async fn offered(&self, users: &[Value]) -> Result<BTreeSet<String>> {
        let mut offered = BTreeSet::new();
        for user in users {
            let id = user["id"].as_str().context("a user has an id")?;
            let detail = self.installation.api.get(&format!("/users/{id}")).await?;
            let deployments = detail["deployments"].as_array();
            let deployments = deployments.context("a user has deployments")?;
            ensure!(
                deployments.len() < 2,
                "a user has two deployments: {detail}"
            );
            for deployment in deployments {
                ensure!(
                    deployment["state"] == "sent" && user["state"] == "deployed",
                    "a deployment was not sent: {detail}"
                );
                offered.insert(
                    deployment["id"]
                        .as_str()
                        .context("a deployment has an id")?
                        .to_owned(),
                );
            }
        }
        Ok(offered)
    }

    /// The failed rows of all jobs, for an error.
    async fn failed_rows(&self) -> Result<String> {
        let mut told = Vec::new();
        let jobs = self.installation.api.get("/jobs").await?;
        for job in jobs.as_array().into_iter().flatten() {
            let path = format!("/jobs/{}/items", job["id"].as_str().unwrap_or_default());
            told.push(format!(
                "{job}: {}",
                self.installation.api.get(&path).await?
            ));
        }
        Ok(told.join("\n"))
    }
}

fn progress(summary: &Value) -> i64 {
    let states = ["waiting", "sending", "sent", "bounced"];
    summary["users"].as_i64().unwrap_or(0)
        + mails(summary, &states)
        + mails(summary, &["sent", "bounced"])
}

/// Everybody whom the plan made is there, by an entry of their own.
fn each_imported_once(users: &[Value], plan: &Value) -> Result<()> {
    let entries: BTreeSet<_> = users
        .iter()
        .filter_map(|user| user["entry"].as_i64())
        .collect();
    ensure!(
        plan["create"] == users.len() && entries.len() == users.len(),
        "{} people were to be imported; there are {} users of {} entries",
        plan["create"],
        users.len(),
        entries.len()
    );
    Ok(())
}

/// Who is not imported or not deployed, by reason.
fn left_out(plan: &Value) -> Vec<String> {
    let reasons = |name: &str, what: &str| {
        let list = plan[name].as_array().cloned().unwrap_or_default();
        let told = list.into_iter().map(move |reason| {
            format!(
                "{} {what}: {}",
                reason["count"],
                reason["reason"].as_str().unwrap_or_default()
            )
        });
        told.collect::<Vec<_>>()
    };
    let what = "entries not imported";
    [
        reasons("skip", what),
        reasons("not_deployed", "users not deployed"),
    ]
    .concat()
}

/// What arrived at the sink.
struct Arrived {
    repeats: usize,
    broken_off: usize,
}

impl Arrived {
    /// Compares the Message-IDs of the sink, whose first part is the deployment, with the deployments.
    async fn at(sink: &SmtpSink, offered: &BTreeSet<String>) -> Result<Self> {
        sink.wait_accepted(offered.len(), SINK_LIMIT).await?;
        let ids = sink.message_ids()?;
        // One that broke off within its head has none.
        let mut copies: BTreeMap<&str, usize> = BTreeMap::new();
        for id in ids.iter().filter(|id| !id.is_empty()) {
            *copies.entry(id).or_default() += 1;
        }
        let arrived: BTreeSet<String> = copies
            .keys()
            .map(|id| {
                id.trim_start_matches('<')
                    .split('@')
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect();
        ensure!(
            arrived == *offered && copies.len() == offered.len(),
            "of {} deployments {} Message-IDs arrived; without a deployment: {:?}; never arrived: {:?}",
            offered.len(),
            copies.len(),
            arrived.difference(offered).collect::<Vec<_>>(),
            offered.difference(&arrived).collect::<Vec<_>>()
        );
        let accepted = sink.accepted();
        Ok(Self {
            repeats: accepted - copies.len(),
            broken_off: ids.len() - accepted,
        })
    }
}

/// A part of a number of rows.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a few thousand rows"
)]
fn part(of: i64, fraction: f64) -> i64 {
    (of as f64 * fraction) as i64
}

/// Random numbers that a seed repeats (`SplitMix64`, by Steele, Lea and Flood).
struct Chance(u64);

impl Chance {
    /// At least 0, less than 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are a mantissa")]
    fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_moments_and_they_spread() {
        let draw = |seed| {
            let mut chance = Chance(seed);
            (0..100).map(|_| chance.fraction()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let low = draw(1).iter().filter(|part| **part < 0.5).count();
        assert!((30..70).contains(&low), "{low} of 100 below the middle");
    }
}
