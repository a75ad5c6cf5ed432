//! Authorizing a connection: the request, the way back from the component's window, renewing. What is kept in between belongs
//! to the administrator and the session that asked, and is used up by the first answer.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use components::{Credential, Settings, authorization, oauth::Token};
use model::{Actor, AdminId, ConnectionId, Timestamp};
use store::{
    Store, audit,
    authorizations::{self, Asked, Pending},
    connections::{self, Connection, Grant},
    secrets::{self, Purpose},
};
use url::Url;

use crate::{
    Error,
    connections::{Sealed, is_remote, of, unsigned, verify},
    receive,
};

/// How long a person may take in the window.
const WINDOW_S: i64 = 3_600;

/// Who asks for an authorization, or comes back with one.
#[derive(Debug, Clone)]
pub struct By<'a> {
    /// The administrator.
    pub administrator: AdminId,
    /// The token of the session, where there is one.
    pub session: Option<&'a str>,
    /// As the audit names them.
    pub actor: Actor,
}

/// What became of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The credential was accepted without a window.
    Verified,
    /// A person has to authorize the token of this id in this window.
    Window {
        /// The token id.
        token_id: String,
        /// Where.
        url: Url,
    },
    /// A provider is to show this token.
    Token(receive::Token),
}

/// Starts or renews the authorization of a connection. `callback` is this server's `/oauth/callback`.
///
/// # Errors
/// [`Error::Component`] with what stopped it, which the connection then shows too.
pub async fn ask(
    store: &Store,
    id: ConnectionId,
    callback: &Url,
    by: &By<'_>,
) -> Result<Answer, Error> {
    let connection = connections::get(store, id).await?;
    if connection.kind.pushes() {
        let token = receive::make_token(store, &connection, &by.actor).await?;
        return Ok(Answer::Token(token));
    }
    if !is_remote(&connection) {
        crate::connections::test(store, id).await?;
        return Ok(Answer::Verified);
    }
    let settings = unsigned(store, &connection);
    let state = URL_SAFE_NO_PAD.encode(store.env().random::<32>());
    let mut callback = callback.clone();
    callback.query_pairs_mut().append_pair("state", &state);
    let token = match authorization::request(&settings, callback.as_str()).await {
        Ok(token) => token,
        Err(error) => {
            return Err(troubled(store, &connection, "the request was not sent", error).await?);
        }
    };
    let url = window(&connection, &settings, &token.id)?;
    let tx = store.begin().await?;
    // Waits for a change of the settings that is being written, and sees it.
    let now = connections::get_in(&tx, id).await?;
    if now.address != connection.address || now.options != connection.options {
        return Err(store::Error::Missing("connection at that address").into());
    }
    let secret = secrets::keep(
        &tx,
        Purpose::Connection,
        std::slice::from_ref(&token.secret),
    )
    .await?[0];
    let asked = Asked {
        connection: id,
        token_id: &token.id,
        secret,
        state: &state,
        administrator: by.administrator,
        session: by.session,
    };
    authorizations::ask(&tx, asked).await?;
    connections::note_trouble(&tx, id, "", "").await?;
    audit::append(
        &tx,
        &by.actor,
        "connection.authorization-asked",
        id,
        &token.id,
    )
    .await?;
    tx.commit().await?;
    Ok(Answer::Window {
        token_id: token.id,
        url,
    })
}

fn window(connection: &Connection, settings: &Settings, token_id: &str) -> Result<Url, Error> {
    authorization::window(settings, token_id).map_err(|source| of(connection, source))
}

/// An authorization that is waited for, as its connection's page shows it.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The id of its token.
    pub token_id: String,
    /// Its window; none for other administrators and sessions than the one that asked, and once its time is over.
    pub url: Option<Url>,
    /// When it was asked for.
    pub at: Timestamp,
}

/// The authorization that a connection waits for.
pub async fn waiting(
    store: &Store,
    connection: &Connection,
    by: &By<'_>,
) -> Result<Option<Waiting>, Error> {
    let Some(pending) = authorizations::find(store, connection.id).await? else {
        return Ok(None);
    };
    let usable = pending.is_of(by.administrator, by.session.unwrap_or_default())
        && !is_over(store, &pending);
    let url = if usable {
        Some(window(
            connection,
            &unsigned(store, connection),
            &pending.token_id,
        )?)
    } else {
        None
    };
    Ok(Some(Waiting {
        token_id: pending.token_id,
        url,
        at: pending.at,
    }))
}

fn is_over(store: &Store, pending: &Pending) -> bool {
    store.env().now() > pending.at.plus_s(WINDOW_S)
}

