//! A cluster: border gateways that hold the same data.

use serde::{Deserialize, Serialize};

/// One node of a cluster, as the cluster tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Node {
    /// Its id within the cluster.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Where softphones reach it.
    pub host: String,
    /// `primary` or `secondary`, in the cluster's own words.
    pub role: String,
}

/// Whether two lists of nodes are of one cluster: they share a node. Ids alone are not enough, every cluster may have a `1`.
pub fn is_same(a: &[Node], b: &[Node]) -> bool {
    a.iter().any(|mine| {
        b.iter()
            .any(|theirs| (&mine.id, &mine.host) == (&theirs.id, &theirs.host))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, host: &str) -> Node {
        Node {
            id: id.into(),
            name: id.into(),
            host: host.into(),
            role: "primary".into(),
        }
    }

    #[test]
    fn one_common_node_makes_a_cluster_and_a_common_id_does_not() {
        let ours = [node("1", "a.example.org"), node("2", "b.example.org")];
        assert!(is_same(&ours, &[node("2", "b.example.org")]));
        assert!(!is_same(&ours, &[node("1", "z.example.org")]));
        assert!(!is_same(&ours, &[]));
    }
}
