//! The number plan: four PBXs, `HQ-1` to `HQ-4`, whose ranges overlap, so that a number alone names nobody. The form of a number
//! (`#`, `*`, leading zero) is decided by `person`.

/// How many PBXs there are. Person `i` is on PBX `i % 4`.
pub(crate) const PBXS: u64 = 4;
/// By how much the ranges of two neighbouring PBXs are apart; smaller than their length, so they overlap.
const APART: u64 = 60;
/// People per PBX with four digits (2000 and up); everybody later has six (200000 and up).
const FOUR_DIGITS: u64 = 5_800;

/// The PBX's name, `HQ-1` to `HQ-4`.
pub(crate) fn pbx_of(index: u64) -> &'static str {
    ["HQ-1", "HQ-2", "HQ-3", "HQ-4"]
        [usize::try_from(index % PBXS).expect("a remainder of four fits")]
}

/// The person's place on the PBX: 0, 1, 2, …
pub(crate) fn place_of(index: u64) -> u64 {
    index / PBXS
}

/// The plain directory number: four or six digits, unique on its PBX.
pub(crate) fn plain(index: u64) -> u64 {
    let place = place_of(index);
    let start = if place < FOUR_DIGITS { 2_000 } else { 200_000 };
    start + APART * (index % PBXS) + place
}

/// Everybody whose own number may be written as `number` (a device's second number included): at most one for each PBX.
pub(crate) fn candidates(number: &str) -> Vec<u64> {
    if let Some(place) = number
        .strip_prefix("1#")
        .or_else(|| number.strip_prefix("1*"))
    {
        let place: Option<u64> = place
            .parse()
            .ok()
            .filter(|place| *place < u64::from(u32::MAX));
        return place
            .into_iter()
            .flat_map(|place| (0..PBXS).map(move |pbx| place * PBXS + pbx))
            .collect();
    }
    let without_prefix = match (number.len(), number.as_bytes().first()) {
        (5 | 7, Some(b'0' | b'7')) => &number[1..],
        _ => number,
    };
    let Ok(digits) = without_prefix.parse::<u64>() else {
        return Vec::new();
    };
    (0..PBXS).filter_map(|pbx| holder(digits, pbx)).collect()
}

/// Who on `pbx` has the plain number `digits`.
fn holder(digits: u64, pbx: u64) -> Option<u64> {
    let start = if digits < 100_000 { 2_000 } else { 200_000 };
    let place = digits.checked_sub(start + APART * pbx)?;
    let index = place * PBXS + pbx;
    (plain(index) == digits).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_leads_back_to_its_holder() {
        for index in (0..2_000).chain(23_000..23_400).chain(999_000..1_000_000) {
            assert!(
                candidates(&plain(index).to_string()).contains(&index),
                "person {index}"
            );
            assert!(
                candidates(&format!("0{}", plain(index))).contains(&index),
                "person {index}"
            );
            assert!(
                candidates(&format!("1#{:03}", place_of(index))).contains(&index),
                "person {index}"
            );
        }
        assert!(candidates("nobody").is_empty());
        assert!(candidates("").is_empty());
    }
}
