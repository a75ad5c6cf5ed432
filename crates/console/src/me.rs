//! `/me`: the pages of a person who sets up their own phone, in the frame and the languages of the public pages. Each is a
//! finished page; who may see it and what is done is left to the handlers.

mod words;

use std::sync::Arc;

use askama::Template;
use landing::{Frame, Page, SheetWords};
use publication::{Brand, Language};
use words::Words;

/// How the pages look to one visitor.
#[derive(Debug, Clone)]
pub struct Look<'a> {
    /// The brand.
    pub brand: Arc<Brand>,
    /// The language.
    pub language: Language,
    /// Whom to ask, where the brand does not say it; may be empty.
    pub help: &'a str,
}

/// What is wrong with a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Name and password do not belong together. Status 401.
    Wrong,
    /// Too many tries from here: the next one within a minute. Status 429.
    Busy,
    /// Too many tries for this name, from wherever: the next one within ten minutes. Status 429.
    Guessed,
    /// The account could not be checked. Status 503.
    Unreachable,
}

/// Why the page is closed to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The data was entered by hand or came from a file.
    ByHand,
    /// No component that vouches for people holds this one.
    Elsewhere,
    /// The access is withdrawn.
    Suspended,
    /// There is no profile.
    NoProfile,
    /// Nobody here has this account.
    NoUser,
    /// It is switched off for everybody.
    Off,
}

/// What became of what a person did last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// The account is being prepared.
    Preparing,
    /// It cannot be set up.
    Cannot,
    /// Too many codes.
    Enough,
    /// A mail is on its way.
    Mailed,
    /// No mail went out.
    NotMailed,
    /// A device was withdrawn.
    Withdrawn,
    /// The language was saved.
    Saved,
}

impl Said {
    /// Every word.
    pub const ALL: [Self; 7] = [
        Self::Preparing,
        Self::Cannot,
        Self::Enough,
        Self::Mailed,
        Self::NotMailed,
        Self::Withdrawn,
        Self::Saved,
    ];

    /// Its name in an address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Cannot => "cannot",
            Self::Enough => "enough",
            Self::Mailed => "mailed",
            Self::NotMailed => "not-mailed",
            Self::Withdrawn => "withdrawn",
            Self::Saved => "saved",
        }
    }

    const fn is_bad(self) -> bool {
        matches!(self, Self::Cannot | Self::Enough | Self::NotMailed)
    }

    const fn words(self, t: &'static Words) -> &'static str {
        match self {
            Self::Preparing => t.preparing,
            Self::Cannot => t.cannot,
            Self::Enough => t.enough,
            Self::Mailed => t.mailed_you,
            Self::NotMailed => t.not_mailed,
            Self::Withdrawn => t.withdrawn,
            Self::Saved => t.kept,
        }
    }
}

/// A person and their devices.
#[derive(Debug, Clone)]
pub struct Me {
    /// The name.
    pub name: String,
    /// The directory number; may be empty.
    pub number: String,
    /// The devices, newest first.
    pub devices: Vec<Device>,
    /// The languages to choose from: code and own name.
    pub languages: Vec<(&'static str, &'static str)>,
}

/// A device of theirs.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its id.
    pub id: String,
    /// Client and version.
    pub client: String,
    /// When it last fetched, to the minute; may be empty.
    pub fetched: String,
    /// The same for machines.
    pub fetched_iso: String,
    /// Whether it was seen at the registrar.
    pub is_registered: bool,
}

/// A link that was made, shown once.
#[derive(Clone)]
pub struct Sheet {
    /// Whom it is for.
    pub name: String,
    /// The app that it is for, as people call it.
    pub app: &'static str,
    /// The link.
    pub link: String,
    /// Where the code is typed.
    pub code_address: String,
    /// The code.
    pub code: String,
    /// The day of its end.
    pub day: String,
    /// The same as the person's language writes it.
    pub day_name: String,
}

impl std::fmt::Debug for Sheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sheet(…)")
    }
}

/// The ways in. Status 200 or the trouble's.
pub fn sign_in(look: &Look<'_>, has_accounts: bool, login: &str, trouble: Option<Trouble>) -> Page {
    let t = words::of(&look.language);
    let (status, trouble) = match trouble {
        None => (200, None),
        Some(Trouble::Wrong) => (401, Some(t.wrong)),
        Some(Trouble::Busy) => (429, Some(t.busy)),
        Some(Trouble::Guessed) => (429, Some(t.guessed)),
        Some(Trouble::Unreachable) => (503, Some(t.unreachable)),
    };
    let page = SignInPage {
        frame: look.frame(),
        t,
        has_accounts,
        login,
        trouble,
    };
    Page::render(status, &look.brand, &page)
}

