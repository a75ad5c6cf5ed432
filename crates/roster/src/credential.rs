//! The order `Credential`: has a component make SIP secrets for records that have none, and seals them beside
//! the records. A crash before the commit is harmless: nothing was delivered yet.

use std::collections::HashMap;

use components::CREDENTIALS_MAX;
use model::{ConnectionId, Outcome, RecordId, Refusal, SipSecret, plan::reasons};
use store::{
    Hold, as_i64, connections,
    jobs::{self, Item, Settled, Standing},
    records::{self, Stored},
};

use crate::{Error, connections as ours};

/// Carries the order out in chunks of what one call can ask for.
pub async fn carry_out(hold: Hold<'_>, connection: ConnectionId) -> Result<Outcome, Error> {
    let connection = connections::get(hold.store, connection).await?;
    let mut component = ours::open(hold.store, &connection).await?;
    loop {
        if hold.standing().await? != Standing::Go {
            return Ok(Outcome::Stopped);
        }
        let items = jobs::open_items(hold.store, hold.id(), as_i64(CREDENTIALS_MAX)).await?;
        if items.is_empty() {
            return Ok(Outcome::Done);
        }
        let ids: Vec<_> = items
            .iter()
            .filter_map(|item| item.subject.parse::<RecordId>().ok())
            .collect();
        let wanted = records::by_id(hold.store, &ids).await?;
        let without: Vec<String> = wanted
            .iter()
            .filter(|r| r.secret.is_none())
            .map(|r| r.record.source_id.clone())
            .collect();
        let made = if without.is_empty() {
            Ok(vec![])
        } else {
            component.credentials(&without).await
        };
        match made {
            Ok(made) => keep(hold, &items, &wanted, made.into_iter().collect()).await?,
            Err(components::Error::Throttled { retry_after_s }) => {
                let wait = i64::try_from(retry_after_s).unwrap_or(60).clamp(1, 3600);
                return Ok(Outcome::Again {
                    at: hold.store.env().now().plus_s(wait),
                    why: "the component is busy".to_owned(),
                });
            }
            Err(error) if lasting(&error) => refuse(hold, &items, &error).await?,
            Err(error) => return Err(ours::of(&connection, error)),
        }
    }
}

/// Whether trying again is no use.
const fn lasting(error: &components::Error) -> bool {
    matches!(
        error,
        components::Error::Unsupported { .. }
            | components::Error::Refused { .. }
            | components::Error::Status {
                status: 400..=499,
                ..
            }
    )
}

async fn keep(
    hold: Hold<'_>,
    items: &[Item],
    wanted: &[Stored],
    mut made: HashMap<String, model::Secret>,
) -> Result<(), Error> {
    let by_id: HashMap<String, &Stored> = wanted.iter().map(|r| (r.id.to_string(), r)).collect();
    let mut secrets = Vec::new();
    let mut settled = Vec::new();
    for item in items {
        let record = by_id.get(&item.subject);
        let has_one = record.is_some_and(|r| r.secret.is_some());
        match record.and_then(|r| {
            made.remove(&r.record.source_id)
                .map(|secret| (r.id, SipSecret::Clear(secret)))
        }) {
            Some(new) => secrets.push(new),
            None if has_one => {}
            None => {
                settled.push(Settled::failed(
                    &item.subject,
                    &item.label,
                    reasons::no_secret(),
                ));
                continue;
            }
        }
        settled.push(Settled::done(&item.subject, &item.label));
    }
    let tx = hold.store.begin().await?;
    records::keep_secrets(&tx, secrets).await?;
    hold.settle(&tx, &settled).await?;
    Ok(tx.commit().await?)
}

async fn refuse(hold: Hold<'_>, items: &[Item], error: &components::Error) -> Result<(), Error> {
    let why = Refusal::new(
        "no-secret",
        format!("the component gives no SIP secret: {error}"),
        error.hint(),
    );
    let settled: Vec<_> = items
        .iter()
        .map(|item| Settled::failed(&item.subject, &item.label, why.clone()))
        .collect();
    let tx = hold.store.begin().await?;
    hold.settle(&tx, &settled).await?;
    Ok(tx.commit().await?)
}
