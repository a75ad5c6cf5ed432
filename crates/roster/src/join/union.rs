//! Groups that grow: which cards belong together, and the tree of joins that holds each group. Whether two groups
//! may become one is left to others.

use model::Rule;

use super::group::Edge;

/// Groups of cards, at first each card alone.
#[derive(Debug)]
pub(super) struct Groups {
    /// Union-find: the parent of each card; the root is the smallest card of its group.
    parent: Vec<u32>,
    /// The members of a group as a ring, so that merging two groups swaps two links.
    ring: Vec<u32>,
    /// The join that ties a card to its group: every card but one of each group has one.
    edge: Vec<Option<Edge>>,
}

impl Groups {
    pub(super) fn new(cards: usize) -> Self {
        let count = u32::try_from(cards).expect("records are counted in 32 bits");
        Self {
            parent: (0..count).collect(),
            ring: (0..count).collect(),
            edge: vec![None; cards],
        }
    }

    /// The smallest card of a card's group.
    pub(super) fn root(&mut self, mut card: u32) -> u32 {
        while self.parent[card as usize] != card {
            let up = self.parent[self.parent[card as usize] as usize];
            self.parent[card as usize] = up;
            card = up;
        }
        card
    }

    /// The cards of a card's group, itself first.
    pub(super) fn members(&self, of: u32) -> impl Iterator<Item = u32> + Clone + '_ {
        std::iter::successors(Some(of), move |at| {
            Some(self.ring[*at as usize]).filter(|next| *next != of)
        })
    }

    /// Makes one group of the groups of two cards.
    pub(super) fn join(&mut self, rule: Rule, a: u32, b: u32) {
        let (root_a, root_b) = (self.root(a), self.root(b));
        if root_a == root_b {
            return;
        }
        // The tree of `b` is turned so that `b` is the card without an edge, and can be given one.
        self.turn(b);
        self.edge[b as usize] = Some(Edge { rule, with: a });
        self.parent[root_a.max(root_b) as usize] = root_a.min(root_b);
        self.ring.swap(root_a as usize, root_b as usize);
    }

    /// Turns the edges of a card's group so that they lead to this card, which has none then.
    fn turn(&mut self, card: u32) {
        let (mut at, mut incoming) = (card, None);
        while let Some(edge) = self.edge[at as usize].take() {
            self.edge[at as usize] = incoming;
            incoming = Some(Edge {
                rule: edge.rule,
                with: at,
            });
            at = edge.with;
        }
        self.edge[at as usize] = incoming;
    }

    /// The root and the edge of every card.
    pub(super) fn finish(mut self) -> (Vec<u32>, Vec<Option<Edge>>) {
        let roots = (0..).take(self.parent.len()).map(|i| self.root(i));
        (roots.collect(), self.edge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_but_one_is_tied_whatever_the_order_of_joins() {
        let mut groups = Groups::new(6);
        for (a, b) in [(4, 5), (1, 2), (2, 5), (3, 1), (1, 4)] {
            groups.join(Rule::Number, a, b);
        }
        let mut members: Vec<_> = groups.members(3).collect();
        members.sort_unstable();
        assert_eq!(members, [1, 2, 3, 4, 5]);
        let (roots, edges) = groups.finish();
        assert_eq!(roots, [0, 1, 1, 1, 1, 1]);
        assert_eq!(edges.iter().flatten().count(), 4);
        let mut again = Groups::new(6);
        for (card, edge) in (0..).zip(&edges) {
            if let Some(edge) = edge {
                again.join(edge.rule, card, edge.with);
            }
        }
        assert_eq!(again.finish().0, roots, "the edges hold the group");
    }
}