/// The answer to who asked for a link, whether or not one goes out. Status 200.
pub fn mailed(look: &Look<'_>) -> Page {
    let t = words::of(&look.language);
    let page = NoticePage {
        next: Some(t.mailed_next),
        ..look.notice(t.mailed_title, t.mailed_lead)
    };
    Page::render(200, &look.brand, &page)
}

/// The page behind a mailed link: its button uses it up. Status 200.
pub fn link(look: &Look<'_>) -> Page {
    let page = LinkPage {
        frame: look.frame(),
        t: words::of(&look.language),
    };
    Page::render(200, &look.brand, &page)
}

/// The one page for links that do not work, whatever the reason. Status 410.
pub fn dead_link(look: &Look<'_>) -> Page {
    let t = words::of(&look.language);
    let page = NoticePage {
        way: Some(t.dead_way),
        ..look.notice(t.dead_title, t.dead_lead)
    };
    Page::render(410, &look.brand, &page)
}

/// Why the page is closed, and whom to ask. Status 403.
pub fn closed(look: &Look<'_>, why: Closed, is_signed_in: bool) -> Page {
    let t = words::of(&look.language);
    let lead = match why {
        Closed::ByHand => t.by_hand,
        Closed::Elsewhere => t.elsewhere,
        Closed::Suspended => t.suspended,
        Closed::NoProfile => t.no_profile,
        Closed::NoUser => t.no_user,
        Closed::Off => t.off,
    };
    let page = NoticePage {
        next: Some(t.ask),
        sign_out: is_signed_in.then_some(t.sign_out),
        ..look.notice(t.closed_title, lead)
    };
    Page::render(403, &look.brand, &page)
}

/// The person's own page. Status 200.
pub fn home(look: &Look<'_>, me: &Me, said: Option<Said>) -> Page {
    let t = words::of(&look.language);
    let page = HomePage {
        frame: look.frame(),
        t,
        me,
        said: said.map(|said| said.words(t)),
        is_bad: said.is_some_and(Said::is_bad),
    };
    Page::render(200, &look.brand, &page)
}

/// The question before a device is withdrawn. Status 200.
pub fn withdrawal(look: &Look<'_>, client: &str) -> Page {
    let page = WithdrawalPage {
        frame: look.frame(),
        t: words::of(&look.language),
        client,
    };
    Page::render(200, &look.brand, &page)
}

/// A link with its QR code and its code to type. Status 200; none where the link is too long for a QR code.
pub fn shown(look: &Look<'_>, sheet: &Sheet) -> Option<Page> {
    let page = ShownPage {
        frame: look.frame(),
        t: words::of(&look.language),
        words: landing::sheet_words(&look.language),
        code: landing::qr::svg(&sheet.link)?,
        sheet,
    };
    Some(Page::render(200, &look.brand, &page))
}

impl Look<'_> {
    fn frame(&self) -> Frame<'_> {
        let mut frame = Frame::new(&self.brand, &self.language);
        frame.privacy = words::of(&self.language).privacy;
        let own = Some(self.help).filter(|help| !help.is_empty());
        frame.help = frame.help.or(own);
        frame
    }

    fn notice(&self, title: &'static str, lead: &'static str) -> NoticePage<'_> {
        NoticePage {
            frame: self.frame(),
            title,
            lead,
            next: None,
            way: None,
            sign_out: None,
        }
    }
}

#[derive(Template)]
#[template(path = "me/sign_in.html")]
struct SignInPage<'a> {
    frame: Frame<'a>,
    t: &'static Words,
    has_accounts: bool,
    login: &'a str,
    trouble: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "me/link.html")]
struct LinkPage<'a> {
    frame: Frame<'a>,
    t: &'static Words,
}

#[derive(Template)]
#[template(path = "me/notice.html")]
struct NoticePage<'a> {
    frame: Frame<'a>,
    title: &'static str,
    lead: &'static str,
    next: Option<&'static str>,
    /// What leads to the ways in.
    way: Option<&'static str>,
    sign_out: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "me/home.html")]
struct HomePage<'a> {
    frame: Frame<'a>,
    t: &'static Words,
    me: &'a Me,
    said: Option<&'static str>,
    is_bad: bool,
}

#[derive(Template)]
#[template(path = "me/withdrawal.html")]
struct WithdrawalPage<'a> {
    frame: Frame<'a>,
    t: &'static Words,
    client: &'a str,
}

impl ShownPage<'_> {
    /// The steps, which name the app.
    fn steps(&self) -> [String; 3] {
        let steps = self.words.steps();
        steps.map(|step| step.replace("Linphone", self.sheet.app))
    }
}

#[derive(Template)]
#[template(path = "me/shown.html")]
struct ShownPage<'a> {
    frame: Frame<'a>,
    t: &'static Words,
    words: SheetWords,
    code: String,
    sheet: &'a Sheet,
}
