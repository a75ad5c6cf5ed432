//! Templates made ready once and kept: a version of a template never changes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use model::{Language, TemplateId};
use store::{Store, mail_templates};

use crate::{
    Error,
    mail::{Composer, Template},
    templates,
};

/// Templates of people that are kept ready; beyond that only those of the moment.
const KEPT_MAX: usize = 64;

/// The templates that were used last, and those of the program.
#[derive(Debug, Default)]
pub(crate) struct Composers {
    own: Mutex<HashMap<TemplateId, Arc<Composer>>>,
    shipped: Mutex<HashMap<Language, Arc<Composer>>>,
}

impl Composers {
    /// Makes these ready, read with one statement.
    pub(crate) async fn gather(&self, store: &Store, ids: &[TemplateId]) -> Result<(), Error> {
        let mut missing: Vec<_> = {
            let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
            let missing = ids.iter().filter(|id| !own.contains_key(id));
            missing.copied().collect()
        };
        missing.sort_unstable();
        missing.dedup();
        let versions = mail_templates::by_id(store, &missing).await?;
        let made = versions.iter().filter_map(|version| {
            let template = templates::read(version).ok()??;
            // What this release does not take any more is written as the program ships it.
            let composer = Composer::new(&template).ok()?;
            Some((version.id, Arc::new(composer)))
        });
        let made: Vec<_> = made.collect();
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if own.len() + made.len() > KEPT_MAX {
            own.retain(|id, _| ids.contains(id));
        }
        own.extend(made);
        Ok(())
    }

    /// What writes a letter: the template that was gathered, else the one that ships in this language.
    pub(crate) fn of(&self, template: Option<TemplateId>, language: Language) -> Arc<Composer> {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(composer) = template.and_then(|id| own.get(&id)) {
            return composer.clone();
        }
        drop(own);
        let mut shipped = self.shipped.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || {
            let template = Template::default_of(language);
            Arc::new(Composer::new(&template).expect("what ships is tested"))
        };
        shipped.entry(language).or_insert_with(made).clone()
    }
}