/// What a component's window sends a person back with.
#[derive(Debug, Clone, Copy)]
pub struct Callback<'a> {
    /// The single-use state that the request carried.
    pub state: &'a str,
    /// The id of the request token.
    pub token_id: &'a str,
    /// Proves that the person authorized it; none where they refused.
    pub verifier: Option<&'a str>,
}

/// Takes the answer of a window: the connection, which is verified now.
///
/// # Errors
/// [`Error::Conflict`] for an answer that nobody waits for, or that another person or session brings: nothing changes then.
/// [`Error::Component`] where the component refuses to give the token.
pub async fn finish(
    store: &Store,
    callback: &Callback<'_>,
    by: &By<'_>,
) -> Result<ConnectionId, Error> {
    let (connection, token) = take(store, callback, by).await?;
    let settings = signed(unsigned(store, &connection), token);
    let granted = match callback.verifier {
        None => Err(components::Error::Declined),
        Some(verifier) => authorization::exchange(&settings, verifier).await,
    };
    let granted = match granted {
        Ok(granted) => granted,
        Err(error) => {
            return Err(troubled(store, &connection, "it gave no authorization", error).await?);
        }
    };
    let at = store.env().now();
    let grant = Grant {
        at,
        token_id: granted.token.id,
        expires_at: granted.expires_in_s.map(|seconds| at.plus_s(seconds)),
    };
    let sealed = Sealed::new("", &granted.token.secret).to_secret();
    let tx = store.begin().await?;
    let now = connections::get_in(&tx, connection.id).await?;
    if now.address != connection.address || now.options != connection.options {
        return Err(nobody_waits());
    }
    let secret = secrets::keep(&tx, Purpose::Connection, &[sealed]).await?;
    connections::grant(&tx, connection.id, &grant, secret.first().copied()).await?;
    connections::note_trouble(&tx, connection.id, "", "").await?;
    audit::append(
        &tx,
        &by.actor,
        "connection.authorized",
        connection.id,
        &grant.token_id,
    )
    .await?;
    tx.commit().await?;
    Ok(connection.id)
}

/// Uses the request up that an answer belongs to: its connection and its token.
async fn take(
    store: &Store,
    callback: &Callback<'_>,
    by: &By<'_>,
) -> Result<(Connection, Token), Error> {
    let tx = store.begin().await?;
    let pending = authorizations::find_by_state(&tx, callback.state)
        .await?
        .filter(|pending| pending.token_id == callback.token_id)
        .ok_or_else(nobody_waits)?;
    if !pending.is_of(by.administrator, by.session.unwrap_or_default()) {
        return Err(Error::Conflict {
            what: "another administrator or session asked for this authorization",
            hint: "sign in as the one who asked, in the same browser, or send a new request",
        });
    }
    let connection = connections::get_in(&tx, pending.connection).await?;
    let mut opened = secrets::open_many_in(&tx, Purpose::Connection, &[pending.secret]).await?;
    let secret = opened.remove(&pending.secret).ok_or_else(nobody_waits)?;
    authorizations::withdraw(&tx, pending.connection).await?;
    tx.commit().await?;
    if is_over(store, &pending) {
        return Err(of(&connection, components::Error::Expired));
    }
    let token = Token {
        id: pending.token_id,
        secret,
    };
    Ok((connection, token))
}

const fn nobody_waits() -> Error {
    Error::Conflict {
        what: "nobody waits for this authorization (any more)",
        hint: "open the connection under Configuration > Connections and send a new request",
    }
}

fn signed(mut settings: Settings, token: Token) -> Settings {
    if let Credential::Signed(signer) = &mut settings.credential {
        signer.token = Some(token);
    }
    settings
}

/// Keeps what stopped an authorization, so that the connection's page shows it; the error to answer with.
async fn troubled(
    store: &Store,
    connection: &Connection,
    what: &str,
    error: components::Error,
) -> Result<Error, Error> {
    let tx = store.begin().await?;
    let why = format!("{what}: {error}");
    connections::note_trouble(&tx, connection.id, &why, error.hint()).await?;
    tx.commit().await?;
    Ok(of(connection, error))
}

/// Notes that a component took the credential, and the token that it gave for it, if anything about it is new.
pub(crate) async fn accepted(
    store: &Store,
    connection: &Connection,
    token: Option<components::TokenInfo>,
) -> Result<(), Error> {
    let Some(grant) = verify(store, connection, token) else {
        return Ok(());
    };
    let tx = store.begin().await?;
    connections::grant(&tx, connection.id, &grant, None).await?;
    Ok(tx.commit().await?)
}
