//! Chance by arithmetic: the same `(seed, index, what for)` always draws the same number, in any order and on any machine.

/// Mixes a number so that neighbours become strangers (the finaliser of `SplitMix64`).
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Draws the number that belongs to `index` for one purpose, `salt`.
pub(crate) fn draw(seed: u64, index: u64, salt: u64) -> u64 {
    mix(mix(seed ^ salt.rotate_left(32)) ^ index)
}

/// Picks one of a non-empty list.
pub(crate) fn pick<T>(list: &[T], drawn: u64) -> &T {
    let at =
        usize::try_from(drawn % list.len() as u64).expect("a remainder of a length fits a usize");
    &list[at]
}
