//! Who is who: the person behind every record, and the grouping that the joining rules can reach. Known to tests and to the
//! sandbox's own routes, never to a connector.

use serde::Serialize;

use super::{Oddity, Population};
use crate::component::{Kind, source_id};

/// The truth about one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TruthRecord {
    /// Name of the component: `usp`, `mbg`, `client-service`, or `ldap` (where `source_id` is the `uid`).
    pub component: &'static str,
    /// The component's own stable id.
    pub source_id: String,
    /// Who it is. Two records of different persons in one entry are a wrong join.
    pub person: u64,
    /// What the joining rules can and should bring together: a person's index times two, plus one for a record of theirs that
    /// may only be proposed (another name, another login) or is a second line. Two records of one group in two entries are a
    /// missed join.
    pub group: u64,
    /// What is unusual about the person.
    pub oddity: Oddity,
}

/// The truth about a population, made as it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Truth {
    population: Population,
}

impl Truth {
    pub(crate) fn new(population: Population) -> Self {
        Self { population }
    }

    /// The truth about every record of the three components, by person.
    pub fn records(&self) -> impl Iterator<Item = TruthRecord> + use<> {
        let truth = *self;
        (0..truth.population.people).flat_map(move |index| truth.of_person(index))
    }

    /// The truth about the records of one person: none to four.
    pub fn of_person(&self, index: u64) -> Vec<TruthRecord> {
        let person = self.population.person(index);
        let record = |kind: Kind, line: u64, apart: bool| TruthRecord {
            component: kind.name(),
            source_id: source_id(self.population.seed, kind, index * 2 + line),
            person: index,
            group: index * 2 + u64::from(apart),
            oddity: person.oddity,
        };
        let doubtful = matches!(person.oddity, Oddity::NameChanged | Oddity::TwoLogins);
        let mut records = Vec::with_capacity(4);
        if person.presence.usp {
            records.push(record(Kind::Usp, 0, false));
        }
        if person.presence.mbg {
            records.push(record(Kind::Mbg, 0, false));
        }
        if person.second_number.is_some() {
            records.push(record(Kind::Mbg, 1, true));
        }
        if person.presence.client_service {
            records.push(record(Kind::ClientService, 0, doubtful));
        }
        records
    }
}
