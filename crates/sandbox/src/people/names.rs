//! Names of many languages and scripts, each with the ASCII spelling that logins and addresses are made of.

/// A name as it is written, and in ASCII letters.
pub(crate) type Name = (&'static str, &'static str);

/// The names of one language.
pub(crate) struct Culture {
    /// BCP 47.
    pub(crate) language: &'static str,
    /// Given names.
    pub(crate) given: &'static [Name],
    /// Family names.
    pub(crate) family: &'static [Name],
    /// Written in Latin letters with accents in every name: what a careless copy loses.
    pub(crate) accented: bool,
}

const fn culture(language: &'static str, accented: bool, given: &'static [Name], family: &'static [Name]) -> Culture {
    Culture { language, given, family, accented }
}

/// Every culture. No family name stands in two of them, so people of two cultures never have the same name.
pub(crate) static CULTURES: [Culture; 22] = [
    culture("en", false,
        &[("Ada", "ada"), ("Grace", "grace"), ("Alan", "alan"), ("Edith", "edith"), ("Hugh", "hugh"), ("Olive", "olive"), ("Ruth", "ruth"), ("Simon", "simon"), ("Walter", "walter"), ("Zoe", "zoe"), ("Harriet", "harriet"), ("Niall", "niall")],
        &[("Bailey", "bailey"), ("O'Brien", "obrien"), ("Fairweather", "fairweather"), ("Smith-Jones", "smithjones"), ("McAllister", "mcallister"), ("Okonkwo", "okonkwo"), ("Pemberton", "pemberton"), ("Quill", "quill"), ("Thorne", "thorne"), ("Whitaker", "whitaker"), ("Ashdown", "ashdown"), ("de la Mare", "delamare")]),
    culture("de", true,
        &[("Jürgen", "juergen"), ("Käthe", "kaethe"), ("Björn", "bjoern"), ("Günter", "guenter"), ("Bärbel", "baerbel"), ("Jörg", "joerg"), ("Änne", "aenne"), ("Sönke", "soenke"), ("Götz", "goetz"), ("Hänsel", "haensel"), ("Lütje", "luetje"), ("Rüdiger", "ruediger")],
        &[("Müller", "mueller"), ("Größe", "groesse"), ("Schäfer", "schaefer"), ("Köhler", "koehler"), ("Weiß", "weiss"), ("Jäger", "jaeger"), ("Böttcher", "boettcher"), ("von Bülow", "vonbuelow"), ("Krüger", "krueger"), ("Schröder", "schroeder"), ("Voß", "voss"), ("Nüßlein", "nuesslein")]),
    culture("fr", true,
        &[("Chloé", "chloe"), ("François", "francois"), ("Zoé", "zoe"), ("Rémi", "remi"), ("Hélène", "helene"), ("Jérôme", "jerome"), ("Noël", "noel"), ("Anaïs", "anais"), ("Théo", "theo"), ("Maëlle", "maelle"), ("Gaëtan", "gaetan"), ("Aimée", "aimee")],
        &[("Lefèvre", "lefevre"), ("Béranger", "beranger"), ("Crépin", "crepin"), ("D'Aubigné", "daubigne"), ("Guérin", "guerin"), ("L'Hôte", "lhote"), ("Mégret", "megret"), ("Pâris", "paris"), ("Rivière", "riviere"), ("Sénéchal", "senechal"), ("Thévenot", "thevenot"), ("Vérité", "verite")]),
    culture("es", true,
        &[("José", "jose"), ("Álvaro", "alvaro"), ("Begoña", "begona"), ("Inés", "ines"), ("Íñigo", "inigo"), ("Lucía", "lucia"), ("María", "maria"), ("Óscar", "oscar"), ("Raúl", "raul"), ("Sofía", "sofia"), ("Tomás", "tomas"), ("Úrsula", "ursula")],
        &[("García", "garcia"), ("Ibáñez", "ibanez"), ("López", "lopez"), ("Muñoz", "munoz"), ("Núñez", "nunez"), ("Ordóñez", "ordonez"), ("Pérez", "perez"), ("Rodríguez", "rodriguez"), ("Sánchez", "sanchez"), ("Vázquez", "vazquez"), ("Yáñez", "yanez"), ("Zúñiga", "zuniga")]),
    culture("pt", true,
        &[("João", "joao"), ("Antônia", "antonia"), ("Conceição", "conceicao"), ("Estêvão", "estevao"), ("Inácio", "inacio"), ("Luís", "luis"), ("Márcia", "marcia"), ("Otávio", "otavio"), ("Sebastião", "sebastiao"), ("Tânia", "tania"), ("Vitória", "vitoria"), ("Zélia", "zelia")],
        &[("Araújo", "araujo"), ("Brandão", "brandao"), ("Falcão", "falcao"), ("Gonçalves", "goncalves"), ("Leitão", "leitao"), ("Magalhães", "magalhaes"), ("Patrício", "patricio"), ("Simões", "simoes"), ("Trindade e Sá", "trindadeesa"), ("Vilhegas Conceição", "vilhegas"), ("Assunção", "assuncao"), ("Sampaio Fróis", "sampaio")]),
    culture("pl", true,
        &[("Łukasz", "lukasz"), ("Bożena", "bozena"), ("Grażyna", "grazyna"), ("Jędrzej", "jedrzej"), ("Michał", "michal"), ("Paweł", "pawel"), ("Rafał", "rafal"), ("Sławomir", "slawomir"), ("Świętosław", "swietoslaw"), ("Wiesława", "wieslawa"), ("Zdzisław", "zdzislaw"), ("Żaneta", "zaneta")],
        &[("Błaszczyk", "blaszczyk"), ("Dąbrowski", "dabrowski"), ("Gęsicka", "gesicka"), ("Jabłoński", "jablonski"), ("Kołodziej", "kolodziej"), ("Łęcka", "lecka"), ("Piątek", "piatek"), ("Świątek", "swiatek"), ("Wójcik", "wojcik"), ("Źrebiec", "zrebiec"), ("Żeromska", "zeromska"), ("Brzęczyszczykiewicz", "brzeczyszczykiewicz")]),
    culture("cs", true,
        &[("Tomáš", "tomas"), ("Anežka", "anezka"), ("Břetislav", "bretislav"), ("Jiří", "jiri"), ("Květa", "kveta"), ("Luděk", "ludek"), ("Matěj", "matej"), ("Ondřej", "ondrej"), ("Řehoř", "rehor"), ("Šárka", "sarka"), ("Věra", "vera"), ("Žofie", "zofie")],
        &[("Dvořák", "dvorak"), ("Čapková", "capkova"), ("Hájek", "hajek"), ("Krejčí", "krejci"), ("Němcová", "nemcova"), ("Pešek", "pesek"), ("Růžička", "ruzicka"), ("Šimek", "simek"), ("Třešňák", "tresnak"), ("Žižka", "zizka"), ("Vaněk", "vanek"), ("Ďurica", "durica")]),
    culture("sv", true,
        &[("Åsa", "asa"), ("Björk", "bjork"), ("Göran", "goran"), ("Håkan", "hakan"), ("Jörgen", "jorgen"), ("Kajsa-Märta", "kajsamarta"), ("Mårten", "marten"), ("Östen", "osten"), ("Pär", "par"), ("Sölve", "solve"), ("Torbjörn", "torbjorn"), ("Örjan", "orjan")],
        &[("Ångström", "angstrom"), ("Bäckman", "backman"), ("Ekelöf", "ekelof"), ("Fältskog", "faltskog"), ("Grönqvist", "gronqvist"), ("Häggström", "haggstrom"), ("Lindström", "lindstrom"), ("Nyström", "nystrom"), ("Öberg", "oberg"), ("Sjögren", "sjogren"), ("Åkesson", "akesson"), ("Wahlström", "wahlstrom")]),
    culture("da", true,
        &[("Søren", "soren"), ("Åge", "age"), ("Bjørn", "bjorn"), ("Grønne", "gronne"), ("Jørgen", "jorgen"), ("Kåre", "kare"), ("Maiken Bølle", "maiken"), ("Øjvind", "ojvind"), ("Rønne", "ronne"), ("Sørine", "sorine"), ("Tórbera", "torbera"), ("Ægir", "aegir")],
        &[("Kjærgaard", "kjaergaard"), ("Bødker", "bodker"), ("Døssing", "dossing"), ("Gøttsche", "gottsche"), ("Højlund", "hojlund"), ("Lærke", "laerke"), ("Møller", "moller"), ("Nørgaard", "norgaard"), ("Østergaard", "ostergaard"), ("Rømer", "romer"), ("Skjødt", "skjodt"), ("Ærø", "aero")]),
    culture("tr", true,
        &[("Ayşe", "ayse"), ("Çağla", "cagla"), ("Doğan", "dogan"), ("Gökçe", "gokce"), ("İbrahim", "ibrahim"), ("Müge", "muge"), ("Özlem", "ozlem"), ("Şükrü", "sukru"), ("Tuğba", "tugba"), ("Ümit", "umit"), ("Yağız", "yagiz"), ("Işıl", "isil")],
        &[("Çelik", "celik"), ("Aydoğan", "aydogan"), ("Bıyıklı", "biyikli"), ("Demirtaş", "demirtas"), ("Erdoğdu", "erdogdu"), ("Güneş", "gunes"), ("Kılıç", "kilic"), ("Öztürk", "ozturk"), ("Şahin", "sahin"), ("Türkoğlu", "turkoglu"), ("Yıldız", "yildiz"), ("Üstün", "ustun")]),
    culture("vi", true,
        &[("Thị Ánh", "anh"), ("Đức", "duc"), ("Hồng", "hong"), ("Hữu Lộc", "loc"), ("Kiều", "kieu"), ("Mỹ Lệ", "le"), ("Ngọc", "ngoc"), ("Phượng", "phuong"), ("Quốc", "quoc"), ("Thảo", "thao"), ("Tuấn", "tuan"), ("Xuân", "xuan")],
        &[("Nguyễn", "nguyen"), ("Trần", "tran"), ("Lê", "le"), ("Phạm", "pham"), ("Hoàng", "hoang"), ("Đặng", "dang"), ("Bùi", "bui"), ("Đỗ", "do"), ("Hồ", "ho"), ("Ngô", "ngo"), ("Dương", "duong"), ("Lý", "ly")]),
    culture("el", false,
        &[("Αθηνά", "athina"), ("Βασίλης", "vasilis"), ("Γεωργία", "georgia"), ("Δημήτρης", "dimitris"), ("Ελένη", "eleni"), ("Θεόδωρος", "theodoros"), ("Ιωάννα", "ioanna"), ("Κώστας", "kostas"), ("Μαρία", "maria"), ("Νίκος", "nikos"), ("Σοφία", "sofia"), ("Χρήστος", "christos")],
        &[("Αγγελόπουλος", "angelopoulos"), ("Βλάχου", "vlachou"), ("Γεωργίου", "georgiou"), ("Δούκας", "doukas"), ("Ζαχαρίου", "zachariou"), ("Καζαντζής", "kazantzis"), ("Λαμπράκη", "lambraki"), ("Μιχαηλίδης", "michailidis"), ("Οικονόμου", "oikonomou"), ("Παπαδάκη", "papadaki"), ("Σταθόπουλος", "stathopoulos"), ("Τσάκωνας", "tsakonas")]),
    culture("ru", false,
        &[("Анна", "anna"), ("Борис", "boris"), ("Вера", "vera"), ("Дмитрий", "dmitri"), ("Екатерина", "ekaterina"), ("Игорь", "igor"), ("Любовь", "lyubov"), ("Мария", "mariya"), ("Николай", "nikolai"), ("Ольга", "olga"), ("Сергей", "sergei"), ("Юлия", "yuliya")],
        &[("Александров", "aleksandrov"), ("Белова", "belova"), ("Воробьёв", "vorobyov"), ("Достоевская", "dostoevskaya"), ("Ершов", "ershov"), ("Журавлёва", "zhuravlyova"), ("Кузнецов", "kuznetsov"), ("Лебедева", "lebedeva"), ("Морозов", "morozov"), ("Сидорова", "sidorova"), ("Щукин", "shchukin"), ("Яковлева", "yakovleva")]),
    culture("uk", false,
        &[("Андрій", "andrii"), ("Богдана", "bohdana"), ("Євген", "yevhen"), ("Ірина", "iryna"), ("Їжакевич", "yizhak"), ("Леся", "lesia"), ("Мирослав", "myroslav"), ("Оксана", "oksana"), ("Соломія", "solomiia"), ("Тарас", "taras"), ("Юрій", "yurii"), ("Ярина", "yaryna")],
        &[("Бойко", "boiko"), ("Гнатюк", "hnatiuk"), ("Ґалаґан", "galagan"), ("Дем'яненко", "demianenko"), ("Євтушенко", "yevtushenko"), ("Іваненко", "ivanenko"), ("Ковальчук", "kovalchuk"), ("Лисенко", "lysenko"), ("Мельник", "melnyk"), ("Шевчук", "shevchuk"), ("Щербань", "shcherban"), ("Яремчук", "yaremchuk")]),
    culture("ar", false,
        &[("أحمد", "ahmad"), ("بشرى", "bushra"), ("حسن", "hasan"), ("خديجة", "khadija"), ("زينب", "zaynab"), ("سعيد", "said"), ("طارق", "tariq"), ("عائشة", "aisha"), ("فاطمة", "fatima"), ("ليلى", "layla"), ("محمد", "muhammad"), ("يوسف", "yusuf")],
        &[("الأنصاري", "alansari"), ("البغدادي", "albaghdadi"), ("التميمي", "altamimi"), ("الحداد", "alhaddad"), ("الخوري", "alkhoury"), ("الزهراني", "alzahrani"), ("السيد", "alsayyid"), ("الشامي", "alshami"), ("العمري", "alomari"), ("الفاسي", "alfasi"), ("المصري", "almasri"), ("النجار", "alnajjar")]),
    culture("he", false,
        &[("אברהם", "avraham"), ("אסתר", "ester"), ("דוד", "david"), ("חנה", "hana"), ("יעל", "yael"), ("יצחק", "yitzhak"), ("לאה", "lea"), ("משה", "moshe"), ("נועה", "noa"), ("רחל", "rachel"), ("שמואל", "shmuel"), ("תמר", "tamar")],
        &[("אדלר", "adler"), ("בן־דוד", "bendavid"), ("גולדשטיין", "goldstein"), ("הלוי", "halevi"), ("זילבר", "zilber"), ("כהן", "cohen"), ("לוינסון", "levinson"), ("מזרחי", "mizrahi"), ("פרידמן", "friedman"), ("צדוק", "tzadok"), ("רוזן", "rozen"), ("שפירא", "shapira")]),
    culture("fa", false,
        &[("آرش", "arash"), ("پروین", "parvin"), ("داریوش", "dariush"), ("ژاله", "zhaleh"), ("سیاوش", "siavash"), ("شیرین", "shirin"), ("فریدون", "fereydun"), ("کاوه", "kaveh"), ("گلناز", "golnaz"), ("مهتاب", "mahtab"), ("نرگس", "narges"), ("هوشنگ", "hushang")],
        &[("احمدی", "ahmadi"), ("پارسا", "parsa"), ("تهرانی", "tehrani"), ("جعفری", "jafari"), ("رستمی", "rostami"), ("شیرازی", "shirazi"), ("صادقی", "sadeghi"), ("فرهادی", "farhadi"), ("کاظمی", "kazemi"), ("گیلانی", "gilani"), ("مرادی", "moradi"), ("یزدانی", "yazdani")]),
    culture("hi", false,
        &[("अनिल", "anil"), ("आरती", "arati"), ("इंदिरा", "indira"), ("कविता", "kavita"), ("गणेश", "ganesh"), ("दीपक", "deepak"), ("नेहा", "neha"), ("प्रिया", "priya"), ("राजेश", "rajesh"), ("लक्ष्मी", "lakshmi"), ("विजय", "vijay"), ("सुनीता", "sunita")],
        &[("अग्रवाल", "agrawal"), ("कपूर", "kapoor"), ("गुप्ता", "gupta"), ("चतुर्वेदी", "chaturvedi"), ("जोशी", "joshi"), ("त्रिपाठी", "tripathi"), ("द्विवेदी", "dwivedi"), ("पटेल", "patel"), ("मिश्रा", "mishra"), ("यादव", "yadav"), ("शर्मा", "sharma"), ("सिंह", "singh")]),
    culture("th", false,
        &[("กมล", "kamon"), ("จันทร์", "chan"), ("ดวงใจ", "duangjai"), ("นภา", "napha"), ("ประเสริฐ", "prasert"), ("พรทิพย์", "phonthip"), ("มาลี", "mali"), ("รัตนา", "rattana"), ("วิชัย", "wichai"), ("ศิริพร", "siriphon"), ("สมชาย", "somchai"), ("อรุณ", "arun")],
        &[("แก้วมณี", "kaeomani"), ("จิตรดี", "chitdi"), ("ทองสุข", "thongsuk"), ("บุญมี", "bunmi"), ("พงษ์ไพร", "phongphrai"), ("มีสุข", "misuk"), ("รักไทย", "rakthai"), ("วงศ์ใหญ่", "wongyai"), ("ศรีสวัสดิ์", "sisawat"), ("สายทอง", "saithong"), ("สุวรรณ", "suwan"), ("อินทร์แก้ว", "inkaeo")]),
    culture("zh-Hans", false,
        &[("伟", "wei"), ("芳", "fang"), ("秀英", "xiuying"), ("敏", "min"), ("静怡", "jingyi"), ("丽华", "lihua"), ("强", "qiang"), ("磊", "lei"), ("晓明", "xiaoming"), ("子涵", "zihan"), ("建国", "jianguo"), ("雨桐", "yutong")],
        &[("王", "wang"), ("李", "li"), ("张", "zhang"), ("刘", "liu"), ("陈", "chen"), ("杨", "yang"), ("赵", "zhao"), ("黄", "huang"), ("周", "zhou"), ("欧阳", "ouyang"), ("司马", "sima"), ("徐", "xu")]),
    culture("ja", false,
        &[("陽翔", "haruto"), ("葵", "aoi"), ("さくら", "sakura"), ("健太", "kenta"), ("美咲", "misaki"), ("大輔", "daisuke"), ("ひなた", "hinata"), ("直樹", "naoki"), ("恵子", "keiko"), ("マリ", "mari"), ("翔太", "shota"), ("由美", "yumi")],
        &[("佐藤", "sato"), ("鈴木", "suzuki"), ("高橋", "takahashi"), ("田中", "tanaka"), ("渡辺", "watanabe"), ("伊藤", "ito"), ("山本", "yamamoto"), ("中村", "nakamura"), ("小林", "kobayashi"), ("吉田", "yoshida"), ("斎藤", "saito"), ("長谷川", "hasegawa")]),
    culture("ko", false,
        &[("민준", "minjun"), ("서연", "seoyeon"), ("지훈", "jihun"), ("하은", "haeun"), ("도윤", "doyun"), ("수아", "sua"), ("예준", "yejun"), ("지우", "jiu"), ("현우", "hyeonu"), ("유진", "yujin"), ("은지", "eunji"), ("태민", "taemin")],
        &[("김", "kim"), ("이", "yi"), ("박", "bak"), ("최", "choe"), ("정", "jeong"), ("강", "gang"), ("조", "jo"), ("윤", "yun"), ("장", "jang"), ("임", "im"), ("남궁", "namgung"), ("선우", "seonu")]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_for_logins_are_lower_case_ascii() {
        for culture in &CULTURES {
            for (written, plain) in culture.given.iter().chain(culture.family) {
                assert!(plain.chars().all(|c| c.is_ascii_lowercase()), "{written}: {plain}");
            }
        }
    }

    #[test]
    fn no_family_name_stands_in_two_cultures() {
        let mut seen = std::collections::HashSet::new();
        for (written, _) in CULTURES.iter().flat_map(|c| c.family) {
            assert!(seen.insert(written), "{written} stands twice");
        }
    }

    #[test]
    fn accented_cultures_lose_something_without_accents() {
        for (written, _) in CULTURES.iter().filter(|c| c.accented).flat_map(|c| c.given) {
            assert!(!written.is_ascii(), "{written}");
        }
    }
}
