//! Content synchronization (RFC 4533), refreshed alone: the entries that changed since a cookie, and those that left. Whatever is not
//! understood, or is more than fits, is answered by nothing: then everything is read.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ldap3::{
    ResultEntry, Scope,
    asn1::{StructureTag, parse_tag},
    controls::{Control, MakeCritical, RawControl, RefreshMode, SyncRequest},
};

use super::{
    Search, entry,
    session::{Session, failed},
};
use crate::{Changed, Error, Skipped};

/// The most changes that are taken at once; more are read with everything else, page by page.
const CHANGES_MAX: usize = 5_000;
/// So many times only changes are read before everything is once more: a directory tells nothing about entries that the bind DN may not
/// see any more.
const FULL_EVERY: u32 = 50;
/// The longest cookie, in bytes.
const COOKIE_MAX: usize = 4_096;
const SYNC_STATE: &str = "1.3.6.1.4.1.4203.1.9.1.2";
const SYNC_DONE: &str = "1.3.6.1.4.1.4203.1.9.1.3";
const SYNC_INFO: &[u8] = b"1.3.6.1.4.1.4203.1.9.1.4";

/// Where a directory stood, as it is kept in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checkpoint {
    /// Of everything that shapes what is read.
    pub(super) mark: u64,
    /// How often only changes were read since everything was.
    pub(super) times: u32,
    pub(super) cookie: Vec<u8>,
}

impl Checkpoint {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        Some(Self {
            mark: parts.next()?.parse().ok()?,
            times: parts.next()?.parse().ok()?,
            cookie: URL_SAFE_NO_PAD.decode(parts.next()?).ok()?,
        })
    }

    pub(super) fn to_text(&self) -> String {
        let cookie = URL_SAFE_NO_PAD.encode(&self.cookie);
        format!("{} {} {cookie}", self.mark, self.times)
    }

    /// Whether only changes are to be read after it, of a connection with this mark.
    pub(super) const fn is_good(&self, mark: u64) -> bool {
        self.mark == mark && self.times < FULL_EVERY
    }
}

/// What a directory says about the time since a cookie.
#[derive(Debug, Default)]
struct Told {
    changed: Changed,
    /// Whether it named entries that stayed: then those that it does not name are gone, and only reading all of them tells which.
    names_present: bool,
}

/// The cookie of this moment; none where the directory has no content synchronization for this search. No entry has the id that is
/// asked for, so that none is sent.
pub(super) async fn cookie(
    session: &mut Session,
    search: &Search,
) -> Result<Option<Vec<u8>>, Error> {
    let ldap = session.ldap.with_controls(vec![request(None)]);
    let nobody = format!(
        "(&{}(entryUUID=00000000-0000-0000-0000-000000000000))",
        search.filter
    );
    let found = ldap.streaming_search(&search.base, Scope::Subtree, &nobody, vec!["1.1"]);
    let mut found = found.await.map_err(failed)?;
    while let Some(item) = found.next().await.map_err(failed)? {
        if !item.is_ref() && !item.is_intermediate() {
            return Ok(None);
        }
    }
    let end = found.finish().await;
    let done = (end.rc == 0).then(|| done(&end.ctrls)).flatten();
    Ok(done
        .and_then(|done| done.cookie)
        .filter(|cookie| cookie.len() <= COOKIE_MAX))
}

/// What changed since a cookie, and the next cookie; none where the directory cannot say, or too much did.
pub(super) async fn changes(
    session: &mut Session,
    search: &Search,
    since: &[u8],
) -> Result<Option<(Changed, Vec<u8>)>, Error> {
    let ldap = session.ldap.with_controls(vec![request(Some(since))]);
    let found = ldap.streaming_search(
        &search.base,
        Scope::Subtree,
        &search.filter,
        search.reading.attributes(),
    );
    let mut found = found.await.map_err(failed)?;
    let mut told = Told::default();
    while let Some(item) = found.next().await.map_err(failed)? {
        if !item.is_ref() && told.take(item, search).is_none() {
            return Ok(None);
        }
    }
    let end = found.finish().await;
    let Some(done) = (end.rc == 0).then(|| done(&end.ctrls)).flatten() else {
        return Ok(None);
    };
    if told.names_present || !done.refresh_deletes {
        return Ok(None);
    }
    let next = done.cookie.unwrap_or_else(|| since.to_vec());
    let mut changed = told.changed;
    let stays = |id: &String| changed.records.iter().any(|record| record.source_id == *id);
    changed.gone = changed
        .gone
        .iter()
        .filter(|id| !stays(id))
        .cloned()
        .collect();
    Ok((next.len() <= COOKIE_MAX).then_some((changed, next)))
}

impl Told {
    /// Takes what came; none where it is not understood, or too much.
    fn take(&mut self, item: ResultEntry, search: &Search) -> Option<()> {
        if item.is_intermediate() {
            match info(item.0)? {
                Info::Other => {}
                Info::Present => self.names_present = true,
                Info::Gone(ids) => self.changed.gone.extend(ids),
            }
        } else {
            let (state, id) = state(&item.1)?;
            match state {
                0 => self.names_present = true,
                1 | 2 => match search.reading.record(item.0) {
                    Ok(record) => self.changed.records.push(record),
                    Err(reason) => {
                        let position = self.changed.records.len() + 1;
                        self.changed.skipped.push(Skipped { position, reason });
                    }
                },
                3 => self.changed.gone.push(id),
                _ => return None,
            }
        }
        let Changed {
            records,
            skipped,
            gone,
            ..
        } = &self.changed;
        (records.len() + skipped.len() + gone.len() <= CHANGES_MAX).then_some(())
    }
}

