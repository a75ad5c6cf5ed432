//! Comparing people's names: the same, the same but for spelling, or different people.

use model::{Record, text::fold};

/// So much of a name is compared, in characters: a longer one is a fault and must not fill the memory.
const COMPARED_MAX: usize = 200;

/// The words of a record's name, folded and sorted; empty where no name is known.
pub(super) fn words(record: &Record) -> String {
    let full = if record.last_name.is_empty() && !record.display_name.is_empty() {
        record.display_name.clone()
    } else {
        format!("{} {}", record.first_name, record.last_name)
    };
    let compared: String = full.chars().take(COMPARED_MAX).collect();
    let folded = fold(&compared);
    let mut words: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|w| !w.is_empty())
        .collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// Whether both names are known and differ beyond spelling. Works on what [`words`] made.
pub fn differ(a: &str, b: &str) -> bool {
    !(a.is_empty()
        || b.is_empty()
        || a == b
        || contains(a, b)
        || contains(b, a)
        || spelled_alike(a, b))
}

/// Every word of the shorter name is in the longer one, or is the beginning letter of one of its words.
fn contains(long: &str, short: &str) -> bool {
    short.split(' ').all(|word| {
        long.split(' ')
            .any(|other| other == word || (word.chars().count() == 1 && other.starts_with(word)))
    }) && short.split(' ').any(|word| word.chars().count() > 1)
}

/// At most one letter in six differs, and never more than three.
fn spelled_alike(a: &str, b: &str) -> bool {
    let longest = a.chars().count().max(b.chars().count());
    let allowed = (longest / 6).min(3);
    letters_apart(a, b) <= allowed && strsim::damerau_levenshtein(a, b) <= allowed
}

/// How many letters one has that the other has not: no distance of spelling is smaller. It settles most pairs for a tenth
/// of the cost of the distance.
fn letters_apart(a: &str, b: &str) -> usize {
    const BINS: usize = 64;
    let mut balance = [0_i32; BINS];
    let bin = |letter: char| letter as usize % BINS;
    a.chars().for_each(|letter| balance[bin(letter)] += 1);
    b.chars().for_each(|letter| balance[bin(letter)] -= 1);
    let surplus = |sign: i32| balance.iter().map(|n| (n * sign).max(0)).sum::<i32>();
    usize::try_from(surplus(1).max(surplus(-1))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(first: &str, last: &str) -> String {
        words(&Record {
            first_name: first.into(),
            last_name: last.into(),
            ..Record::new("1")
        })
    }

    #[test]
    fn letters_apart_are_never_more_than_the_distance_of_spelling() {
        let names = [
            "ada lovelace",
            "lovelace ada",
            "аda",
            "o'neil",
            "oneill",
            "",
            "li wu",
            "müler",
        ];
        for (a, b) in names.iter().flat_map(|a| names.iter().map(move |b| (a, b))) {
            let apart = letters_apart(a, b);
            assert!(apart <= strsim::damerau_levenshtein(a, b), "{a} {b}");
            assert_eq!(apart, letters_apart(b, a));
        }
        assert_eq!(letters_apart("grace", "hopper"), 4);
    }

    #[test]
    fn spelling_order_accents_and_initials_are_no_difference() {
        assert!(!differ(&named("Zoë", "Müller"), &named("Zoe", "Muller")));
        assert!(!differ(&named("Ada", "Lovelace"), &named("A.", "Lovelace")));
        assert!(!differ(
            &named("Ada", "Lovelace"),
            &named("Lovelace", "Ada")
        ));
        assert!(!differ(
            &named("Jonathan", "Meyer"),
            &named("Jonathan", "Meier")
        ));
        assert!(!differ(&named("", ""), &named("Ada", "Lovelace")));
        let shown = words(&Record {
            display_name: "Lovelace, Ada".into(),
            ..Record::new("2")
        });
        assert!(!differ(&shown, &named("Ada", "Lovelace")));
    }

    #[test]
    fn another_person_is_a_difference() {
        assert!(differ(&named("Ada", "Lovelace"), &named("Grace", "Hopper")));
        assert!(differ(&named("Ada", "Lovelace"), &named("Ada", "Byron")));
        assert!(differ(&named("Li", "Wu"), &named("Li", "Xu")));
    }
}
