//! One record read again by what it is known under, by every kind that offers it.

use components::Error;
use model::Record;

use crate::{
    office::{connected, everybody, use_ring},
    play::Play,
};

#[tokio::test]
async fn one_record_read_again_is_the_one_that_the_list_told() {
    use_ring();
    for play in [Play::Usp, Play::Mbg, Play::ClientService, Play::Scim] {
        let component = play.with(30).await;
        let all = everybody(&component.settings).await;
        let mut one = connected(&component.settings);
        for known in all
            .iter()
            .filter(|record| !record.directory_number.is_empty())
            .take(5)
        {
            match one.one(known).await {
                Ok(Some(read)) => assert_eq!(read, *known, "{play:?}"),
                // Two of the gateway's devices may have one number at one PBX.
                Err(Error::Ambiguous) if play == Play::Mbg => {}
                other => panic!("{play:?}: {other:?}"),
            }
        }
        let nobody = Record {
            directory_number: "99999999".to_owned(),
            ..Record::new("00000000-0000-4000-8000-000000000000")
        };
        let read = one.one(&nobody).await.unwrap();
        assert_eq!(read, None, "{play:?}");
    }
}

#[tokio::test]
async fn kinds_that_give_no_single_record_say_so() {
    use_ring();
    let files = Play::Files.with(3).await;
    let known = everybody(&files.settings).await.remove(0);
    let refused = connected(&files.settings).one(&known).await.unwrap_err();
    assert!(matches!(refused, Error::Unsupported { .. }), "{refused}");
}
