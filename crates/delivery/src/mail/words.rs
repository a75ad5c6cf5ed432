//! The words of the mails that ship, language by language, and what a day is called.

mod sign_in;

use model::{Language, Timestamp};

/// Every word of a mail in one language. Names may stand between `hello` and `takes`.
#[derive(Debug, Clone)]
pub(super) struct Words {
    subject: &'static str,
    /// What leads to the organisation's name in the subject.
    at: &'static str,
    preheader: &'static str,
    title: &'static str,
    hello: &'static str,
    takes: &'static str,
    button: &'static str,
    press: &'static str,
    computer: &'static str,
    camera: &'static str,
    code: &'static str,
    for_whom: &'static str,
    number: &'static str,
    profile: &'static str,
    until: &'static str,
    address: &'static str,
    questions: &'static str,
    private: &'static str,
    /// The text part's way in.
    open: &'static str,
    there: &'static str,
    /// Said of the QR code to those who cannot see it.
    pub(super) picture: &'static str,
    months: [&'static str; 12],
    /// What stands after the day, and after the month.
    between: [&'static str; 2],
}

impl Words {
    /// The words of a language.
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
            Language::French => &FRENCH,
            Language::Spanish => &SPANISH,
            Language::Italian => &ITALIAN,
            Language::Dutch => &DUTCH,
            Language::Portuguese => &PORTUGUESE,
            Language::Arabic => &ARABIC,
        }
    }

    /// Puts the words, which are of this language, where a part of the mail names them: `[[title]]`; `[[for:]]` is as wide as
    /// the other labels of its column.
    pub(super) fn fill(&self, language: Language, part: &str) -> String {
        let words = self;
        let rtl = language.is_right_to_left();
        let (start, end) = if rtl {
            ("right", "left")
        } else {
            ("left", "right")
        };
        let labels = [
            ("[[for:]]", words.for_whom),
            ("[[number:]]", words.number),
            ("[[profile:]]", words.profile),
            ("[[until:]]", words.until),
        ];
        let width = labels.iter().map(|(_, label)| label.chars().count()).max();
        let width = width.unwrap_or_default() + 3;
        let filled = labels.iter().fold(part.to_owned(), |text, (mark, label)| {
            text.replace(mark, &format!("{label:width$}"))
        });
        let rest = [
            ("[[language]]", language.code()),
            ("[[direction]]", if rtl { "rtl" } else { "ltr" }),
            ("[[start]]", start),
            ("[[end]]", end),
            // Letters that are joined are not moved together.
            ("[[tight]]", if rtl { "" } else { "letter-spacing:-.3px" }),
            ("[[subject]]", words.subject),
            ("[[at]]", words.at),
            ("[[preheader]]", words.preheader),
            ("[[title]]", words.title),
            ("[[hello]]", words.hello),
            ("[[takes]]", words.takes),
            ("[[button]]", words.button),
            ("[[press]]", words.press),
            ("[[computer]]", words.computer),
            ("[[camera]]", words.camera),
            ("[[code]]", words.code),
            ("[[for]]", words.for_whom),
            ("[[number]]", words.number),
            ("[[profile]]", words.profile),
            ("[[until]]", words.until),
            ("[[address]]", words.address),
            ("[[questions]]", words.questions),
            ("[[private]]", words.private),
            ("[[open]]", words.open),
            ("[[there]]", words.there),
        ];
        rest.iter()
            .fold(filled, |text, (mark, word)| text.replace(mark, word))
    }
}

/// A day as a letter in this language names it.
pub fn date(language: Language, at: Timestamp) -> String {
    let words = Words::of(language);
    let Ok(at) = jiff::Timestamp::from_millisecond(at.0) else {
        return String::new();
    };
    let day = at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let month = words.months[usize::try_from(day.month() - 1).unwrap_or_default()];
    let [after_day, after_month] = words.between;
    format!("{}{after_day}{month}{after_month}{}", day.day(), day.year())
}

const ENGLISH: Words = Words {
    subject: "Set up your softphone",
    at: " at ",
    preheader: "It takes a minute, and there is nothing to fill in.",
    title: "Your softphone is ready",
    hello: "Hello ",
    takes: ", setting it up takes a minute, and there is nothing to fill in.",
    button: "Set up this phone",
    press: "Press it on the phone you want to call with.",
    computer: "Reading this on a computer?",
    camera: "Point the phone’s camera at this picture. Or use the scanner inside the softphone app.",
    code: "Neither works? Open the address below and type this code:",
    for_whom: "For",
    number: "Your number",
    profile: "Profile",
    until: "Works until",
    address: "Address",
    questions: "Questions?",
    private: "The address is yours alone: please do not pass it on.",
    open: "On the phone you want to call with, open this address:",
    there: "Reading this on a computer? Open the address there: it shows a picture that your phone can scan.",
    picture: "The link as a QR code",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    between: [" ", " "],
};

