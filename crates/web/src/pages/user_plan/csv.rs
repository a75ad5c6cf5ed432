//! What the plan of a file says besides its rows.

use console::{Notice, Tone, user_plan::Also};
use import::csv::Mapped;
use store::plans::{Plan, Purpose};
use users::columns::Column;

use super::{
    super::{frame::count, plan_rows::sum},
    words::{Words, button, tally},
};

/// The words of a plan that a file asks for.
pub(super) fn words(plan: &Plan) -> Words {
    let counts = &plan.counts;
    let faulty = sum(&counts.skip);
    let told = import::csv::shown(plan);
    let partial = told.as_ref().is_some_and(|told| told.options.partial);
    let mut tally = tally(plan, "changed");
    let create = count(counts.create);
    let new = if create.0 == 1 {
        "new user"
    } else {
        "new users"
    };
    tally.insert(0, (create, new.to_owned(), Tone::Good));
    if let Some(left_out) = tally.last_mut() {
        let rows = if faulty.0 == 1 { "row" } else { "rows" };
        left_out.1 = format!("{rows} with faults");
    }
    let warned = sum(&counts.warned);
    if !warned.is_zero() {
        tally.push((warned, "with a warning".to_owned(), Tone::Warning));
    }
    let button = button("Import", count(counts.create + counts.update));
    Words {
        action: "Import CSV".to_owned(),
        lead: told.map(|told| detected(&told)).unwrap_or_default(),
        tally,
        choice: None,
        // What would be refused is not offered: see `without_faulty`.
        button: if faulty.is_zero() || partial {
            button
        } else {
            String::new()
        },
    }
}

/// Where rows have faults and no partial import was allowed: the way to have the others all the same.
pub(super) fn without_faulty(plan: &Plan) -> Option<Also> {
    let told = import::csv::shown(plan)?;
    let (faulty, good) = (
        sum(&plan.counts.skip),
        count(plan.counts.create + plan.counts.update),
    );
    if told.options.partial || faulty.is_zero() || good.is_zero() {
        return None;
    }
    let rows = faulty.of("row with faults", "rows with faults");
    Some(Also {
        name: "partial",
        label: format!(
            "Import {} and leave {rows} out",
            good.of("person", "people")
        ),
        hint: format!(
            "{}, so that nothing is imported: a partial import was not allowed. Download {}, mend {} and give \
             the whole file again, or leave {} out.",
            faulty.of("row has faults", "rows have faults"),
            if faulty.0 == 1 { "it" } else { "them" },
            if faulty.0 == 1 { "it" } else { "them" },
            if faulty.0 == 1 { "it" } else { "them" },
        ),
    })
}

/// What is odd about a file as a whole.
pub(super) fn warnings(plan: &Plan) -> Vec<Notice> {
    let told = import::csv::shown(plan).filter(|_| plan.purpose == Purpose::Csv);
    let warnings = told.map(|told| told.warnings).unwrap_or_default();
    warnings
        .into_iter()
        .map(|warning| Notice::new(Tone::Warning, warning))
        .collect()
}

/// Which columns mean what somebody said, and who did.
fn as_said(mapped: &Mapped, told: &import::csv::Told) -> String {
    let said = told.headings.iter().filter_map(|(heading, column)| {
        let column = Column::parse(column.as_deref()?)?;
        (Column::of_heading(heading) != Some(column))
            .then(|| format!("{heading} → {}", column.title()))
    });
    let said = said.collect::<Vec<_>>().join(", ");
    match mapped {
        Mapped::Given => format!(
            "As you said: {said}. This is remembered for the next file with the same header."
        ),
        Mapped::Remembered(by) => {
            format!("As it was said for a file with the same header before, by {by}: {said}.")
        }
    }
}

/// What was found in a file, in words.
fn detected(told: &import::csv::Told) -> String {
    let written = match (&told.sheet, told.delimiter) {
        (Some((name, 0)), _) => format!("The sheet “{name}” was read"),
        (Some((name, others)), _) => {
            format!("The sheet “{name}” was read, and {others} more of the workbook were not")
        }
        (None, Some('\t')) => format!(
            "The file is written in {}, its cells are separated by tabs",
            told.encoding
        ),
        (None, between) => {
            let between = between.map(String::from).unwrap_or_default();
            format!(
                "The file is written in {}, its cells are separated by “{between}”",
                told.encoding
            )
        }
    };
    let title = |name: &String| Column::parse(name).map_or("", Column::title);
    let known = told
        .headings
        .iter()
        .filter_map(|(_, column)| column.as_ref());
    let known: Vec<_> = known.map(title).collect();
    let unknown = told.headings.iter().filter(|(_, column)| column.is_none());
    let unknown: Vec<_> = unknown.map(|(heading, _)| heading.as_str()).collect();
    let mut words = format!("{written}, and its columns are {}.", known.join(", "));
    if let Some(mapped) = &told.mapped {
        words.push(' ');
        words.push_str(&as_said(mapped, told));
    }
    if !unknown.is_empty() {
        let left_out = format!(" Not known, and left out: {}.", unknown.join(", "));
        words.push_str(&left_out);
    }
    words
}
