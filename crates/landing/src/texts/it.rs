//! Italian.

use super::{Landing, Notice, Opening, Sheet, Texts, Typing};

pub(crate) static TEXTS: Texts = Texts {
    lang: "it",
    direction: "ltr",
    landing: Landing {
        title: "Configura il tuo softphone",
        lead: "Questo link porta il tuo numero di telefono in un’app. Basta un minuto.",
        here: "Su questo dispositivo",
        here_install: "Non è ancora installata? Scarica prima Linphone, poi torna su questa pagina.",
        open: "Apri l’app",
        scan: "Scansiona con un telefono",
        scan_install: "Installa Linphone sul telefono:",
        scan_choose: "Avvia l’app e scegli di scansionare un codice QR.",
        scan_hold: "Inquadra con il telefono il codice su questa pagina.",
        code: "Codice QR di questo link",
        address: "Niente fotocamera? Inserisci invece questo indirizzo nell’app:",
        keep: "Questo link è destinato a te. Chi lo possiede può configurare il tuo numero: non condividerlo.",
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
        next: "Usa il link dell’ultimo messaggio che hai ricevuto. Oppure fattene inviare uno nuovo all’indirizzo a cui hai ricevuto questo.",
    },
    renew: "Inviami un nuovo link",
    asked: Notice {
        title: "Controlla la tua posta",
        lead: "Se questo link era destinato a te e se ne può inviare uno nuovo, è in arrivo all’indirizzo a cui l’avevi ricevuto.",
        next: "Ancora nulla dopo dieci minuti? Chiedi a chi si occupa del tuo telefono.",
    },
    typing: Typing {
        title: "Inserisci il codice",
        lead: "Si trova accanto al codice QR nel messaggio o sul foglio: tre gruppi di quattro lettere e cifre.",
        label: "Codice",
        button: "Continua",
        wrong: "Questo codice non funziona (più). Confrontalo ancora una volta con il messaggio.",
    },
    sheet: Sheet {
        type_at: "Niente fotocamera? Apri questo indirizzo e inserisci il codice:",
        until: "Valido fino al",
    },
    busy: Notice {
        title: "Troppi tentativi",
        lead: "Dalla tua connessione troppi link o codici non hanno funzionato in poco tempo.",
        next: "Attendi qualche minuto, poi riprova.",
    },
    fine: Notice {
        title: "Questo server è attivo",
        lead: "Porta dal link di un messaggio al softphone. Qui non c’è altro da vedere.",
        next: "Hai un link? Aprilo esattamente come compare nel messaggio.",
    },
    not_allowed: Notice {
        title: "Qui non è possibile",
        lead: "Questo indirizzo non accetta richieste di questo tipo.",
        next: "Hai un link? Aprilo esattamente come compare nel messaggio.",
    },
    not_found: Notice {
        title: "A questo indirizzo non c’è nulla",
        lead: "L’indirizzo potrebbe non essere stato copiato per intero.",
        next: "Hai un link? Aprilo esattamente come compare nel messaggio.",
    },
    trouble: Notice {
        title: "Al momento non funziona",
        lead: "Il problema è da questa parte, non nel tuo link.",
        next: "Attendi un minuto, poi riapri il link.",
    },
    help: "Aiuto",
    privacy: "Questa pagina non usa cookie e non carica nulla da altri siti.",
};
