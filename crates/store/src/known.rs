//! Profiles as they were read last, one version of each: many phones ask for what is made of the same one. Every process keeps its own.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use model::{Profile, ProfileId};

use crate::{Error, Result, Store, profiles};

#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<HashMap<ProfileId, Arc<Profile>>>);

impl Known {
    /// The profile of this version, or a newer one; none where it is gone.
    pub(crate) async fn get(
        &self,
        store: &Store,
        id: ProfileId,
        version: i64,
    ) -> Result<Option<Arc<Profile>>> {
        if let Some(known) = self.all().get(&id).filter(|known| known.version == version) {
            return Ok(Some(known.clone()));
        }
        match profiles::get(store, id).await {
            Ok(profile) => {
                let profile = Arc::new(profile);
                self.all().insert(id, profile.clone());
                Ok(Some(profile))
            }
            Err(Error::Missing(_)) => {
                self.all().remove(&id);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<ProfileId, Arc<Profile>>> {
        self.0.lock().expect("nothing panics while holding it")
    }
}
