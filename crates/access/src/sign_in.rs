//! Coming in: the one-time set-up, sign-in with a password, sessions and API tokens.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{Actor, AdminId, Env, Role, Secret, Timestamp};
use store::{Store, access as kept, audit};

use crate::{Admin, Attempts, Error, Passwords};

/// How long a session lasts.
const SESSION_S: i64 = 12 * 3600;

/// A new session: its token goes into a cookie and nowhere else.
#[derive(Debug)]
pub struct Session {
    /// The token, 256 random bits.
    pub token: Secret,
    /// When it ends.
    pub expires: Timestamp,
    /// Who signed in.
    pub admin: Admin,
}

pub(crate) fn new_token(env: &Env) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(env.random::<32>()))
}

/// Makes a set-up token where there is no administrator yet; `None` where there is one.
pub async fn ensure_setup_token(store: &Store) -> Result<Option<Secret>, Error> {
    if kept::count_administrators(store).await? > 0 {
        return Ok(None);
    }
    let token = new_token(store.env());
    let tx = store.begin().await?;
    kept::set_setup_token(&tx, token.expose()).await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// Makes the first administrator, a primary one, and uses the token up.
pub async fn set_up(
    store: &Store,
    passwords: &Passwords,
    token: &Secret,
    name: &str,
    password: &Secret,
) -> Result<Admin, Error> {
    let name = fit_name(name)?;
    let hash = passwords.hash(password, store.env()).await?;
    let tx = store.begin().await?;
    kept::use_setup_token(&tx, token.expose())
        .await
        .map_err(|error| match error {
            store::Error::Missing(_) => Error::WrongSetupToken,
            other => other.into(),
        })?;
    let made = kept::add_administrator(&tx, name, &hash, Role::PrimaryAdministrator).await?;
    audit::append(
        &tx,
        &Actor(made.name.clone()),
        "administrator.added",
        made.id,
        "set-up",
    )
    .await?;
    tx.commit().await?;
    Ok(Admin(made))
}

fn fit_name(name: &str) -> Result<&str, Error> {
    let name = name.trim();
    let fine = (1..=60).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fine {
        Ok(name)
    } else {
        Err(Error::Unfit("a name has 1 to 60 characters"))
    }
}

/// Signs an administrator in.
pub async fn sign_in(
    store: &Store,
    passwords: &Passwords,
    attempts: &Attempts,
    name: &str,
    password: &Secret,
) -> Result<Session, Error> {
    if !attempts.allow(name, store.env().now()) {
        return Err(Error::TooManyAttempts);
    }
    let (found, hash) = kept::find_administrator(store, name).await?.unzip();
    let fits = passwords.check(password, hash).await;
    let Some(administrator) = found.filter(|_| fits) else {
        return Err(Error::WrongPassword);
    };
    attempts.forget(name);
    let session = Session {
        token: new_token(store.env()),
        expires: store.env().now().plus_s(SESSION_S),
        admin: Admin(administrator),
    };
    let tx = store.begin().await?;
    kept::add_session(
        &tx,
        session.token.expose(),
        session.admin.0.id,
        session.expires,
    )
    .await?;
    audit::append(
        &tx,
        &session.admin.actor(),
        "session.started",
        session.admin.0.id,
        "",
    )
    .await?;
    tx.commit().await?;
    Ok(session)
}

/// Ends a session.
pub async fn sign_out(store: &Store, token: &Secret) -> Result<(), Error> {
    let tx = store.begin().await?;
    kept::end_session(&tx, token.expose()).await?;
    Ok(tx.commit().await?)
}

/// Who asks, by a session's token.
pub async fn by_session(store: &Store, token: &Secret) -> Result<Option<Admin>, Error> {
    Ok(kept::find_session(store, token.expose()).await?.map(Admin))
}

/// Who asks, by an API token.
pub async fn by_token(store: &Store, token: &Secret) -> Result<Option<Admin>, Error> {
    Ok(kept::find_token(store, token.expose()).await?.map(Admin))
}

/// Makes an API token for an administrator; it is shown once.
pub async fn add_token(store: &Store, of: &Admin, name: &str) -> Result<Secret, Error> {
    let token = new_token(store.env());
    let tx = store.begin().await?;
    let id: AdminId = of.0.id;
    let made = kept::add_token(&tx, token.expose(), id, name).await?;
    audit::append(&tx, &of.actor(), "token.added", made, name).await?;
    tx.commit().await?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use model::clock::{FixedClock, SystemEntropy};
    use store::{Settings, WrappingKey};

    use super::*;

    async fn office() -> (tempfile::TempDir, Store, FixedClock) {
        let folder = tempfile::tempdir().unwrap();
        let clock = FixedClock::at(Timestamp(1_767_225_600_000));
        let env = Env::new(clock.clone(), SystemEntropy);
        let settings = Settings {
            database_url: "",
            data: folder.path(),
            key: WrappingKey::random(&env),
        };
        let store = Store::open(settings, env).await.unwrap();
        (folder, store, clock)
    }

    #[tokio::test]
    async fn the_setup_token_makes_one_administrator_once() {
        let (_folder, store, _) = office().await;
        let passwords = Passwords::default();
        let token = ensure_setup_token(&store).await.unwrap().unwrap();
        let password = Secret::new("correct horse battery");
        let wrong = set_up(&store, &passwords, &Secret::new("guess"), "ada", &password).await;
        assert!(matches!(wrong, Err(Error::WrongSetupToken)));
        set_up(&store, &passwords, &token, "ada", &password)
            .await
            .unwrap();
        let again = set_up(&store, &passwords, &token, "eve", &password).await;
        assert!(matches!(again, Err(Error::WrongSetupToken)));
        assert!(ensure_setup_token(&store).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_session_ends_by_itself_and_by_signing_out() {
        let (_folder, store, clock) = office().await;
        let (passwords, attempts) = (Passwords::default(), Attempts::default());
        let token = ensure_setup_token(&store).await.unwrap().unwrap();
        let password = Secret::new("correct horse battery");
        set_up(&store, &passwords, &token, "Ada", &password)
            .await
            .unwrap();
        let wrong = sign_in(
            &store,
            &passwords,
            &attempts,
            "ada",
            &Secret::new("wrong horse battery"),
        )
        .await;
        assert!(matches!(wrong, Err(Error::WrongPassword)));
        let nobody = sign_in(&store, &passwords, &attempts, "eve", &password).await;
        assert!(matches!(nobody, Err(Error::WrongPassword)));

        let first = sign_in(&store, &passwords, &attempts, "ada", &password)
            .await
            .unwrap();
        assert!(by_session(&store, &first.token).await.unwrap().is_some());
        sign_out(&store, &first.token).await.unwrap();
        assert!(by_session(&store, &first.token).await.unwrap().is_none());

        let second = sign_in(&store, &passwords, &attempts, "ADA", &password)
            .await
            .unwrap();
        clock.advance_s(SESSION_S + 1);
        assert!(by_session(&store, &second.token).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_short_password_is_refused_and_changes_nothing() {
        let (_folder, store, _) = office().await;
        let token = ensure_setup_token(&store).await.unwrap().unwrap();
        let short = set_up(
            &store,
            &Passwords::default(),
            &token,
            "ada",
            &Secret::new("short"),
        )
        .await;
        assert!(matches!(short, Err(Error::Unfit(_))));
        assert_eq!(kept::count_administrators(&store).await.unwrap(), 0);
    }
}