/// Critical: a directory that does not know it must say so.
fn request(cookie: Option<&[u8]>) -> RawControl {
    let request = SyncRequest {
        mode: RefreshMode::RefreshOnly,
        cookie: cookie.map(<[u8]>::to_vec),
        reload_hint: false,
    };
    request.critical().into()
}

fn parts(value: &[u8]) -> Option<Vec<StructureTag>> {
    let (_, tag) = parse_tag(value).ok()?;
    tag.expect_constructed()
}

fn value<'c>(controls: &'c [Control], oid: &str) -> Option<&'c [u8]> {
    let found = controls.iter().find(|control| control.1.ctype == oid);
    found?.1.val.as_deref()
}

/// State and id of an entry (section 2.3).
fn state(controls: &[Control]) -> Option<(u8, String)> {
    let mut parts = parts(value(controls, SYNC_STATE)?)?.into_iter();
    let state = parts.next()?.expect_primitive()?;
    let id = entry::uuid(&parts.next()?.expect_primitive()?)?;
    Some((*state.last()?, id))
}

/// How a refresh ended (section 2.4).
#[derive(Debug, PartialEq, Eq)]
struct Done {
    cookie: Option<Vec<u8>>,
    refresh_deletes: bool,
}

fn done(controls: &[Control]) -> Option<Done> {
    done_of(value(controls, SYNC_DONE)?)
}

fn done_of(value: &[u8]) -> Option<Done> {
    let mut done = Done {
        cookie: None,
        refresh_deletes: false,
    };
    for part in parts(value)? {
        match part.id {
            4 => done.cookie = Some(part.expect_primitive()?),
            1 => done.refresh_deletes = part.expect_primitive()?.first() != Some(&0),
            _ => return None,
        }
    }
    Some(done)
}

/// What a message between the entries says (section 2.5).
#[derive(Debug, PartialEq, Eq)]
enum Info {
    /// These are gone.
    Gone(Vec<String>),
    /// Something about entries that stayed.
    Present,
    /// Nothing about entries.
    Other,
}

fn info(message: StructureTag) -> Option<Info> {
    let mut told = None;
    for part in message.expect_constructed()? {
        match (part.id, part.expect_primitive()?) {
            (0, oid) if oid != SYNC_INFO => return Some(Info::Other),
            (1, value) => told = Some(value),
            _ => {}
        }
    }
    info_of(&told?)
}

fn info_of(value: &[u8]) -> Option<Info> {
    let (_, tag) = parse_tag(value).ok()?;
    match tag.id {
        0 | 1 => Some(Info::Other),
        2 => Some(Info::Present),
        3 => {
            let (mut deletes, mut ids) = (false, vec![]);
            for part in tag.expect_constructed()? {
                match part.id {
                    1 => deletes = part.expect_primitive()?.first() != Some(&0),
                    17 => ids = part.expect_constructed()?,
                    _ => {}
                }
            }
            if !deletes {
                return Some(Info::Present);
            }
            let ids = ids.into_iter();
            let ids = ids.map(|id| entry::uuid(&id.expect_primitive()?));
            ids.collect::<Option<_>>().map(Info::Gone)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_good_for_the_same_search_and_so_many_times() {
        let kept = Checkpoint {
            mark: 7,
            times: FULL_EVERY - 1,
            cookie: b"rid=000,csn=1#\xff".to_vec(),
        };
        assert_eq!(Checkpoint::parse(&kept.to_text()), Some(kept.clone()));
        assert!(kept.is_good(7) && !kept.is_good(8));
        let often = Checkpoint {
            times: FULL_EVERY,
            ..kept
        };
        assert!(!often.is_good(7));
        for broken in ["", "7", "7 1", "x 1 AA", "7 1 ?"] {
            assert_eq!(Checkpoint::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn messages_are_read_and_broken_ones_are_none() {
        let deletes = [
            &[0xa3, 0x17, 1, 1, 0xff, 0x31, 0x12, 4, 16][..],
            &[0xab; 16],
        ]
        .concat();
        let id = "abababab-abab-abab-abab-abababababab".to_owned();
        assert_eq!(info_of(&deletes), Some(Info::Gone(vec![id])));
        let mut present = deletes.clone();
        present[4] = 0;
        assert_eq!(info_of(&present), Some(Info::Present));
        assert_eq!(info_of(&[0xa2, 0]), Some(Info::Present));
        assert_eq!(info_of(&[0xa1, 0]), Some(Info::Other));
        for broken in [
            &[][..],
            &[0xa3, 0x7f],
            &[0xa9, 0],
            &[0xa3, 4, 0x31, 2, 4, 0],
        ] {
            assert!(
                !matches!(info_of(broken), Some(Info::Gone(_))),
                "{broken:?}"
            );
        }
        let whole = done_of(&[0x30, 7, 4, 2, 7, 9, 1, 1, 0xff]).unwrap();
        assert_eq!(
            (whole.cookie, whole.refresh_deletes),
            (Some(vec![7, 9]), true)
        );
        let least = done_of(&[0x30, 0]).unwrap();
        assert_eq!((least.cookie, least.refresh_deletes), (None, false));
        assert_eq!(done_of(&[0x30, 3, 2, 1, 0]), None);
        assert_eq!(done_of(&[4, 0]), None);
    }
}
