//! English.

use super::{Landing, Notice, Opening, Sheet, Texts, Typing};

pub(crate) static TEXTS: Texts = Texts {
    lang: "en",
    direction: "ltr",
    landing: Landing {
        title: "Set up your softphone",
        lead: "This link brings your phone number into an app. It takes a minute.",
        here: "On this device",
        here_install: "Not installed yet? Get Linphone first, then come back to this page.",
        open: "Open the app",
        scan: "Scan with a phone",
        scan_install: "Install Linphone on the phone:",
        scan_choose: "Start the app and choose to scan a QR code.",
        scan_hold: "Hold the phone up to the code on this page.",
        code: "QR code of this link",
        address: "No camera? Enter this address in the app instead:",
        keep: "This link is meant for you. Whoever has it can set up your number, so do not pass it on.",
    },
    opening: Opening {
        title: "Opening the app",
        lead: "Your device may ask whether this page may open it.",
        again: "Open the app",
        missing: "Nothing happens? Then Linphone is not installed on this device yet.",
        back: "Back to the steps",
    },
    refused: Notice {
        title: "This link does not work (any more)",
        lead: "It may have expired, have been used on as many devices as it is meant for, or not have been copied whole.",
        next: "Use the link in the newest message that you received. Or have a new one sent to the address where you got this one.",
    },
    renew: "Send me a new link",
    asked: Notice {
        title: "Look into your mailbox",
        lead: "If this link was once meant for you and a new one can be sent, it is on its way to the address where you got it.",
        next: "Nothing after ten minutes? Then ask whoever looks after your phone.",
    },
    typing: Typing {
        title: "Type your code",
        lead: "It stands beside the QR code in your message or on your sheet: three groups of four letters and digits.",
        label: "Code",
        button: "Continue",
        wrong: "This code does not work (any more). Compare it with your message once more.",
    },
    sheet: Sheet {
        type_at: "No camera? Open this address and type the code:",
        until: "Works until",
    },
    busy: Notice {
        title: "Too many tries",
        lead: "From where you are, too many links or codes did not work in a short time.",
        next: "Wait a few minutes, then try again.",
    },
    fine: Notice {
        title: "This server is running",
        lead: "It sends people from the link in their message to their softphone. There is nothing else to see here.",
        next: "Do you have a link? Open it exactly as it stands in your message.",
    },
    not_allowed: Notice {
        title: "That cannot be done here",
        lead: "This address does not take that kind of request.",
        next: "Do you have a link? Open it exactly as it stands in your message.",
    },
    not_found: Notice {
        title: "There is nothing at this address",
        lead: "The address may not have been copied whole.",
        next: "Do you have a link? Open it exactly as it stands in your message.",
    },
    trouble: Notice {
        title: "This does not work at the moment",
        lead: "The fault is on this side, not in your link.",
        next: "Wait a minute, then open the link again.",
    },
    help: "Help",
    privacy: "This page sets no cookies and loads nothing from anywhere else.",
};
