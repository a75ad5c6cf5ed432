//! Who of a deployment that is over still needs its mail: who failed, whose mail was refused since, and where it ended early whose
//! turn had not come; but for those whom somebody deployed since.

use model::{JobId, Timestamp, UserId};
use sea_orm::Value;

use crate::{
    Result, Store,
    sql::{self, Runs},
};

/// What is known of the deployment.
#[derive(Debug, Clone, Copy)]
pub struct Deployment {
    /// Its job.
    pub job: JobId,
    /// When it was ordered.
    pub ordered: Timestamp,
    /// Whether it is for those alone who never fetched.
    pub reminds: bool,
}

impl Deployment {
    /// The ids of those whose row says so, and of those whose mail was refused.
    fn statements(self, store: &Store) -> ([String; 2], Vec<Value>) {
        let user = store.dialect().uuid("i.subject");
        let reminded = if self.reminds {
            "AND u.downloaded_at IS NULL"
        } else {
            ""
        };
        let rows = format!(
            "SELECT u.id FROM job_item i JOIN users u ON u.id = {user} WHERE i.job_id = $1 AND i.state IN ('failed', 'open') \
             AND (u.state = 'failed' OR (u.state NOT IN ('queued', 'suspended') AND (u.deployed_at IS NULL OR u.deployed_at <= $2) {reminded}))"
        );
        let refused = "SELECT u.id FROM deployment d JOIN users u ON u.id = d.user_id \
                       WHERE d.job_id = $1 AND d.state = 'bounced' AND u.state = 'failed'";
        let values = vec![self.job.0.into(), self.ordered.0.into()];
        ([rows, refused.to_owned()], values)
    }

    /// All of them.
    pub async fn rest(self, store: &Store) -> Result<Vec<UserId>> {
        let (statements, values) = self.statements(store);
        let text = format!("{} ORDER BY 1", statements.join(" UNION "));
        let rows = sql::all(store, &text, values).await?;
        rows.iter().map(|row| Ok(UserId(row.get(0)?))).collect()
    }

    /// Whether there is anybody.
    pub async fn has_rest(self, store: &Store) -> Result<bool> {
        let ([rows, refused], values) = self.statements(store);
        let text = format!("SELECT 1 WHERE EXISTS ({rows}) OR EXISTS ({refused})");
        Ok(sql::one(store, &text, values).await?.is_some())
    }
}
