//! Whose the data is that somebody may not change here: each refused field with the very connection that supplies it.

use model::UserId;

use crate::{App, pages::Origins};

/// A refusal that names the connection of each field, where one supplies it.
pub(crate) async fn named(app: &App, id: UserId, error: users::Error) -> users::Error {
    let users::Error::Belongs {
        to,
        fields,
        mut faults,
    } = error
    else {
        return error;
    };
    let origins = match store::users::get(&app.store, id).await {
        Ok(user) => Origins::of(app, &user).await.ok(),
        Err(_) => None,
    };
    for fault in faults
        .iter_mut()
        .filter(|fault| fields.contains(&fault.field))
    {
        let supplier = origins.as_ref().and_then(|o| o.supplier(&fault.field));
        if let Some(supplier) = supplier {
            fault.message = format!("belongs to the component “{supplier}”");
        }
    }
    users::Error::Belongs { to, fields, faults }
}
