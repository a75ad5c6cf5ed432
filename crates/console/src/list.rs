//! What lists share: the query in the address, filters with counts, paging by key, the profile to choose.

use askama::Template;
use askama::filters::urlencode_strict;

use crate::{Count, Tone};

/// The query of a list as its address carries it; builds the addresses of its neighbours.
///
/// Parameters: `q` search, `state` filter (`all` when absent) and more words that narrow the list, `sort` column with a
/// leading `-` for descending, `after`/`before` keys of paging, `from` the position shown to people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// The list's path: `/import`.
    pub path: String,
    /// What was searched for; empty: nothing.
    pub q: String,
    /// The filter: `all`, `new`, …; empty is `all`.
    pub state: String,
    /// More words of the filter with their values: `("pbx", "HQ-1")`.
    pub more: Vec<(&'static str, String)>,
    /// The whole filter as one text, as a selection carries it; empty: everybody.
    pub filter: String,
    /// The column sorted by: `name`, `number`, `email`, …
    pub sort: String,
    /// Whether the order is descending.
    pub descending: bool,
}

impl ListQuery {
    /// The filter, with its default.
    pub fn state(&self) -> &str {
        if self.state.is_empty() {
            "all"
        } else {
            &self.state
        }
    }

    /// The `sort` parameter: `name` or `-name`.
    pub fn sort_value(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.sort)
    }

    /// Whether something narrows the list.
    pub fn narrowed(&self) -> bool {
        !self.q.is_empty() || self.filtered()
    }

    /// Whether a filter narrows the list.
    pub(crate) fn filtered(&self) -> bool {
        self.state() != "all" || !self.more.is_empty()
    }

    /// Whether a filter is set that no chip says.
    pub(crate) fn filtered_by_more(&self) -> bool {
        self.more.iter().any(|(word, _)| !CHIP_WORDS.contains(word))
    }

    /// Whether the numbers of chips are those of what they lead to: they count everybody, without search and other filters.
    pub(crate) fn counted(&self) -> bool {
        self.q.is_empty() && !self.filtered_by_more()
    }

    /// The value of a word that is set.
    pub(crate) fn word(&self, word: &str) -> &str {
        let found = self.more.iter().find(|(name, _)| *name == word);
        found.map_or("", |(_, value)| value)
    }

    /// The address of the first page of this query.
    pub fn first_page(&self) -> String {
        let mut pairs = Vec::new();
        if !self.q.is_empty() {
            pairs.push(("q", self.q.clone()));
        }
        if self.state() != "all" {
            pairs.push(("state", self.state.clone()));
        }
        pairs.extend(self.more.iter().cloned());
        if !self.sort.is_empty() && (self.sort != "name" || self.descending) {
            pairs.push(("sort", self.sort_value()));
        }
        address(&self.path, &pairs)
    }

    /// The address of the list with a chip's filter: of what chips say, one thing at a time; the rest stays.
    pub(crate) fn with_chip(&self, chip: &Chip) -> String {
        let mut to = self.clone();
        to.state = String::new();
        to.more.retain(|(word, _)| !CHIP_WORDS.contains(word));
        match chip.word {
            "state" => chip.value.clone_into(&mut to.state),
            word => to.more.push((word, chip.value.to_owned())),
        }
        to.first_page()
    }

    /// Whether a chip says what the filter says.
    pub(crate) fn shows(&self, chip: &Chip) -> bool {
        let mut said: Vec<(&str, &str)> = CHIP_WORDS
            .iter()
            .map(|word| (*word, self.word(word)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        if said.is_empty() || self.state() != "all" {
            said.push(("state", self.state()));
        }
        said == [(chip.word, chip.value)]
    }

    /// The address of the list without search and filter.
    pub(crate) fn everything(&self) -> String {
        Self {
            path: self.path.clone(),
            sort: self.sort.clone(),
            descending: self.descending,
            ..Self::default()
        }
        .first_page()
    }

    /// The address of the list sorted by a column; the current column turns around.
    pub(crate) fn sorted_by(&self, column: &str) -> String {
        let sort = column.to_owned();
        let descending = self.sort == column && !self.descending;
        Self {
            sort,
            descending,
            ..self.clone()
        }
        .first_page()
    }

    /// The value of `aria-sort` for a column.
    pub(crate) fn aria_sort(&self, column: &str) -> &'static str {
        match (self.sort == column, self.descending) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        }
    }

    /// The address of a neighbouring page.
    fn page(&self, side: &str, key: &str, from: Option<u64>) -> String {
        let mut pairs = vec![(side, key.to_owned())];
        if let Some(from) = from {
            pairs.push(("from", from.to_string()));
        }
        with_pairs(self.first_page(), &pairs)
    }
}

