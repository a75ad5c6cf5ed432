//! German.

use super::{Landing, Notice, Opening, Sheet, Texts, Typing};

pub(crate) static TEXTS: Texts = Texts {
    lang: "de",
    direction: "ltr",
    landing: Landing {
        title: "Softphone einrichten",
        lead: "Dieser Link bringt Ihre Rufnummer in eine App. Das dauert etwa eine Minute.",
        here: "Auf diesem Gerät",
        here_install: "Noch nicht installiert? Holen Sie sich zuerst Linphone und kommen Sie dann auf diese Seite zurück.",
        open: "App öffnen",
        scan: "Mit dem Handy scannen",
        scan_install: "Installieren Sie Linphone auf dem Handy:",
        scan_choose: "Starten Sie die App und wählen Sie „QR-Code scannen“.",
        scan_hold: "Halten Sie das Handy vor den Code auf dieser Seite.",
        code: "QR-Code dieses Links",
        address: "Keine Kamera? Geben Sie stattdessen diese Adresse in der App ein:",
        keep: "Dieser Link ist für Sie bestimmt. Wer ihn hat, kann Ihre Rufnummer einrichten. Geben Sie ihn deshalb nicht weiter.",
    },
    opening: Opening {
        title: "Die App wird geöffnet",
        lead: "Ihr Gerät fragt eventuell, ob diese Seite sie öffnen darf.",
        again: "App öffnen",
        missing: "Es passiert nichts? Dann ist Linphone auf diesem Gerät noch nicht installiert.",
        back: "Zurück zu den Schritten",
    },
    refused: Notice {
        title: "Dieser Link funktioniert nicht (mehr)",
        lead: "Vielleicht ist er abgelaufen, wurde schon auf allen vorgesehenen Geräten benutzt oder nicht vollständig kopiert.",
        next: "Nehmen Sie den Link aus Ihrer neuesten Nachricht. Oder lassen Sie sich einen neuen an die Adresse schicken, an der Sie diesen erhalten haben.",
    },
    renew: "Neuen Link zuschicken",
    asked: Notice {
        title: "Sehen Sie in Ihr Postfach",
        lead: "Wenn dieser Link einmal für Sie bestimmt war und ein neuer verschickt werden kann, ist er unterwegs an die Adresse, an der Sie ihn erhalten haben.",
        next: "Nach zehn Minuten noch nichts? Dann fragen Sie, wer Ihr Telefon betreut.",
    },
    typing: Typing {
        title: "Code eingeben",
        lead: "Er steht neben dem QR-Code in Ihrer Nachricht oder auf Ihrem Blatt: drei Gruppen aus je vier Buchstaben und Ziffern.",
        label: "Code",
        button: "Weiter",
        wrong: "Dieser Code funktioniert nicht (mehr). Vergleichen Sie ihn noch einmal mit Ihrer Nachricht.",
    },
    sheet: Sheet {
        type_at: "Keine Kamera? Öffnen Sie diese Adresse und geben Sie den Code ein:",
        until: "Gültig bis",
    },
    busy: Notice {
        title: "Zu viele Versuche",
        lead: "Von Ihrem Anschluss aus haben in kurzer Zeit zu viele Links oder Codes nicht funktioniert.",
        next: "Warten Sie ein paar Minuten und versuchen Sie es dann noch einmal.",
    },
    fine: Notice {
        title: "Dieser Server läuft",
        lead: "Er führt vom Link in einer Nachricht zum Softphone. Mehr gibt es hier nicht zu sehen.",
        next: "Sie haben einen Link? Öffnen Sie ihn genau so, wie er in Ihrer Nachricht steht.",
    },
    not_allowed: Notice {
        title: "Das geht hier nicht",
        lead: "Diese Adresse nimmt solche Anfragen nicht an.",
        next: "Sie haben einen Link? Öffnen Sie ihn genau so, wie er in Ihrer Nachricht steht.",
    },
    not_found: Notice {
        title: "Unter dieser Adresse gibt es nichts",
        lead: "Vielleicht wurde die Adresse nicht vollständig kopiert.",
        next: "Sie haben einen Link? Öffnen Sie ihn genau so, wie er in Ihrer Nachricht steht.",
    },
    trouble: Notice {
        title: "Das geht im Moment nicht",
        lead: "Der Fehler liegt auf dieser Seite und nicht an Ihrem Link.",
        next: "Warten Sie eine Minute und öffnen Sie den Link dann noch einmal.",
    },
    help: "Hilfe",
    privacy: "Diese Seite setzt keine Cookies und lädt nichts von anderswo.",
};
