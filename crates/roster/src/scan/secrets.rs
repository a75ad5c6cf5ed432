//! The SIP secrets that a registrar tells with its records: sealed as they arrive, and written only where they changed.

use std::collections::HashMap;

use model::{ConnectionId, RecordId, SipSecret};
use store::{
    Tx,
    records::{self, HeldSecret},
    secrets::{self, Purpose},
};

use crate::Error;

/// Keeps what the records of one page, which are kept already, sign in with. Of records told twice the last one counts.
pub(super) async fn keep(
    tx: &Tx,
    connection: ConnectionId,
    told: &[(String, Option<SipSecret>)],
) -> Result<(), Error> {
    if told.is_empty() {
        return Ok(());
    }
    let told: HashMap<&str, Option<&SipSecret>> = told
        .iter()
        .map(|(id, secret)| (id.as_str(), secret.as_ref()))
        .collect();
    let ids: Vec<&str> = told.keys().copied().collect();
    let held = records::secrets_of(tx, connection, &ids).await?;
    let known: Vec<_> = held.iter().filter_map(|held| held.secret).collect();
    let known = secrets::open_many_in(tx, Purpose::Sip, &known).await?;
    let is_held = |held: &HeldSecret, told: &SipSecret| {
        let known = held.secret.and_then(|id| known.get(&id));
        held.is_ha1 == told.is_ha1() && known == Some(told.secret())
    };
    let mut fresh: Vec<(RecordId, SipSecret)> = Vec::new();
    let mut dropped = Vec::new();
    for held in &held {
        match told.get(held.source_id.as_str()).copied().flatten() {
            Some(told) if !is_held(held, told) => fresh.push((held.record, told.clone())),
            None if held.secret.is_some() => dropped.push(held.record),
            Some(_) | None => {}
        }
    }
    records::keep_secrets(tx, fresh).await?;
    Ok(records::drop_secrets(tx, &dropped).await?)
}
