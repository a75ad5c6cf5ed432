//! The mail's templates as administrators keep them: what is in force, changes with their checks, histories, and looking at a
//! draft. What nobody changed is what the program ships.

use std::collections::HashMap;

use model::{
    Actor, Email, Fault, JobId, Language, LinkMode, Order, PersonFields, ProfileId, Secret,
    TemplateId, User, UserId,
};
use store::{
    Store, jobs,
    mail_templates::{self, Version},
    profiles, users,
};

use crate::{
    Error, Settings,
    mail::{self, Composer, Letter, Template},
    preview,
};

pub use store::mail_templates::Scope;

/// Which template a mail is written from.
#[derive(Debug, Default)]
pub struct InForce(HashMap<Scope, Version>);

impl InForce {
    /// What is in force now.
    pub async fn read(store: &Store) -> Result<Self, Error> {
        let newest = mail_templates::newest(store).await?;
        Ok(Self(newest.into_iter().map(|v| (v.scope, v)).collect()))
    }

    /// The template of a profile's mails in a language; none: what the program ships.
    pub fn of(&self, language: Language, profile: ProfileId) -> Option<TemplateId> {
        let own = |profile| {
            let version = self.0.get(&Scope { language, profile })?;
            version.template.is_some().then_some(version.id)
        };
        own(Some(profile)).or_else(|| own(None))
    }

    /// The newest version of one, if it was ever changed.
    pub fn newest(&self, scope: Scope) -> Option<&Version> {
        self.0.get(&scope)
    }
}

/// The template that a version holds; none: it went back to what stands above it.
///
/// # Errors
/// [`store::Error::Corrupt`] where it cannot be read.
pub(crate) fn read(version: &Version) -> Result<Option<Template>, store::Error> {
    let text = version.template.as_deref();
    let read = text.map(serde_json::from_str).transpose();
    read.map_err(|error| store::Error::Corrupt {
        what: "mail template",
        why: error.to_string(),
    })
}

/// Where the text of a template comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Somebody wrote it for just these mails.
    Own,
    /// The profile has none of its own: it is everybody's in this language.
    Everybody,
    /// The program ships it.
    Shipped,
}

/// A template as it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What mails are written from.
    pub template: Template,
    /// Where that comes from.
    pub origin: Origin,
    /// The newest version's number; 0: it was never changed.
    pub version: i64,
}

/// A template as it stands.
pub async fn get(store: &Store, scope: Scope) -> Result<Standing, Error> {
    if let Some(profile) = scope.profile {
        profiles::get(store, profile).await?;
    }
    let newest = mail_templates::find(store, scope).await?;
    let version = newest.as_ref().map_or(0, |newest| newest.number);
    if let Some(template) = newest.as_ref().map(read).transpose()?.flatten() {
        return Ok(Standing {
            template,
            origin: Origin::Own,
            version,
        });
    }
    let (template, origin) = above(store, scope).await?;
    Ok(Standing {
        template,
        origin,
        version,
    })
}

/// What stands above a scope that has no template of its own.
async fn above(store: &Store, scope: Scope) -> Result<(Template, Origin), Error> {
    let everybody = Scope {
        profile: None,
        ..scope
    };
    if scope.profile.is_some()
        && let Some(version) = mail_templates::find(store, everybody).await?
        && let Some(template) = read(&version)?
    {
        return Ok((template, Origin::Everybody));
    }
    Ok((Template::default_of(scope.language), Origin::Shipped))
}

/// Keeps a template for the mails that are ordered from now on; one that says what stands already is not kept again.
///
/// # Errors
/// [`Error::Unfit`] with every fault, [`Error::Overtaken`] where `seen` is not the newest version any more.
pub async fn change(
    store: &Store,
    scope: Scope,
    template: &Template,
    seen: Option<i64>,
    actor: &Actor,
) -> Result<Standing, Error> {
    let faults = mail::check(template);
    if !faults.is_empty() {
        return Err(Error::Unfit(faults));
    }
    let now = get(store, scope).await?;
    if now.template == *template && seen.is_none_or(|seen| seen == now.version) {
        return Ok(now);
    }
    let text = serde_json::to_string(template).expect("three texts always serialise");
    keep(
        store,
        scope,
        seen.unwrap_or(now.version),
        Some(&text),
        actor,
    )
    .await
}

/// Goes back to what stands above: everybody's template for a profile's, what the program ships for everybody's.
pub async fn reset(
    store: &Store,
    scope: Scope,
    seen: Option<i64>,
    actor: &Actor,
) -> Result<Standing, Error> {
    let now = get(store, scope).await?;
    if now.origin != Origin::Own {
        return Ok(now);
    }
    keep(store, scope, seen.unwrap_or(now.version), None, actor).await
}

async fn keep(
    store: &Store,
    scope: Scope,
    seen: i64,
    template: Option<&str>,
    actor: &Actor,
) -> Result<Standing, Error> {
    let tx = store.begin().await?;
    let kept = mail_templates::keep(&tx, scope, seen, template, actor).await?;
    kept.ok_or(Error::Overtaken)?;
    tx.commit().await?;
    get(store, scope).await
}

