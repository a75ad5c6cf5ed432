//! Whether a profile fits this installation: the check that page and API share.

use model::LinkMode;
use users::profiles::Wanted;

use crate::App;

/// Checks a profile as somebody wants it before it is kept.
///
/// # Errors
/// [`users::Error::Unfit`] with every fault.
pub(crate) fn fit(app: &App, wanted: &Wanted) -> Result<(), users::Error> {
    let faults = wanted.faults(served(app));
    if faults.is_empty() {
        Ok(())
    } else {
        Err(users::Error::Unfit(faults))
    }
}

/// The link modes whose way works here, the better one first.
pub(crate) fn served(app: &App) -> &'static [LinkMode] {
    if app.delivery().serves(LinkMode::Redirect) {
        &[LinkMode::Redirect, LinkMode::Direct, LinkMode::Relay]
    } else {
        &[LinkMode::Direct]
    }
}
