//! The pages themselves and what each needs to know: the link that was asked for, a brand, a language. Nothing more.

use askama::Template;
use publication::{Brand, Language};
use url::Url;

use crate::app::App;
use crate::frame::Frame;
use crate::page::Page;
use crate::qr;
use crate::texts::{self, Texts};

/// A ticket's link as it stands in the message, `…/d/{ticket}`. It is a secret, so it does not print itself.
#[derive(Clone)]
pub struct TicketLink {
    url: Url,
    ticket: String,
    app: App,
}

impl TicketLink {
    /// The link to `ticket` on the server whose public address is `server`; a path of that address stays in front.
    pub fn new(server: &Url, ticket: &str) -> Self {
        let mut link = server.clone();
        link.set_query(None);
        link.set_fragment(None);
        if let Ok(mut path) = link.path_segments_mut() {
            path.pop_if_empty().push("d").push(ticket);
        }
        Self {
            url: link,
            ticket: ticket.to_owned(),
            app: App::default(),
        }
    }

    /// The same link, which is known to be for this app.
    #[must_use]
    pub fn for_app(self, app: App) -> Self {
        Self { app, ..self }
    }

    /// The address that opens the app with this link. `linphone-config://` always means https; a link over plain http,
    /// as on one machine, has to be spelled out. Zoiper is opened by a page of its maker's, which sees the ticket.
    pub fn in_app(&self) -> String {
        let link = self.as_str();
        match (&self.app, link.strip_prefix("https://")) {
            (App::Acrobits(cloud_id), _) => format!("csc://ticket:{}@{cloud_id}", self.ticket),
            (App::Zoiper(provider_id), _) => {
                let ticket = &self.ticket;
                format!("https://oem.zoiper.com/qr.php?provider_id={provider_id}&t={ticket}")
            }
            (App::Linphone, Some(rest)) => format!("linphone-config://{rest}"),
            (App::Linphone, None) => format!("linphone-config:{link}"),
        }
    }

    /// The link itself.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// What the QR code holds: what the app's own scanner takes, and a phone's camera too.
    fn to_scan(&self) -> String {
        match self.app {
            App::Acrobits(_) => self.in_app(),
            App::Linphone | App::Zoiper(_) => self.as_str().to_owned(),
        }
    }
}

impl std::fmt::Debug for TicketLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TicketLink(…)")
    }
}

/// The page behind a link that works: a button on a phone, a QR code on a desktop. Status 200.
pub fn landing(link: &TicketLink, brand: &Brand, language: &Language) -> Page {
    let template = LandingPage {
        frame: Frame::new(brand, language),
        link: link.as_str(),
        opening: format!("{}/opening", link.url.path()),
        code: qr::svg(&link.to_scan()),
        app: &link.app,
    };
    Page::render_for(&link.app, 200, brand, &template)
}

/// The answer to the landing page's button. Status 303; the caller adds `Location:` [`TicketLink::in_app`]. Where a
/// browser stays, it shows the way on.
pub fn opening(link: &TicketLink, brand: &Brand, language: &Language) -> Page {
    let template = OpeningPage {
        frame: Frame::new(brand, language),
        in_app: link.in_app(),
        back: link.url.path().to_owned(),
        app: &link.app,
    };
    Page::render_for(&link.app, 303, brand, &template)
}

/// The one page for every refusal: unknown, expired, used up, ended, malformed. Status 410. It takes no brand, because
/// only a link that exists has one, and does not name the link, so that it is the same to the byte for all of them: its
/// button posts to the page's own address with the query [`RENEWAL`].
pub fn refused(language: &Language) -> Page {
    let brand = Brand::default();
    let frame = Frame::new(&brand, language);
    Page::render(410, &brand, &RefusedPage { frame })
}

/// The query with which the refusal's button asks for a new link.
pub const RENEWAL: &str = "renewal";

/// The answer to who asked for a new link, whether or not one goes out. Status 200.
pub fn asked(language: &Language) -> Page {
    notice(200, language, |texts| &texts.asked)
}

/// The page for a code that is typed; its form posts `code` to the page's own address. Status 200, or 410 after a code that
/// does not work, whatever the reason.
pub fn typing(brand: &Brand, language: &Language, is_wrong: bool) -> Page {
    let frame = Frame::new(brand, language);
    let status = if is_wrong { 410 } else { 200 };
    Page::render(status, brand, &TypingPage { frame, is_wrong })
}

/// Too many tries from one place. Status 429.
pub fn busy(language: &Language) -> Page {
    notice(429, language, |texts| &texts.busy)
}

