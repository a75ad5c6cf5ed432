//! The words of the mail that signs a person in, where they are others than those of the deployment mail.

use model::Language;

use super::{ARABIC, DUTCH, ENGLISH, FRENCH, GERMAN, ITALIAN, PORTUGUESE, SPANISH, Words};

impl Words {
    /// The words of a language for that mail.
    pub(in crate::mail) fn of_sign_in(language: Language) -> Self {
        match language {
            Language::English => Self {
                subject: "Sign in to your phone’s page",
                preheader: "The link works once, within an hour.",
                title: "Sign in to your phone’s page",
                takes: ", somebody, probably you, asked for this link. It leads to the page where you set up your softphone and see your devices.",
                button: "Sign in",
                press: "The link works once, within an hour.",
                open: "Open this address and press the button there:",
                private: "You did not ask for it? Then do nothing: without the link nobody gets in. Please do not pass it on.",
                ..ENGLISH
            },
            Language::German => Self {
                subject: "Anmelden auf der Seite Ihres Telefons",
                preheader: "Der Link gilt einmal, eine Stunde lang.",
                title: "Anmelden auf der Seite Ihres Telefons",
                takes: ", jemand, vermutlich Sie, hat diesen Link angefordert. Er führt auf die Seite, auf der Sie Ihr Softphone einrichten und Ihre Geräte sehen.",
                button: "Anmelden",
                press: "Der Link gilt einmal, eine Stunde lang.",
                open: "Öffnen Sie diese Adresse und drücken Sie dort auf den Knopf:",
                private: "Sie haben ihn nicht angefordert? Dann tun Sie nichts: Ohne den Link kommt niemand hinein. Bitte geben Sie ihn nicht weiter.",
                ..GERMAN
            },
            Language::French => Self {
                subject: "Connectez-vous à la page de votre téléphone",
                preheader: "Le lien fonctionne une fois, pendant une heure.",
                title: "Connectez-vous à la page de votre téléphone",
                takes: ", quelqu’un, probablement vous, a demandé ce lien. Il mène à la page où vous configurez votre softphone et voyez vos appareils.",
                button: "Se connecter",
                press: "Le lien fonctionne une fois, pendant une heure.",
                open: "Ouvrez cette adresse et appuyez sur le bouton qui s’y trouve :",
                private: "Vous ne l’avez pas demandé ? Alors ne faites rien : sans le lien, personne n’entre. Merci de ne pas le transmettre.",
                ..FRENCH
            },
            Language::Spanish => Self {
                subject: "Entre en la página de su teléfono",
                preheader: "El enlace sirve una vez, durante una hora.",
                title: "Entre en la página de su teléfono",
                takes: ": alguien, probablemente usted, ha pedido este enlace. Lleva a la página donde configura su softphone y ve sus dispositivos.",
                button: "Entrar",
                press: "El enlace sirve una vez, durante una hora.",
                open: "Abra esta dirección y pulse allí el botón:",
                private: "¿No lo ha pedido? Entonces no haga nada: sin el enlace no entra nadie. No lo comparta, por favor.",
                ..SPANISH
            },
            Language::Italian => Self {
                subject: "Acceda alla pagina del suo telefono",
                preheader: "Il link funziona una volta, entro un’ora.",
                title: "Acceda alla pagina del suo telefono",
                takes: ", qualcuno, probabilmente lei, ha chiesto questo link. Porta alla pagina dove configura il suo softphone e vede i suoi dispositivi.",
                button: "Accedi",
                press: "Il link funziona una volta, entro un’ora.",
                open: "Apra questo indirizzo e prema il pulsante che trova lì:",
                private: "Non l’ha chiesto lei? Allora non faccia nulla: senza il link non entra nessuno. La preghiamo di non inoltrarlo.",
                ..ITALIAN
            },
            Language::Dutch => Self {
                subject: "Meld u aan op de pagina van uw telefoon",
                preheader: "De link werkt één keer, binnen een uur.",
                title: "Meld u aan op de pagina van uw telefoon",
                takes: ", iemand, waarschijnlijk uzelf, heeft om deze link gevraagd. Hij leidt naar de pagina waar u uw softphone instelt en uw apparaten ziet.",
                button: "Aanmelden",
                press: "De link werkt één keer, binnen een uur.",
                open: "Open dit adres en druk daar op de knop:",
                private: "Hebt u er niet om gevraagd? Doe dan niets: zonder de link komt niemand binnen. Geef hem niet door.",
                ..DUTCH
            },
            Language::Portuguese => Self {
                subject: "Entre na página do seu telefone",
                preheader: "A ligação funciona uma vez, durante uma hora.",
                title: "Entre na página do seu telefone",
                takes: ": alguém, provavelmente você, pediu esta ligação. Leva à página onde configura o seu softphone e vê os seus dispositivos.",
                button: "Entrar",
                press: "A ligação funciona uma vez, durante uma hora.",
                open: "Abra este endereço e prima ali o botão:",
                private: "Não a pediu? Então não faça nada: sem a ligação ninguém entra. Por favor, não a partilhe.",
                ..PORTUGUESE
            },
            Language::Arabic => Self {
                subject: "تسجيل الدخول إلى صفحة هاتفك",
                preheader: "يعمل الرابط مرة واحدة خلال ساعة.",
                title: "تسجيل الدخول إلى صفحة هاتفك",
                takes: "، طلب أحدهم هذا الرابط، وغالبًا أنت. يقود إلى الصفحة التي تُعدّ فيها هاتفك البرمجي وترى أجهزتك.",
                button: "تسجيل الدخول",
                press: "يعمل الرابط مرة واحدة خلال ساعة.",
                open: "افتح هذا العنوان واضغط الزر الموجود فيه:",
                private: "لم تطلبه؟ إذن لا تفعل شيئًا: لا يدخل أحد من دون الرابط. من فضلك لا تشاركه مع أحد.",
                ..ARABIC
            },
        }
    }
}