/// One version with what it said, in full.
#[derive(Debug, Clone)]
pub struct Past {
    /// The version.
    pub version: Version,
    /// What mails were written from.
    pub template: Template,
    /// What they were written from before.
    pub before: Template,
}

/// Up to `limit` versions before the version `before`, the newest first. A version that went back is told with what stands
/// above now.
pub async fn history(
    store: &Store,
    scope: Scope,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Past>, Error> {
    if let Some(profile) = scope.profile {
        profiles::get(store, profile).await?;
    }
    // One more: the first of them is told apart from it.
    let versions = mail_templates::versions(store, scope, before, limit + 1).await?;
    let (above, _) = above(store, scope).await?;
    let texts = versions.iter().map(|version| {
        let own = read(version)?;
        Ok(own.unwrap_or_else(|| above.clone()))
    });
    let texts = texts.collect::<Result<Vec<_>, store::Error>>()?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let past = versions.into_iter().enumerate().take(limit);
    let past = past.map(|(n, version)| Past {
        version,
        template: texts[n].clone(),
        before: texts.get(n + 1).unwrap_or(&above).clone(),
    });
    Ok(past.collect())
}

/// Makes a template as it was in one of its versions, which makes a new one.
pub async fn restore(
    store: &Store,
    scope: Scope,
    number: i64,
    seen: Option<i64>,
    actor: &Actor,
) -> Result<Standing, Error> {
    let version = mail_templates::version(store, scope, number).await?;
    match read(&version)? {
        Some(template) => change(store, scope, &template, seen, actor).await,
        None => reset(store, scope, seen, actor).await,
    }
}

/// A draft as a person would read it.
#[derive(Debug)]
pub struct Draft {
    /// Whom it was written for.
    pub person: String,
    /// Where it would go.
    pub to: String,
    /// Who it would come from.
    pub from: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Its HTML, with the QR of a link that leads nowhere in it.
    pub html: String,
}

/// Writes a draft for a user, or for nobody in particular; nothing is kept.
///
/// # Errors
/// [`Error::Unfit`] with every fault of the draft.
pub async fn look(
    store: &Store,
    settings: &Settings,
    scope: Scope,
    template: &Template,
    user: Option<UserId>,
) -> Result<Draft, Error> {
    let composer = Composer::new(template).map_err(Error::Unfit)?;
    let user = match user {
        Some(id) => Some(users::get(store, id).await?),
        None => None,
    };
    let letter = Letter {
        message_id: "preview@localhost".to_owned(),
        ..letter(store, settings, scope, user.as_ref()).await?
    };
    let rendered = composer
        .preview_in_page(&letter)
        .map_err(|error| Error::Letter(error.to_string()))?;
    Ok(Draft {
        person: format!("{} {}", letter.first_name, letter.last_name)
            .trim()
            .to_owned(),
        to: letter.to.to_string(),
        from: letter.from,
        subject: rendered.subject,
        text: rendered.text.to_string(),
        html: rendered.html.to_string(),
    })
}

/// Orders that the template in force is sent to an address, as a test.
///
/// # Errors
/// [`Error::Unfit`] where that is no address.
pub async fn order_test(
    store: &Store,
    scope: Scope,
    to: &str,
    actor: &Actor,
) -> Result<JobId, Error> {
    address(to.trim())?;
    get(store, scope).await?;
    let order = Order::TestMail {
        to: to.trim().to_owned(),
        language: scope.language,
        profile: scope.profile,
    };
    let tx = store.begin().await?;
    let job = jobs::enqueue(&tx, &order, 1, None, actor).await?;
    tx.commit().await?;
    Ok(job)
}

fn address(text: &str) -> Result<Email, Error> {
    Email::parse(text).map_err(|why| Error::Unfit(vec![Fault::new("to", why)]))
}

/// A letter in this scope with a link that leads nowhere: to a user, or to an invented person. A user without a usable address
/// is shown with the sample's.
pub(crate) async fn letter(
    store: &Store,
    settings: &Settings,
    scope: Scope,
    user: Option<&User>,
) -> Result<Letter, Error> {
    let of_user = user.and_then(|user| user.profile);
    let profile = match scope.profile.or(of_user) {
        Some(id) => Some(profiles::get(store, id).await?),
        None => None,
    };
    let (sample, now) = (Letter::sample(), store.env().now());
    let mut person = user.map_or_else(PersonFields::default, User::served);
    if user.is_none() {
        person.first_name.clone_from(&sample.first_name);
        person.last_name.clone_from(&sample.last_name);
        person.directory_number.clone_from(&sample.number);
    }
    if Email::parse(&person.email).is_err() {
        person.email = sample.to.to_string();
    }
    let written = match &profile {
        Some(profile) => preview::stand_in(&person, profile, settings, now)?,
        None => Letter {
            to: address(&person.email)?,
            first_name: person.first_name,
            last_name: person.last_name,
            number: person.directory_number,
            from: settings.mail.from.clone(),
            link: preview::no_link(settings, LinkMode::Redirect),
            code: Some(Secret::new(preview::NO_CODE)),
            date: now,
            ..sample
        },
    };
    let days = profile.map_or(7, |profile| profile.settings.validity_days);
    Ok(Letter {
        language: scope.language,
        expires: mail::date(scope.language, now.plus_days(i64::from(days))),
        ..written
    })
}