/// A path with its query string.
fn address(path: &str, pairs: &[(&str, String)]) -> String {
    with_pairs(path.to_owned(), pairs)
}

/// An address with more parameters.
pub(crate) fn with_pairs(mut address: String, pairs: &[(&str, String)]) -> String {
    for (name, value) in pairs {
        let joint = if address.contains('?') { '&' } else { '?' };
        let value = urlencode_strict(value).unwrap_or_else(|never| match never {});
        address.extend([joint.to_string(), format!("{name}={value}")]);
    }
    address
}

/// Where in a list a page stands. Keys are the server's own and opaque here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paging {
    /// Position of the first row shown, from 1; `None` when it is not known.
    pub from: Option<u64>,
    /// Rows shown.
    pub shown: Count,
    /// Rows of all pages.
    pub total: Count,
    /// Whether `total` is a lower bound only.
    pub at_least: bool,
    /// Rows per page, for the position of the neighbours.
    pub size: u64,
    /// Key of the previous page (`before=`).
    pub previous: Option<String>,
    /// Key of the next page (`after=`).
    pub next: Option<String>,
}

impl Paging {
    /// A list that fits on one page.
    pub fn single(shown: impl Into<Count>) -> Self {
        let shown = shown.into();
        Self {
            from: Some(1),
            shown,
            total: shown,
            size: shown.0,
            ..Self::default()
        }
    }

    /// Where the exact total can be had, where this one is a lower bound.
    pub(crate) fn exact_at(&self, query: &ListQuery) -> Option<String> {
        let pairs = [("q", query.q.clone()), ("filter", query.filter.clone())];
        (self.at_least && query.path == "/import").then(|| address("/api/v1/entries/total", &pairs))
    }

    /// `1–50 of 12,408`
    pub(crate) fn position(&self) -> String {
        let about = if self.at_least { "at least " } else { "" };
        match self.from {
            _ if self.shown.is_zero() => format!("0 of {about}{}", self.total),
            Some(from) => {
                let last = Count(from.saturating_add(self.shown.0).saturating_sub(1));
                format!("{}–{last} of {about}{}", Count(from), self.total)
            }
            None => format!("{} of {about}{}", self.shown, self.total),
        }
    }

    /// The address of the previous page, if there is one.
    pub(crate) fn previous_page(&self, query: &ListQuery) -> Option<String> {
        let from = self.from.map(|from| from.saturating_sub(self.size).max(1));
        self.previous
            .as_ref()
            .map(|key| query.page("before", key, from))
    }

    /// The address of the next page, if there is one.
    pub(crate) fn next_page(&self, query: &ListQuery) -> Option<String> {
        let from = self.from.map(|from| from.saturating_add(self.shown.0));
        self.next.as_ref().map(|key| query.page("after", key, from))
    }
}

/// The words of the filter that chips say, besides `state`.
const CHIP_WORDS: [&str; 4] = ["note", "scan", "source", "configuration"];

/// A filter with its count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// The word of the filter: `state`, mostly.
    pub word: &'static str,
    /// Its value.
    pub value: &'static str,
    /// What it says.
    pub label: &'static str,
    /// How many match it, without search and other filters.
    pub count: Count,
    /// Colour of the count when it is not zero.
    pub tone: Tone,
}

