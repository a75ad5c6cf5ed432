//! Where a person's SIP account comes from: of an entry's records, the one whose component keeps accounts.

use std::collections::HashMap;

use model::{ComponentKind, ConnectionId, Ours, PersonFields, SecretHeld};
use store::{Store, connections, records::Stored, users::OwnAccount};

/// The kind of every connection.
pub type Kinds = HashMap<ConnectionId, ComponentKind>;

/// Reads the kinds of all connections.
pub async fn kinds(store: &Store) -> Result<Kinds, store::Error> {
    Ok(connections::list(store)
        .await?
        .into_iter()
        .map(|c| (c.id, c.kind))
        .collect())
}

/// The kinds of the components that hold a person now.
pub(crate) fn sources(records: &[Stored], kinds: &Kinds) -> impl Iterator<Item = ComponentKind> {
    let of = |record: &Stored| kinds.get(&record.connection).copied();
    records.iter().filter_map(of)
}

/// The record that the SIP account comes from.
pub fn sip_record<'r>(records: &'r [Stored], kinds: &Kinds) -> Option<&'r Stored> {
    ComponentKind::KEEPERS.into_iter().find_map(|kind| {
        records.iter().find(|stored| {
            !stored.record.sip_user.is_empty() && kinds.get(&stored.connection) == Some(&kind)
        })
    })
}

/// What is known of the secret of an account.
pub(crate) fn held(record: &Stored, kinds: &Kinds) -> SecretHeld {
    let kind = kinds.get(&record.connection);
    match record.secret {
        Some(_) if record.is_ha1 => SecretHeld::Ha1,
        Some(_) => SecretHeld::Clear,
        None if kind.is_some_and(|kind| kind.makes_secrets()) => SecretHeld::CanBeMade,
        None => SecretHeld::None,
    }
}

/// The name of the account that was entered by hand, if there is one; `told` is what the component tells, or what stands for it.
pub fn own_name(told: &PersonFields, ours: &Ours, at_gateway: bool) -> Option<String> {
    let fields = ours.over(told);
    let name = if at_gateway {
        fields.mbg_user_name
    } else if ours.has_account() {
        ours.sip_user.clone()
    } else {
        fields.sip_user
    };
    (!name.is_empty()).then_some(name)
}

/// Whether somebody has an account, and what is known of its secret: by what the component tells and what is ours, the records of
/// the entry, and the account that was entered by hand.
pub fn known(
    (told, ours): (&PersonFields, &Ours),
    records: &[Stored],
    kinds: &Kinds,
    own: Option<OwnAccount>,
) -> (bool, SecretHeld) {
    let by_hand = if own.is_some() {
        SecretHeld::Clear
    } else {
        SecretHeld::None
    };
    match sip_record(records, kinds) {
        Some(record) => {
            let held = held(record, kinds);
            let is_for_it = !ours.has_account() || held == SecretHeld::None;
            let completes = record.secret.is_none() && own.is_some() && is_for_it;
            (true, if completes { by_hand } else { held })
        }
        None => (
            own_name(told, ours, own.is_some_and(|own| own.at_gateway)).is_some(),
            by_hand,
        ),
    }
}

#[cfg(test)]
mod tests {
    use model::{
        Env, Record, RecordId, SecretId, Timestamp,
        clock::{FixedClock, SystemEntropy},
    };

    use super::*;

    fn env() -> Env {
        Env::new(FixedClock::at(Timestamp(1)), SystemEntropy)
    }

    fn stored(env: &Env, kind: ComponentKind, kinds: &mut Kinds) -> Stored {
        let connection = ConnectionId::new(env);
        kinds.insert(connection, kind);
        let record = Record {
            sip_user: "4711".into(),
            ..Record::new("1")
        };
        Stored {
            id: RecordId(1),
            connection,
            record,
            entry: None,
            secret: None,
            is_ha1: false,
            join: None,
        }
    }

    #[test]
    fn a_border_gateway_comes_before_a_registrar_and_a_directory_keeps_no_account() {
        let env = env();
        let mut kinds = Kinds::new();
        let of = [
            ComponentKind::Ldap,
            ComponentKind::Asterisk,
            ComponentKind::Subscriber,
            ComponentKind::Mbg,
        ];
        let records = of.map(|kind| stored(&env, kind, &mut kinds));
        for (upto, expected) in [(4, Some(3)), (3, Some(2)), (2, Some(1)), (1, None)] {
            let found = sip_record(&records[..upto], &kinds).map(|r| r.connection);
            assert_eq!(found, expected.map(|at: usize| records[at].connection));
        }
    }

    #[test]
    fn a_registrar_holds_a_password_a_hash_or_nothing_and_makes_none() {
        let env = env();
        let mut kinds = Kinds::new();
        let gateway = stored(&env, ComponentKind::Mbg, &mut kinds);
        let mut registrar = stored(&env, ComponentKind::Subscriber, &mut kinds);
        assert_eq!(held(&gateway, &kinds), SecretHeld::CanBeMade);
        assert_eq!(held(&registrar, &kinds), SecretHeld::None);
        registrar.secret = Some(SecretId::new(&env));
        assert_eq!(held(&registrar, &kinds), SecretHeld::Clear);
        registrar.is_ha1 = true;
        assert_eq!(held(&registrar, &kinds), SecretHeld::Ha1);
    }
}
