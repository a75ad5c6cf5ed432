//! Scanning: everything for the first time, how the cost grows, and a second time with little changed.

use anyhow::Result;
use serde_json::json;

use super::{
    Grounds, bare,
    figure::{Figure, number},
    ground::Ground,
};

/// Rows that the time per record is compared with.
const FEW: u64 = 10_000;
/// One record in so many changes between two scans.
const CHANGED: u64 = 1_000;

/// Everything scanned and joined once.
pub(crate) async fn first(grounds: &mut Grounds) -> Result<Vec<Figure>> {
    let memory = grounds.size.memory_mb();
    let ground = grounds.main().await?;
    let reference = {
        let copy = ground.copy().await?;
        bare::insert(copy.office.database(), "record")?
    };
    let (records, spent) = (number(ground.records), ground.scan);
    let name = format!("scan and join of {records}");
    Ok(vec![
        Figure::alone(name.clone(), records / spent.cpu_s, "records/cpu-s")
            .beside("bare insert of the records", reference)
            .at_least(0.1),
        Figure::alone(format!("{name}, processor"), spent.cpu_s, "cpu-s"),
        Figure::alone(format!("{name}, wall"), spent.wall_s, "s"),
        Figure::alone(
            format!("{name}, entries"),
            number(ground.entries),
            "entries",
        ),
        Figure::alone(format!("{name}, memory"), spent.peak_mb, "MB").within(memory),
    ])
}

/// The cost of a record among many beside its cost among few.
pub(crate) async fn growth(grounds: &mut Grounds) -> Result<Vec<Figure>> {
    let per_record = |spent: f64, records: i64| spent * 1e6 / number(records);
    let few = Ground::lay(FEW, 0).await?;
    let small = per_record(few.scan.cpu_s, few.records);
    let ground = grounds.main().await?;
    let large = per_record(ground.scan.cpu_s, ground.records);
    let reference = format!("a record among {}", few.records);
    Ok(vec![
        Figure::alone(
            format!("a record among {}", ground.records),
            large,
            "cpu-µs",
        )
        .beside(reference, small)
        .at_most(1.5),
    ])
}

/// Everything scanned again after one record in a thousand changed.
pub(crate) async fn again(grounds: &mut Grounds) -> Result<Vec<Figure>> {
    let ground = grounds.main_mut().await?;
    let changed = ground.change_one_in(CHANGED).await?;
    let copy = ground.copy().await?;
    let scanned = async {
        copy.office.post("/scans", &json!({})).await?;
        copy.office.settled().await
    };
    let ((), spent) = copy.office.measured(scanned).await?;
    Ok(vec![
        Figure::alone(
            format!("scan again, {changed} changed"),
            spent.cpu_s,
            "cpu-s",
        )
        .beside("the first scan", ground.scan.cpu_s)
        .at_most(0.15),
        Figure::alone("scan again, wall", spent.wall_s, "s"),
    ])
}