/// The page at `/`, which says that the server is fine. Status 200.
pub fn fine(language: &Language) -> Page {
    notice(200, language, |texts| &texts.fine)
}

/// A method that an address does not take. Status 405; the caller adds `Allow`.
pub fn not_allowed(language: &Language) -> Page {
    notice(405, language, |texts| &texts.not_allowed)
}

/// An address that leads nowhere. Status 404.
pub fn not_found(language: &Language) -> Page {
    notice(404, language, |texts| &texts.not_found)
}

/// This server cannot answer at the moment. Status 503.
pub fn trouble(language: &Language) -> Page {
    notice(503, language, |texts| &texts.trouble)
}

fn notice(
    status: u16,
    language: &Language,
    pick: impl Fn(&'static Texts) -> &'static texts::Notice,
) -> Page {
    let brand = Brand::default();
    let frame = Frame::new(&brand, language);
    let notice = pick(frame.texts);
    Page::render(status, &brand, &NoticePage { frame, notice })
}

#[derive(Template)]
#[template(path = "landing.html")]
struct LandingPage<'a> {
    frame: Frame<'a>,
    link: &'a str,
    opening: String,
    code: Option<String>,
    app: &'a App,
}

impl LandingPage<'_> {
    /// A text that names the app.
    fn named(&self, text: &str) -> String {
        text.replace("Linphone", self.app.name())
    }
}

#[derive(Template)]
#[template(path = "opening.html")]
struct OpeningPage<'a> {
    frame: Frame<'a>,
    in_app: String,
    back: String,
    app: &'a App,
}

impl OpeningPage<'_> {
    /// A text that names the app.
    fn named(&self, text: &str) -> String {
        text.replace("Linphone", self.app.name())
    }
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage<'a> {
    frame: Frame<'a>,
}

#[derive(Template)]
#[template(path = "typing.html")]
struct TypingPage<'a> {
    frame: Frame<'a>,
    is_wrong: bool,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage<'a> {
    frame: Frame<'a>,
    notice: &'static texts::Notice,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(server: &str) -> TicketLink {
        TicketLink::new(&Url::parse(server).unwrap(), "AbC-_9")
    }

    #[test]
    fn each_app_is_opened_in_its_own_way() {
        let link = |app| link("https://phones.example.org").for_app(app);
        let acrobits = link(App::Acrobits("ROLL*".to_owned()));
        assert_eq!(acrobits.in_app(), "csc://ticket:AbC-_9@ROLL*");
        let zoiper = link(App::Zoiper("abc".to_owned()));
        assert_eq!(
            zoiper.in_app(),
            "https://oem.zoiper.com/qr.php?provider_id=abc&t=AbC-_9"
        );
        for (link, name, source) in [
            (acrobits, "Cloud Softphone", "csc:;"),
            (zoiper, "Zoiper", "https://oem.zoiper.com;"),
        ] {
            let page = landing(&link, &Brand::default(), &Language::default());
            assert!(page.html.contains(name) && !page.html.contains("Linphone"));
            assert!(
                page.policy
                    .contains(&format!("form-action 'self' {source}"))
            );
            let gone_on = opening(&link, &Brand::default(), &Language::default());
            assert!(gone_on.html.contains(name) && !gone_on.html.contains("Linphone"));
        }
    }

    #[test]
    fn the_app_s_form_of_a_link_means_https_unless_it_says_otherwise() {
        for (server, in_app) in [
            (
                "https://go.example.org",
                "linphone-config://go.example.org/d/AbC-_9",
            ),
            (
                "https://go.example.org:8443/x/",
                "linphone-config://go.example.org:8443/x/d/AbC-_9",
            ),
            (
                "http://127.0.0.1:8090",
                "linphone-config:http://127.0.0.1:8090/d/AbC-_9",
            ),
        ] {
            assert_eq!(link(server).in_app(), in_app);
        }
    }

    #[test]
    fn a_link_does_not_print_itself() {
        assert_eq!(
            format!("{:?}", link("https://go.example.org")),
            "TicketLink(…)"
        );
    }

    #[test]
    fn what_stands_in_a_ticket_stays_inside_the_path() {
        let odd = TicketLink::new(
            &Url::parse("https://go.example.org").unwrap(),
            "a/../b?c#\"<d>",
        );
        assert_eq!(
            odd.as_str(),
            "https://go.example.org/d/a%2F..%2Fb%3Fc%23%22%3Cd%3E"
        );
    }
}
