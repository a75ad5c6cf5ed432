//! Walking the users of a selection, chunk by chunk, by id.

use model::{Selection, Sort, User, UserId};
use store::{ListQuery, Store, users};

use crate::Error;

const CHUNK: i64 = 1_000;

/// The next users of a selection after `after`, up to 1,000; none at its end. A chunk may be empty: all of it was taken out.
pub async fn next(
    store: &Store,
    selection: &Selection<UserId>,
    after: &mut UserId,
) -> Result<Option<Vec<User>>, Error> {
    let (met, people) = match selection {
        Selection::Ids { ids } => {
            let mut rest: Vec<_> = ids.iter().copied().filter(|id| id > after).collect();
            rest.sort_unstable();
            rest.dedup();
            rest.truncate(usize::try_from(CHUNK).unwrap_or(0));
            let people = users::by_id(store, &rest).await?;
            (rest.last().copied(), people)
        }
        Selection::All { query, except, .. } => {
            let query = ListQuery::users(query, Sort::default(), 1).map_err(Error::Query)?;
            let mut people = users::matching_after(store, &query, *after, CHUNK).await?;
            let last = people.last().map(|user| user.id);
            people.retain(|user| !except.contains(&user.id));
            (last, people)
        }
    };
    Ok(met.map(|last| {
        *after = last;
        people
    }))
}