const GERMAN: Words = Words {
    subject: "Richten Sie Ihr Softphone ein",
    at: " – ",
    preheader: "Es dauert eine Minute, und Sie müssen nichts ausfüllen.",
    title: "Ihr Softphone ist bereit",
    hello: "Guten Tag ",
    takes: ", die Einrichtung dauert eine Minute, und Sie müssen nichts ausfüllen.",
    button: "Dieses Telefon einrichten",
    press: "Tippen Sie auf dem Telefon darauf, mit dem Sie telefonieren möchten.",
    computer: "Lesen Sie das am Computer?",
    camera: "Richten Sie die Kamera des Telefons auf dieses Bild. Oder nutzen Sie den Scanner in der Softphone-App.",
    code: "Beides klappt nicht? Öffnen Sie die Adresse darunter und geben Sie diesen Code ein:",
    for_whom: "Für",
    number: "Ihre Nummer",
    profile: "Profil",
    until: "Gültig bis",
    address: "Adresse",
    questions: "Fragen?",
    private: "Die Adresse gilt nur für Sie: Bitte geben Sie sie nicht weiter.",
    open: "Öffnen Sie diese Adresse auf dem Telefon, mit dem Sie telefonieren möchten:",
    there: "Lesen Sie das am Computer? Öffnen Sie die Adresse dort: Sie zeigt ein Bild, das Ihr Telefon scannen kann.",
    picture: "Der Link als QR-Code",
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    between: [". ", " "],
};

const FRENCH: Words = Words {
    subject: "Configurez votre softphone",
    at: " – ",
    preheader: "Cela prend une minute et il n’y a rien à remplir.",
    title: "Votre softphone est prêt",
    hello: "Bonjour ",
    takes: ", la configuration prend une minute et il n’y a rien à remplir.",
    button: "Configurer ce téléphone",
    press: "Appuyez dessus sur le téléphone avec lequel vous voulez appeler.",
    computer: "Vous lisez ce message sur un ordinateur ?",
    camera: "Dirigez l’appareil photo du téléphone vers cette image. Ou utilisez le scanner de l’application softphone.",
    code: "Rien de cela ne fonctionne ? Ouvrez l’adresse indiquée dessous et saisissez ce code :",
    for_whom: "Pour",
    number: "Votre numéro",
    profile: "Profil",
    until: "Valable jusqu’au",
    address: "Adresse",
    questions: "Des questions ?",
    private: "Cette adresse est personnelle : merci de ne pas la transmettre.",
    open: "Sur le téléphone avec lequel vous voulez appeler, ouvrez cette adresse :",
    there: "Vous lisez ce message sur un ordinateur ? Ouvrez-y l’adresse : elle affiche une image que votre téléphone peut scanner.",
    picture: "Le lien sous forme de code QR",
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    between: [" ", " "],
};

const SPANISH: Words = Words {
    subject: "Configure su softphone",
    at: " – ",
    preheader: "Solo lleva un minuto y no hay nada que rellenar.",
    title: "Su softphone está listo",
    hello: "Hola, ",
    takes: ": la configuración lleva un minuto y no hay nada que rellenar.",
    button: "Configurar este teléfono",
    press: "Púlselo en el teléfono con el que quiere llamar.",
    computer: "¿Lee este mensaje en un ordenador?",
    camera: "Apunte con la cámara del teléfono a esta imagen. O use el escáner de la aplicación de softphone.",
    code: "¿No funciona nada de eso? Abra la dirección que está debajo y escriba este código:",
    for_whom: "Para",
    number: "Su número",
    profile: "Perfil",
    until: "Válido hasta el",
    address: "Dirección",
    questions: "¿Preguntas?",
    private: "La dirección es solo para usted: no la comparta, por favor.",
    open: "En el teléfono con el que quiere llamar, abra esta dirección:",
    there: "¿Lee este mensaje en un ordenador? Abra allí la dirección: muestra una imagen que su teléfono puede escanear.",
    picture: "El enlace como código QR",
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    between: [" de ", " de "],
};