impl Chip {
    /// A state without colour.
    pub fn new(value: &'static str, label: &'static str, count: impl Into<Count>) -> Self {
        Self {
            word: "state",
            value,
            label,
            count: count.into(),
            tone: Tone::Plain,
        }
    }

    /// The same with another word than `state`.
    #[must_use]
    pub fn by(mut self, word: &'static str) -> Self {
        self.word = word;
        self
    }

    /// The same, coloured.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// Only a count that is there is coloured.
    pub(crate) fn class(&self) -> &'static str {
        if self.count.is_zero() {
            "none"
        } else {
            self.tone.class()
        }
    }
}

/// One word of the filter to choose a value for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterChoice {
    /// The word, as in the address.
    pub word: &'static str,
    /// What it is about.
    pub label: &'static str,
    /// Its values and what they say; nothing is chosen by an empty one, which the page adds.
    pub values: Vec<(String, String)>,
    /// The value that is set; empty: none.
    pub chosen: String,
}

/// One choice of the profile list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChoice {
    /// The profile's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is the choice when the page opens.
    pub chosen: bool,
}

/// The pages of a list, as a template of its own so that every list shows the same.
#[derive(Debug, Template)]
#[template(path = "parts/paging.html")]
pub(crate) struct Pages<'a> {
    pub(crate) paging: &'a Paging,
    pub(crate) query: &'a ListQuery,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query() -> ListQuery {
        ListQuery {
            path: "/import".into(),
            q: "1#0 é".into(),
            state: "new".into(),
            sort: "name".into(),
            ..ListQuery::default()
        }
    }

    #[test]
    fn a_chip_takes_the_place_of_other_chips_and_leaves_the_rest() {
        let proposed = Chip::new("proposed", "Proposed", 3_u64).by("note");
        let narrowed = ListQuery {
            more: vec![("pbx", "HQ 1".into()), ("scan", "new".into())],
            ..query()
        };
        let address = narrowed.with_chip(&proposed);
        assert_eq!(address, "/import?q=1%230%20%C3%A9&pbx=HQ%201&note=proposed");
        assert!(!narrowed.shows(&proposed) && !narrowed.shows(&Chip::new("new", "New", 1_u64)));
        assert!(query().shows(&Chip::new("new", "New", 1_u64)));
        let alone = ListQuery {
            more: vec![("note", "proposed".into())],
            ..ListQuery::default()
        };
        assert!(alone.shows(&proposed) && !alone.shows(&Chip::new("all", "All", 1_u64)));
    }

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(query().first_page(), "/import?q=1%230%20%C3%A9&state=new");
    }

    #[test]
    fn the_sorted_column_turns_around_and_another_starts_ascending() {
        assert_eq!(
            query().sorted_by("name"),
            "/import?q=1%230%20%C3%A9&state=new&sort=-name"
        );
        assert_eq!(
            query().sorted_by("email"),
            "/import?q=1%230%20%C3%A9&state=new&sort=email"
        );
        assert_eq!(query().aria_sort("name"), "ascending");
    }

    #[test]
    fn pages_carry_their_position() {
        let paging = Paging {
            from: Some(51),
            shown: Count(50),
            total: Count(12_408),
            size: 50,
            previous: Some("a/b".into()),
            next: Some("c".into()),
            ..Paging::default()
        };
        assert_eq!(paging.position(), "51–100 of 12,408");
        let plain = ListQuery {
            path: "/users".into(),
            sort: "name".into(),
            ..ListQuery::default()
        };
        assert_eq!(
            paging.previous_page(&plain).as_deref(),
            Some("/users?before=a%2Fb&from=1")
        );
        assert_eq!(
            paging.next_page(&plain).as_deref(),
            Some("/users?after=c&from=101")
        );
    }
}
