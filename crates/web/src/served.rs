//! Whether a profile fits this installation: the check that page and API share.

use model::{Fault, LinkMode};
use users::profiles::Wanted;

use crate::App;

/// Checks a profile as somebody wants it before it is kept.
///
/// # Errors
/// [`users::Error::Unfit`] with every fault.
pub(crate) fn fit(app: &App, wanted: &Wanted) -> Result<(), users::Error> {
    let mut faults = wanted.faults();
    if let Err(why) = app.delivery().check_mode(wanted.settings.link_mode) {
        let wrong = format!("does not work here: {}; {}", why.reason, why.hint);
        faults.push(Fault::new("link_mode", wrong));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(users::Error::Unfit(faults))
    }
}

/// The link mode of a new profile: the best one whose way works here.
pub(crate) fn usual(app: &App) -> LinkMode {
    let works = |mode: &LinkMode| app.delivery().check_mode(*mode).is_ok();
    let mut all = LinkMode::ALL.into_iter();
    all.find(works).unwrap_or(LinkMode::Redirect)
}