const ITALIAN: Words = Words {
    subject: "Configuri il suo softphone",
    at: " – ",
    preheader: "Basta un minuto e non c’è nulla da compilare.",
    title: "Il suo softphone è pronto",
    hello: "Buongiorno ",
    takes: ", la configurazione richiede un minuto e non c’è nulla da compilare.",
    button: "Configura questo telefono",
    press: "Lo prema sul telefono con cui desidera chiamare.",
    computer: "Sta leggendo al computer?",
    camera: "Inquadri questa immagine con la fotocamera del telefono. Oppure usi lo scanner dell’app del softphone.",
    code: "Non funziona nessuno dei due? Apra l’indirizzo qui sotto e digiti questo codice:",
    for_whom: "Per",
    number: "Il suo numero",
    profile: "Profilo",
    until: "Valido fino al",
    address: "Indirizzo",
    questions: "Domande?",
    private: "L’indirizzo è solo suo: la preghiamo di non inoltrarlo.",
    open: "Sul telefono con cui desidera chiamare, apra questo indirizzo:",
    there: "Sta leggendo al computer? Apra lì l’indirizzo: mostra un’immagine che il telefono può scansionare.",
    picture: "Il link come codice QR",
    months: [
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ],
    between: [" ", " "],
};

const DUTCH: Words = Words {
    subject: "Stel uw softphone in",
    at: " – ",
    preheader: "Het duurt een minuut en u hoeft niets in te vullen.",
    title: "Uw softphone staat klaar",
    hello: "Hallo ",
    takes: ", instellen duurt een minuut en u hoeft niets in te vullen.",
    button: "Deze telefoon instellen",
    press: "Tik erop op de telefoon waarmee u wilt bellen.",
    computer: "Leest u dit op een computer?",
    camera: "Richt de camera van de telefoon op deze afbeelding. Of gebruik de scanner in de softphone-app.",
    code: "Werkt geen van beide? Open het adres eronder en typ deze code:",
    for_whom: "Voor",
    number: "Uw nummer",
    profile: "Profiel",
    until: "Geldig tot en met",
    address: "Adres",
    questions: "Vragen?",
    private: "Het adres is alleen voor u: geef het niet door.",
    open: "Open dit adres op de telefoon waarmee u wilt bellen:",
    there: "Leest u dit op een computer? Open het adres daar: u ziet een afbeelding die uw telefoon kan scannen.",
    picture: "De link als QR-code",
    months: [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
    between: [" ", " "],
};

const PORTUGUESE: Words = Words {
    subject: "Configure o seu softphone",
    at: " – ",
    preheader: "Demora um minuto e não é preciso preencher nada.",
    title: "O seu softphone está pronto",
    hello: "Olá, ",
    takes: ": a configuração demora um minuto e não é preciso preencher nada.",
    button: "Configurar este telefone",
    press: "Toque nele no telefone com que quer ligar.",
    computer: "Está a ler isto num computador?",
    camera: "Aponte a câmara do telefone para esta imagem. Ou use o leitor da aplicação de softphone.",
    code: "Nada disto funciona? Abra o endereço que está por baixo e escreva este código:",
    for_whom: "Para",
    number: "O seu número",
    profile: "Perfil",
    until: "Válido até",
    address: "Endereço",
    questions: "Dúvidas?",
    private: "O endereço é só seu: por favor, não o partilhe.",
    open: "No telefone com que quer ligar, abra este endereço:",
    there: "Está a ler isto num computador? Abra lá o endereço: mostra uma imagem que o seu telefone pode ler.",
    picture: "A ligação como código QR",
    months: [
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ],
    between: [" de ", " de "],
};

const ARABIC: Words = Words {
    subject: "إعداد هاتفك البرمجي",
    at: " – ",
    preheader: "يستغرق الأمر دقيقة واحدة، ولا حاجة إلى ملء أي بيانات.",
    title: "هاتفك البرمجي جاهز",
    hello: "مرحبًا ",
    takes: "، يستغرق الإعداد دقيقة واحدة، ولا حاجة إلى ملء أي بيانات.",
    button: "إعداد هذا الهاتف",
    press: "اضغط عليه من الهاتف الذي تريد الاتصال به.",
    computer: "هل تقرأ هذه الرسالة على حاسوب؟",
    camera: "وجّه كاميرا الهاتف نحو هذه الصورة، أو استخدم الماسح داخل تطبيق الهاتف البرمجي.",
    code: "ألم ينجح أيٌّ منهما؟ افتح العنوان الموجود أسفله واكتب هذا الرمز:",
    for_whom: "إلى",
    number: "رقمك",
    profile: "الملف التعريفي",
    until: "صالح حتى",
    address: "العنوان",
    questions: "هل لديك أسئلة؟",
    private: "هذا العنوان خاص بك وحدك، فلا تشاركه مع أحد.",
    open: "افتح هذا العنوان على الهاتف الذي تريد الاتصال به:",
    there: "هل تقرأ هذه الرسالة على حاسوب؟ افتح العنوان عليه، وستظهر صورة يمكن لهاتفك مسحها.",
    picture: "الرابط على هيئة رمز QR",
    months: [
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ],
    between: [" ", " "],
};
