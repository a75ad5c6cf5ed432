//! Dutch.

use super::{Landing, Notice, Opening, Sheet, Texts, Typing};

pub(crate) static TEXTS: Texts = Texts {
    lang: "nl",
    direction: "ltr",
    landing: Landing {
        title: "Uw softphone instellen",
        lead: "Deze link zet uw telefoonnummer in een app. Dat duurt een minuutje.",
        here: "Op dit apparaat",
        here_install: "Nog niet geïnstalleerd? Haal eerst Linphone op en kom dan terug naar deze pagina.",
        open: "App openen",
        scan: "Scannen met een telefoon",
        scan_install: "Installeer Linphone op de telefoon:",
        scan_choose: "Start de app en kies voor het scannen van een QR-code.",
        scan_hold: "Houd de telefoon voor de code op deze pagina.",
        code: "QR-code van deze link",
        address: "Geen camera? Vul dan dit adres in de app in:",
        keep: "Deze link is voor u bedoeld. Wie hem heeft, kan uw nummer instellen. Geef hem dus niet door.",
    },
    opening: Opening {
        title: "De app wordt geopend",
        lead: "Uw apparaat vraagt misschien of deze pagina de app mag openen.",
        again: "App openen",
        missing: "Gebeurt er niets? Dan is Linphone nog niet op dit apparaat geïnstalleerd.",
        back: "Terug naar de stappen",
    },
    refused: Notice {
        title: "Deze link werkt niet (meer)",
        lead: "Misschien is hij verlopen, al op alle bedoelde apparaten gebruikt of niet helemaal gekopieerd.",
        next: "Gebruik de link uit het nieuwste bericht dat u kreeg. Of laat een nieuwe sturen naar het adres waarop u deze kreeg.",
    },
    renew: "Stuur mij een nieuwe link",
    asked: Notice {
        title: "Kijk in uw mailbox",
        lead: "Als deze link ooit voor u bedoeld was en er een nieuwe verstuurd kan worden, is die onderweg naar het adres waarop u hem kreeg.",
        next: "Na tien minuten nog niets? Vraag het dan aan wie uw telefoon beheert.",
    },
    typing: Typing {
        title: "Typ uw code",
        lead: "Hij staat naast de QR-code in uw bericht of op uw blad: drie groepen van vier letters en cijfers.",
        label: "Code",
        button: "Verder",
        wrong: "Deze code werkt niet (meer). Vergelijk hem nog eens met uw bericht.",
    },
    sheet: Sheet {
        type_at: "Geen camera? Open dit adres en typ de code:",
        until: "Geldig tot",
    },
    busy: Notice {
        title: "Te veel pogingen",
        lead: "Vanaf uw verbinding hebben in korte tijd te veel links of codes niet gewerkt.",
        next: "Wacht een paar minuten en probeer het dan opnieuw.",
    },
    fine: Notice {
        title: "Deze server werkt",
        lead: "Hij brengt mensen van de link in hun bericht naar hun softphone. Meer is hier niet te zien.",
        next: "Hebt u een link? Open hem precies zoals hij in uw bericht staat.",
    },
    not_allowed: Notice {
        title: "Dat kan hier niet",
        lead: "Dit adres neemt zo’n verzoek niet aan.",
        next: "Hebt u een link? Open hem precies zoals hij in uw bericht staat.",
    },
    not_found: Notice {
        title: "Op dit adres is niets te vinden",
        lead: "Misschien is het adres niet helemaal gekopieerd.",
        next: "Hebt u een link? Open hem precies zoals hij in uw bericht staat.",
    },
    trouble: Notice {
        title: "Dit werkt op dit moment niet",
        lead: "De fout ligt hier, niet bij uw link.",
        next: "Wacht een minuut en open de link dan opnieuw.",
    },
    help: "Hulp",
    privacy: "Deze pagina plaatst geen cookies en laadt niets van elders.",
};
