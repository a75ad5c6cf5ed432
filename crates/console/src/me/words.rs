//! The words of a person's own pages, one value per language; the compiler asks for every text.

mod ar;
mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pt;

use publication::Language;

/// All texts in one language.
pub(crate) struct Words {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) account: &'static str,
    pub(crate) login: &'static str,
    pub(crate) password: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) wrong: &'static str,
    pub(crate) busy: &'static str,
    pub(crate) guessed: &'static str,
    pub(crate) unreachable: &'static str,
    pub(crate) by_mail: &'static str,
    pub(crate) by_mail_lead: &'static str,
    pub(crate) address: &'static str,
    pub(crate) send: &'static str,
    pub(crate) mailed_title: &'static str,
    pub(crate) mailed_lead: &'static str,
    pub(crate) mailed_next: &'static str,
    pub(crate) link_lead: &'static str,
    pub(crate) dead_title: &'static str,
    pub(crate) dead_lead: &'static str,
    pub(crate) dead_way: &'static str,
    pub(crate) closed_title: &'static str,
    pub(crate) by_hand: &'static str,
    pub(crate) elsewhere: &'static str,
    pub(crate) suspended: &'static str,
    pub(crate) no_profile: &'static str,
    pub(crate) no_user: &'static str,
    pub(crate) off: &'static str,
    pub(crate) ask: &'static str,
    pub(crate) number: &'static str,
    pub(crate) another: &'static str,
    pub(crate) another_lead: &'static str,
    pub(crate) show: &'static str,
    pub(crate) mail_me: &'static str,
    pub(crate) preparing: &'static str,
    pub(crate) cannot: &'static str,
    pub(crate) enough: &'static str,
    pub(crate) mailed_you: &'static str,
    pub(crate) not_mailed: &'static str,
    pub(crate) devices: &'static str,
    pub(crate) no_devices: &'static str,
    pub(crate) fetched: &'static str,
    pub(crate) registered: &'static str,
    pub(crate) unregistered: &'static str,
    pub(crate) withdraw: &'static str,
    pub(crate) withdraw_title: &'static str,
    pub(crate) withdraw_lead: &'static str,
    pub(crate) withdraw_yes: &'static str,
    pub(crate) withdrawn: &'static str,
    pub(crate) language: &'static str,
    pub(crate) language_lead: &'static str,
    pub(crate) keep: &'static str,
    pub(crate) kept: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) back: &'static str,
    pub(crate) shown_title: &'static str,
    pub(crate) shown_lead: &'static str,
    pub(crate) privacy: &'static str,
}

/// The words of a language; English where there are none.
pub(crate) fn of(language: &Language) -> &'static Words {
    match language.primary() {
        "ar" => &ar::WORDS,
        "de" => &de::WORDS,
        "es" => &es::WORDS,
        "fr" => &fr::WORDS,
        "it" => &it::WORDS,
        "nl" => &nl::WORDS,
        "pt" => &pt::WORDS,
        _ => &en::WORDS,
    }
}
