//! Which component wins a field: the program's order, unless an administrator put some kinds first.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use model::ComponentKind;

/// The fields for which an administrator put kinds first.
#[derive(Debug, Clone, Default)]
pub struct Precedences(HashMap<String, Vec<ComponentKind>>);

impl Precedences {
    /// The orders that are wanted, by field.
    pub fn new(wanted: BTreeMap<String, Vec<ComponentKind>>) -> Self {
        Self(wanted.into_iter().collect())
    }

    /// The same with other kinds first for one field.
    #[must_use]
    pub fn with(mut self, field: &str, first: &[ComponentKind]) -> Self {
        if first.is_empty() {
            self.0.remove(field);
        } else {
            self.0.insert(field.to_owned(), first.to_vec());
        }
        self
    }

    /// Whether somebody changed a field's order.
    pub fn is_set(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// The order for a field: first what is wanted, then the rest as it was.
    pub fn order<'a>(&self, field: &str, default: &'a [ComponentKind]) -> Cow<'a, [ComponentKind]> {
        let Some(first) = self.0.get(field) else {
            return Cow::Borrowed(default);
        };
        let rest = default.iter().filter(|kind| !first.contains(kind));
        Cow::Owned(first.iter().chain(rest).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wanted_kinds_come_first_and_the_rest_follows_as_it_was() {
        let set = Precedences::default().with("email", &[ComponentKind::Ldap]);
        let order = set.order("email", &ComponentKind::ALL);
        assert_eq!(order[0], ComponentKind::Ldap);
        assert_eq!(order.len(), ComponentKind::ALL.len());
        assert_eq!(order[1], ComponentKind::Usp);
        assert!(set.is_set("email") && !set.is_set("login"));
        let back = set.with("email", &[]);
        assert_eq!(
            *back.order("email", &ComponentKind::ALL),
            ComponentKind::ALL
        );
    }
}
