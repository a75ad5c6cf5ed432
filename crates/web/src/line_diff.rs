//! What differs between two texts, line by line.

use console::mail_history::DiffLine;

/// Lines that are shown around a difference.
const AROUND: usize = 1;

/// Beyond so many pairs of lines that differ somewhere, all of the old lines count as gone.
const PAIRS_MAX: usize = 1_000_000;

/// The differences with a line around each; empty where there are none.
pub(crate) fn differences(before: &str, after: &str) -> Vec<DiffLine> {
    if before == after {
        return vec![];
    }
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let same = |(a, b): &(&&str, &&str)| a == b;
    let head = old.iter().zip(&new).take_while(same).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev());
    let tail = tail.take_while(same).count();
    let old_middle = &old_rest[..old_rest.len() - tail];
    let new_middle = &new_rest[..new_rest.len() - tail];
    let keep = |lines: &[&str]| -> Vec<DiffLine> {
        let lines = lines.iter();
        lines
            .map(|line| DiffLine::Same((*line).to_owned()))
            .collect()
    };
    let mut all = keep(&old[..head]);
    all.extend(middle(old_middle, new_middle));
    all.extend(keep(&old_rest[old_rest.len() - tail..]));
    shortened(all)
}

/// The longest common lines stay (by their table, from the end).
fn middle(old: &[&str], new: &[&str]) -> Vec<DiffLine> {
    let gone = |line: &&str| DiffLine::Gone((*line).to_owned());
    let come = |line: &&str| DiffLine::New((*line).to_owned());
    if old.len() * new.len() > PAIRS_MAX {
        return old.iter().map(gone).chain(new.iter().map(come)).collect();
    }
    let width = new.len() + 1;
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, vec![]);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            lines.push(DiffLine::Same(old[i].to_owned()));
            (i, j) = (i + 1, j + 1);
        } else if common[(i + 1) * width + j] >= common[i * width + j + 1] {
            lines.push(gone(&old[i]));
            i += 1;
        } else {
            lines.push(come(&new[j]));
            j += 1;
        }
    }
    lines.extend(old[i..].iter().map(gone));
    lines.extend(new[j..].iter().map(come));
    lines
}

/// Leaves out what is the same and far from every difference.
fn shortened(lines: Vec<DiffLine>) -> Vec<DiffLine> {
    let differs = |line: &DiffLine| !matches!(line, DiffLine::Same(_));
    let places: Vec<usize> = (0..lines.len()).filter(|n| differs(&lines[*n])).collect();
    let near = |n: usize| {
        let next = places.partition_point(|place| *place < n);
        let beside = [next.checked_sub(1), Some(next)].into_iter().flatten();
        let mut beside = beside.filter_map(|at| places.get(at));
        beside.any(|place| place.abs_diff(n) <= AROUND)
    };
    let mut shown = Vec::new();
    for (n, line) in lines.into_iter().enumerate() {
        if near(n) {
            shown.push(line);
        } else if let Some(DiffLine::Skipped(count)) = shown.last_mut() {
            *count += 1;
        } else {
            shown.push(DiffLine::Skipped(1));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: &str, after: &str) -> String {
        let lines = differences(before, after)
            .into_iter()
            .map(|line| match line {
                DiffLine::Same(text) => format!(" {text}"),
                DiffLine::Gone(text) => format!("-{text}"),
                DiffLine::New(text) => format!("+{text}"),
                DiffLine::Skipped(count) => format!("…{count}"),
            });
        lines.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn only_what_differs_is_told_with_the_lines_beside_it() {
        assert_eq!(told("a\nb", "a\nb"), "");
        assert_eq!(told("", "a"), "+a");
        assert_eq!(told("a", ""), "-a");
        assert_eq!(
            told("a\nb\nc\nd\ne\nf", "a\nb\nc\nx\ne\nf"),
            "…2| c|-d|+x| e|…1"
        );
        assert_eq!(told("a\nb\nc\nd", "b\nc\nx\nd"), "-a| b| c|+x| d");
    }

    #[test]
    fn texts_without_anything_in_common_are_bounded_work() {
        let many = |word: &str| format!("{word}\n").repeat(20_000);
        assert_eq!(differences(&many("a"), &many("b")).len(), 40_000);
    }
}
