//! Italian.

use super::{Landing, Notice, Opening, Sheet, Texts, Typing};

pub(crate) static TEXTS: Texts = Texts {
    lang: "it",
    direction: "ltr",
    landing: Landing {
        title: "Configuri il suo softphone",
        lead: "Questo link porta il suo numero di telefono in un’app. Basta un minuto.",
        here: "Su questo dispositivo",
        here_install: "Non è ancora installata? Scarichi prima Linphone, poi torni su questa pagina.",
        open: "Apri l’app",
        scan: "Scansioni con un telefono",
        scan_install: "Installi Linphone sul telefono:",
        scan_choose: "Avvii l’app e scelga di scansionare un codice QR.",
        scan_hold: "Inquadri con il telefono il codice su questa pagina.",
        code: "Codice QR di questo link",
        address: "Niente fotocamera? Inserisca invece questo indirizzo nell’app:",
        keep: "Questo link è destinato a lei. Chi lo possiede può configurare il suo numero: non lo condivida.",
    },
    opening: Opening {
        title: "Apertura dell’app",
        lead: "Il dispositivo potrebbe chiedere se questa pagina può aprirla.",
        again: "Apri l’app",
        missing: "Non succede nulla? Allora Linphone non è ancora installato su questo dispositivo.",
        back: "Torna ai passaggi",
    },
    refused: Notice {
        title: "Questo link non funziona (più)",
        lead: "Potrebbe essere scaduto, già stato usato su tutti i dispositivi previsti o non essere stato copiato per intero.",
        next: "Usi il link dell’ultimo messaggio che ha ricevuto. Oppure se ne faccia inviare uno nuovo all’indirizzo a cui ha ricevuto questo.",
    },
    renew: "Inviami un nuovo link",
    asked: Notice {
        title: "Controlli la sua posta",
        lead: "Se questo link era destinato a lei e se ne può inviare uno nuovo, è in arrivo all’indirizzo a cui l’aveva ricevuto.",
        next: "Ancora nulla dopo dieci minuti? Chieda a chi si occupa del suo telefono.",
    },
    typing: Typing {
        title: "Inserisca il codice",
        lead: "Si trova accanto al codice QR nel messaggio o sul foglio: tre gruppi di quattro lettere e cifre.",
        label: "Codice",
        button: "Continua",
        wrong: "Questo codice non funziona (più). Lo confronti ancora una volta con il messaggio.",
    },
    sheet: Sheet {
        type_at: "Niente fotocamera? Apra questo indirizzo e inserisca il codice:",
        until: "Valido fino al",
    },
    busy: Notice {
        title: "Troppi tentativi",
        lead: "Dalla sua connessione troppi link o codici non hanno funzionato in poco tempo.",
        next: "Attenda qualche minuto, poi riprovi.",
    },
    fine: Notice {
        title: "Questo server è attivo",
        lead: "Porta dal link di un messaggio al softphone. Qui non c’è altro da vedere.",
        next: "Ha un link? Lo apra esattamente come compare nel messaggio.",
    },
    not_allowed: Notice {
        title: "Qui non è possibile",
        lead: "Questo indirizzo non accetta richieste di questo tipo.",
        next: "Ha un link? Lo apra esattamente come compare nel messaggio.",
    },
    not_found: Notice {
        title: "A questo indirizzo non c’è nulla",
        lead: "L’indirizzo potrebbe non essere stato copiato per intero.",
        next: "Ha un link? Lo apra esattamente come compare nel messaggio.",
    },
    trouble: Notice {
        title: "Al momento non funziona",
        lead: "Il problema è da questa parte, non nel suo link.",
        next: "Attenda un minuto, poi riapra il link.",
    },
    help: "Aiuto",
    privacy: "Questa pagina non usa cookie e non carica nulla da altri siti.",
};
