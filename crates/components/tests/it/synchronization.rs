//! Content synchronization (RFC 4533) with a real directory: what changed and who left, and nothing else.

use components::{Changed, Changes, Settings};
use peers::{OpenLdap, SizeLimit};

use crate::office::{connected, directory_of, directory_settings, paged, pages_after};

async fn checkpoint(settings: &Settings) -> String {
    let pages = pages_after(&mut *connected(settings), None).await.unwrap();
    assert!(pages.len() > 1);
    let mut told = pages.into_iter().filter_map(|page| page.checkpoint);
    told.next().unwrap()
}

async fn since(settings: &Settings, checkpoint: &str) -> Changes {
    connected(settings).changes(checkpoint).await.unwrap()
}

async fn these(settings: &Settings, checkpoint: &str) -> Changed {
    match since(settings, checkpoint).await {
        Changes::These(changed) => changed,
        other => panic!("{other:?}"),
    }
}

/// A directory of 60, how it is read, and two of its entries: name and id.
async fn sixty() -> (OpenLdap, Settings, [(String, String); 2]) {
    let directory = directory_of(60, SizeLimit::UnlimitedByPaging).await;
    let settings = paged(directory_settings(&directory), 25);
    let found = crate::office::everybody(&settings).await;
    let of = |at: usize| {
        let record = &found[at];
        let name = format!("uid={},{}", record.login, OpenLdap::PEOPLE);
        (name, record.source_id.clone())
    };
    let both = [of(3), of(40)];
    (directory, settings, both)
}

#[tokio::test]
async fn only_what_changed_and_who_left_is_told() {
    let (directory, settings, [(leaver, left), (other, changed)]) = sixty().await;
    let first = checkpoint(&settings).await;
    assert_eq!(since(&settings, &first).await, Changes::Nothing);

    directory.delete(&[&leaver]).await.unwrap();
    let modify = format!("dn: {other}\nchangetype: modify\nreplace: sn\nsn: Byron\n");
    directory.modify(&modify).await.unwrap();
    let told = these(&settings, &first).await;
    assert_eq!(told.gone, [left]);
    let [record] = &told.records[..] else {
        panic!("{:?}", told.records)
    };
    assert_eq!((&record.source_id, &*record.last_name), (&changed, "Byron"));

    let later = since(&settings, &told.checkpoint).await;
    assert_eq!(later, Changes::Nothing);
    let again = these(&settings, &first).await;
    assert_eq!(
        (again.records.len(), again.gone.len()),
        (1, 1),
        "an old one tells all since"
    );
}

#[tokio::test]
async fn whoever_is_not_among_the_people_any_more_is_told_as_gone() {
    let (directory, mut settings, [(name, id), _]) = sixty().await;
    settings.options.filter = "(&(objectClass=inetOrgPerson)(!(title=left)))".into();
    let first = checkpoint(&settings).await;
    let modify = format!("dn: {name}\nchangetype: modify\nreplace: title\ntitle: left\n");
    directory.modify(&modify).await.unwrap();
    let told = these(&settings, &first).await;
    assert_eq!((told.gone, told.records.len()), (vec![id], 0));
}

#[tokio::test]
async fn a_checkpoint_that_the_directory_does_not_know_or_of_another_search_says_nothing() {
    let (_directory, settings, _) = sixty().await;
    let first = checkpoint(&settings).await;
    let mut other = settings.clone();
    other.options.map = "department = title".into();
    let mut often: Vec<_> = first.split(' ').collect();
    often[1] = "50";
    // rid=000,csn=20200101000000.000000Z#000000#000#000000
    let old = "cmlkPTAwMCxjc249MjAyMDAxMDEwMDAwMDAuMDAwMDAwWiMwMDAwMDAjMDAwIzAwMDAwMA";
    let old: Vec<_> = [&often[..1], &["1", old]].concat();
    for (settings, checkpoint) in [
        (&other, first.clone()),
        (&settings, often.join(" ")),
        (&settings, old.join(" ")),
        (&settings, "12345".to_owned()),
    ] {
        assert_eq!(
            since(settings, &checkpoint).await,
            Changes::Unknown,
            "{checkpoint}"
        );
    }
}

#[tokio::test]
async fn another_id_than_the_directorys_own_is_read_in_full_each_time() {
    let (_directory, mut settings, _) = sixty().await;
    settings.options.map = "source_id = uid".into();
    let pages = pages_after(&mut *connected(&settings), None).await.unwrap();
    assert!(pages.iter().all(|page| page.checkpoint.is_none()));
}
