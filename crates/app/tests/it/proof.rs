//! The proof: a thousand people whose every field bears a mark are deployed, and their links are visited in every way. Then
//! everything that the redirect server wrote, told and was told is searched for the marks in every form, and its memory too.
//! There are none, and a stolen copy of its store is worth nothing.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{StreamExt, stream};
use peers::{Baresip, Kamailio, Linphone, Port, Program};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use users::columns::Column;

use crate::{
    marks::{NUMBER, Search, TEXT, files, mark},
    office::settled,
    stand_alone::Alone,
    story::{DOMAIN, ha1, profile},
};

const PEOPLE: usize = 1_000;
/// Visitors at the same time.
const BESIDE: usize = 12;
const LIMIT: Duration = Duration::from_mins(1);
const MARK: &str = "x-linphone-provisioning";

/// How a person's link is visited.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Visit {
    Crawler,
    Head,
    Prefetch,
    Phone,
    Desktop,
    Opening,
    /// A first-time phone with Linphone's mark, sent on to the origin.
    Linphone,
    /// A first-time phone that asks by POST, sent on too.
    Baresip,
    Code,
    Renewal,
    UsedUp,
    Expired,
    Superseded,
    Revoked,
}

const VISITS: [Visit; 14] = [
    Visit::Crawler,
    Visit::Head,
    Visit::Prefetch,
    Visit::Phone,
    Visit::Desktop,
    Visit::Opening,
    Visit::Linphone,
    Visit::Baresip,
    Visit::Code,
    Visit::Renewal,
    Visit::UsedUp,
    Visit::Expired,
    Visit::Superseded,
    Visit::Revoked,
];

impl Visit {
    fn of(n: usize) -> Self {
        VISITS[n % VISITS.len()]
    }

    /// Everybody who is visited so.
    fn people(self) -> impl Iterator<Item = usize> {
        (0..PEOPLE).filter(move |n| Self::of(*n) == self)
    }

    /// The profile of who is visited so.
    fn profile(self) -> &'static str {
        match self {
            Self::Baresip => "Desk",
            Self::UsedUp => "Single phone",
            _ => "Mobile",
        }
    }
}

/// Where visitor `n` comes from, as a proxy in front tells it.
fn address(n: usize) -> String {
    format!("10.{}.{}.177", n / 250, n % 250)
}

fn file_of_people() -> String {
    let cell = |n: usize, column: Column| match column {
        Column::Profile => Visit::of(n).profile().to_owned(),
        _ => mark(column, n),
    };
    let line = |cells: [String; 21]| cells.join(",") + "\n";
    let head = line(Column::ALL.map(|column| column.title().to_owned()));
    (0..PEOPLE).fold(head, |file, n| {
        file + &line(Column::ALL.map(|column| cell(n, column)))
    })
}

/// Stands before the redirect server and keeps all that goes in and out, each direction of each connection apart.
struct Tap {
    port: Port,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Tap {
    async fn start(to: u16) -> Self {
        let port = Port::free().unwrap();
        let listener = TcpListener::bind(("127.0.0.1", port.number)).await.unwrap();
        let kept = Arc::default();
        let keeps = Arc::clone(&kept);
        tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)).await else {
                    continue;
                };
                let ((from_visitor, to_visitor), (from_server, to_server)) =
                    (visitor.into_split(), server.into_split());
                tokio::spawn(pass_on(from_visitor, to_server, Arc::clone(&keeps)));
                tokio::spawn(pass_on(from_server, to_visitor, Arc::clone(&keeps)));
            }
        });
        Self { port, kept }
    }
}

async fn pass_on(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
) {
    let place = {
        let mut kept = kept.lock().unwrap();
        kept.push(Vec::new());
        kept.len() - 1
    };
    let mut piece = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut piece).await {
        kept.lock().unwrap()[place].extend_from_slice(&piece[..count]);
        if to.write_all(&piece[..count]).await.is_err() {
            return;
        }
    }
}

/// A server, and a redirect server that logs all it can, set up as an operator does.
struct Scene {
    origin: Alone,
    redirect: Program,
    tap: Tap,
    port: Port,
    metrics: Port,
    registrar: Kamailio,
    letters: HashMap<String, Value>,
}

impl Scene {
    async fn open() -> Self {
        let (port, metrics) = (Port::free().unwrap(), Port::free().unwrap());
        let tap = Tap::start(port.number).await;
        let public = format!("http://127.0.0.1:{}", tap.port.number);
        let more = format!("\n[redirect]\nurl = \"{public}\"\norigin = \"hq\"\n");
        let origin = Alone::with(&more).await;
        let settings = origin.folder.path().join("redirect.toml");
        let text = format!(
            "listen = \"127.0.0.1:{}\"\npublic_url = \"{public}\"\ndata = \"redirect\"\n\
             metrics = \"127.0.0.1:{}\"\ntrusted_proxies = [\"127.0.0.1\"]\n",
            port.number, metrics.number
        );
        fs::write(&settings, text).unwrap();
        let settings = settings.to_str().unwrap();
        let program = env!("CARGO_BIN_EXE_rollcall");
        let key = origin.get("/publication-key").await;
        let add = ["redirect", "origins", "add", "hq", "--url", &origin.address];
        let with = [
            "--key",
            key["key"].as_str().unwrap(),
            "--settings",
            settings,
        ];
        let added = Command::new(program).args(add).args(with).output().unwrap();
        assert!(added.status.success(), "{added:?}");
        let role = ["redirect", "--settings", settings];
        let redirect = Program::start_with(program, role, [("RUST_LOG", "debug")]).unwrap();
        let scene = Self {
            origin,
            redirect,
            tap,
            port,
            metrics,
            registrar: Kamailio::start().await.unwrap(),
            letters: HashMap::new(),
        };
        let ready = async || {
            let asked = scene
                .origin
                .http
                .get(format!("{public}/readyz"))
                .send()
                .await;
            asked
                .is_ok_and(|answer| answer.status() == 200)
                .then_some(())
        };
        peers::wait_for("the redirect server", LIMIT, ready)
            .await
            .unwrap();
        scene
    }

    /// Imports everybody and sends everybody a mail, in both of which every mark is.
    async fn deploy(&mut self) {
        let registrar = self.registrar.address();
        let mobile = profile("Mobile", "linphone", "redirect", &registrar);
        let desk = profile("Desk", "baresip", "redirect", &registrar);
        let mut single = profile("Single phone", "baresip", "redirect", &registrar);
        single["settings"]["devices"] = json!(1);
        for wanted in [mobile, desk, single] {
            self.origin.post("/profiles", wanted).await;
        }
        let part = |head: &str, body: &str| {
            format!("--marks\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
        };
        let body = part("name=\"profile\"", "csv")
            + &part("name=\"file\"; filename=\"people.csv\"", &file_of_people())
            + "--marks--\r\n";
        let url = format!("{}/api/v1/csv-imports", self.origin.address);
        let request = self
            .origin
            .http
            .post(url)
            .header("cookie", &self.origin.cookie);
        let request = request
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "multipart/form-data; boundary=marks");
        let answer = request.body(body).send().await.unwrap();
        let plan: Value = answer.json().await.unwrap();
        assert_eq!(plan["create"], PEOPLE, "{plan}");
        self.origin
            .post("/imports", json!({"plan": plan["id"]}))
            .await;
        self.settled().await;
        self.origin
            .post("/deployments", json!({"selection": {"all": true}}))
            .await;
        self.settled().await;
        self.letters = self.letters().await;
        assert_eq!(self.letters.len(), PEOPLE, "a letter to everybody");
    }

    /// Every caught mail by its recipient.
    async fn letters(&self) -> HashMap<String, Value> {
        let (mut letters, mut path) = (HashMap::new(), "/api/messages?limit=500".to_owned());
        loop {
            let url = format!("{}{path}", self.origin.catcher);
            let page = self.origin.http.get(url).send().await.unwrap();
            let page: Value = page.json().await.unwrap();
            for letter in page["items"].as_array().unwrap() {
                let to = letter["to"][0].as_str().unwrap().to_lowercase();
                letters.insert(to, letter.clone());
            }
            match page["next"].as_u64() {
                Some(next) => path = format!("/api/messages?limit=500&after={next}"),
                None => return letters,
            }
        }
    }

    async fn settled(&self) {
        settled(async || self.origin.get("/summary").await).await;
    }

    fn letter(&self, n: usize) -> &Value {
        &self.letters[&mark(Column::Email, n).to_lowercase()]
    }

    fn link(&self, n: usize) -> &str {
        self.letter(n)["links"][0].as_str().unwrap()
    }

    fn ticket(&self, n: usize) -> &str {
        self.link(n).rsplit_once('/').unwrap().1
    }

    /// Somebody asks, from an address of their own.
    async fn asks(
        &self,
        n: usize,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
    ) -> Response {
        let mut request = self.origin.http.request(method, url);
        request = request.header("x-forwarded-for", address(n));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    /// A first-time phone is sent on to the origin and asks there: its configuration, which is this person's.
    async fn fetches(&self, n: usize, method: Method, headers: &[(&str, &str)]) -> String {
        let sent_on = self.asks(n, method.clone(), self.link(n), headers).await;
        assert!(sent_on.status().is_redirection(), "{}", sent_on.status());
        let place = sent_on.headers()["location"].to_str().unwrap();
        assert!(place.starts_with(&self.origin.address), "{place}");
        let given = self.asks(n, method, place, headers).await;
        assert_eq!(given.status(), 200);
        let text = given.text().await.unwrap();
        assert!(text.contains(&mark(Column::LastName, n)), "{text}");
        text
    }

    async fn visit(&self, n: usize) {
        let link = self.link(n);
        let get = async |headers: &[(&str, &str)]| {
            assert_eq!(self.asks(n, Method::GET, link, headers).await.status(), 200);
        };
        match Visit::of(n) {
            Visit::Crawler => {
                for _ in 0..3 {
                    get(&[("user-agent", "ExampleScanner/1.0"), ("accept", "*/*")]).await;
                }
            }
            Visit::Head => {
                let answer = self.asks(n, Method::HEAD, link, &[]).await;
                assert_eq!(answer.status(), 200);
            }
            Visit::Prefetch => get(&[("sec-purpose", "prefetch"), ("accept", "text/html")]).await,
            Visit::Phone => get(&[("user-agent", "Mozilla/5.0 (Linux; Android 15)")]).await,
            Visit::Desktop => get(&[("user-agent", "Mozilla/5.0 (X11; Linux x86_64)")]).await,
            Visit::Opening => {
                let button = format!("{link}/opening");
                let answer = self.asks(n, Method::POST, &button, &[]).await;
                assert_eq!(answer.status(), 303);
            }
            Visit::Linphone => drop(self.fetches(n, Method::GET, &[(MARK, "1")]).await),
            Visit::Baresip | Visit::UsedUp => drop(self.fetches(n, Method::POST, &[]).await),
            Visit::Code => self.types_the_code(n).await,
            Visit::Renewal => self.asks_for_a_new_one(n).await,
            Visit::Expired | Visit::Superseded | Visit::Revoked => {}
        }
    }

    async fn types_the_code(&self, n: usize) {
        let url = format!("http://127.0.0.1:{}/c/hq", self.tap.port.number);
        let code = self.letter(n)["code"].as_str().unwrap();
        let request = self
            .origin
            .http
            .post(url)
            .header("x-forwarded-for", address(n));
        let led = request.form(&[("code", code)]).send().await.unwrap();
        assert_eq!(led.status(), 303);
        let place = led.headers()["location"].to_str().unwrap();
        assert_eq!(self.asks(n, Method::GET, place, &[]).await.status(), 200);
    }

    async fn asks_for_a_new_one(&self, n: usize) {
        let button = format!("{}/renewal", self.link(n));
        assert_eq!(self.asks(n, Method::POST, &button, &[]).await.status(), 200);
    }

    /// Ends links in every way; those of the used-up ones ended by being used.
    async fn end_links(&self) {
        let ids = self.ids().await;
        let selection = |visit: Visit| {
            let ids: Vec<_> = visit
                .people()
                .map(|n| &ids[&mark(Column::LastName, n)])
                .collect();
            json!({"selection": {"ids": ids}})
        };
        self.origin
            .post("/deployments", selection(Visit::Superseded))
            .await;
        self.origin
            .post("/deletions", selection(Visit::Revoked))
            .await;
        let hashes = Visit::Expired
            .people()
            .map(|n| Sha256::digest(self.ticket(n)));
        let hashes: Vec<_> = hashes.map(|hash| format!("x'{}'", hex(&hash))).collect();
        let sql = format!(
            "UPDATE link SET expires = 1 WHERE ticket IN ({})",
            hashes.join(",")
        );
        sqlite(&self.store(), &sql);
    }

    /// Users' ids by their last names.
    async fn ids(&self) -> HashMap<String, String> {
        let (mut ids, mut path) = (HashMap::new(), "/users?limit=500".to_owned());
        loop {
            let page = self.origin.get(&path).await;
            for user in page["items"].as_array().unwrap() {
                let text = |name: &str| user[name].as_str().unwrap().to_owned();
                ids.insert(text("last_name"), text("id"));
            }
            match page["next"].as_str() {
                Some(next) => path = format!("/users?limit=500&after={next}"),
                None => return ids,
            }
        }
    }

    /// A dead link is refused in every way, and a new one is asked for where it is.
    async fn visit_dead(&self, n: usize) {
        let dead = async || {
            let answer = self.asks(n, Method::GET, self.link(n), &[]).await;
            (answer.status() == 410).then_some(())
        };
        let what = format!("the end of a link ({:?})", Visit::of(n));
        peers::wait_for(&what, LIMIT, dead).await.unwrap();
        let app = self
            .asks(n, Method::GET, self.link(n), &[(MARK, "1")])
            .await;
        let post = self.asks(n, Method::POST, self.link(n), &[]).await;
        assert_eq!((app.status().as_u16(), post.status().as_u16()), (410, 410));
        self.asks_for_a_new_one(n).await;
    }

    /// Real clients: a browser on a phone and on a desktop, a Linphone, a baresip that registers with what it gets.
    async fn visit_with_real_clients(&self) {
        let person = |visit: Visit| visit.people().next().unwrap();
        let phone = "--user-agent=Mozilla/5.0 (Linux; Android 15; Pixel 9) Mobile";
        let browsers = [
            (Visit::Phone, ["--window-size=390,844", phone]),
            (Visit::Desktop, ["--window-size=1280,900", "--lang=de"]),
        ];
        for (visit, arguments) in browsers {
            let shown = chromium(self.link(person(visit)), &arguments).await;
            assert!(shown.contains("/opening"), "{shown}");
        }
        // This version follows no redirect; it has asked all the same, as phones do the first time.
        let mut linphone = Linphone::provision(self.link(person(Visit::Linphone)), None)
            .await
            .unwrap();
        let told = linphone.http_status_lines();
        assert!(told.iter().any(|line| line.contains(" 302")), "{told:?}");
        linphone.quit().await.unwrap();
        let desk = Visit::Baresip.people().nth(1).unwrap();
        let accounts = self.fetches(desk, Method::POST, &[]).await;
        let part = |name: &str| {
            let (_, rest) = accounts.split_once(name).unwrap();
            rest.split([';', '\n']).next().unwrap().trim()
        };
        let (user, password) = (part("auth_user="), part("auth_pass="));
        assert!(user.contains(TEXT) && password.contains(TEXT), "{accounts}");
        let hash = ha1(user, password);
        self.registrar
            .set_subscriber(user, DOMAIN, &hash)
            .await
            .unwrap();
        let phone = Baresip::register(&accounts).await.unwrap();
        assert!(phone.registered(), "{}", phone.output());
    }

    fn store(&self) -> std::path::PathBuf {
        self.origin.folder.path().join("redirect/redirect.sqlite")
    }

    /// What the redirect server wrote and tells: its files, its log, its metrics.
    async fn written(&self) -> Vec<(String, Vec<u8>)> {
        let folder = self.origin.folder.path().join("redirect");
        let file = |path: std::path::PathBuf| (path.display().to_string(), fs::read(path).unwrap());
        let mut written: Vec<_> = files(&folder).into_iter().map(file).collect();
        let log = self.redirect.stdout() + &self.redirect.stderr();
        written.push(("its log".to_owned(), log.into_bytes()));
        let url = format!("http://127.0.0.1:{}/metrics", self.metrics.number);
        let metrics = self.origin.http.get(url).send().await.unwrap();
        written.push((
            "its metrics".to_owned(),
            metrics.bytes().await.unwrap().to_vec(),
        ));
        written
    }

    /// Everything about people's links that has no business with the redirect server: tickets, codes and their hashes, and
    /// visitors' addresses.
    fn secrets(&self) -> Search {
        let of_person = |n: usize| {
            let (ticket, code) = (self.ticket(n), self.letter(n)["code"].as_str().unwrap());
            let raw = URL_SAFE_NO_PAD.decode(ticket).unwrap();
            let bare = code.replace('-', "");
            [
                hex(&raw).into_bytes(),
                raw,
                ticket.as_bytes().to_vec(),
                Sha256::digest(code).to_vec(),
                Sha256::digest(&bare).to_vec(),
                code.as_bytes().to_vec(),
                bare.into_bytes(),
                address(n).into_bytes(),
            ]
        };
        Search::for_texts((0..PEOPLE).flat_map(of_person))
    }

    /// Tries every way in which what a thief finds in the store could be of use.
    async fn try_stolen(&self) {
        let folder = tempfile::tempdir().unwrap();
        for file in files(&self.origin.folder.path().join("redirect")) {
            fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
        }
        let store = folder.path().join("redirect.sqlite");
        let told = sqlite(
            &store,
            "SELECT lower(hex(ticket)) FROM link WHERE ended = 0",
        );
        let hashes: Vec<_> = told.lines().collect();
        assert!(hashes.len() > PEOPLE / 2, "{}", hashes.len());
        let own = format!("http://127.0.0.1:{}", self.tap.port.number);
        for (thief, hash) in hashes.iter().take(25).enumerate() {
            let bytes: Vec<u8> = (0..32)
                .map(|i| u8::from_str_radix(&hash[2 * i..2 * i + 2], 16).unwrap())
                .collect();
            let short = URL_SAFE_NO_PAD.encode(&bytes[..16]);
            for stolen in [(*hash).to_owned(), URL_SAFE_NO_PAD.encode(&bytes), short] {
                for link in [
                    format!("{own}/d/{stolen}"),
                    format!("{own}/x/hq/{stolen}"),
                    format!("{}/p/{stolen}", self.origin.address),
                    format!("{}/x/{stolen}", self.origin.address),
                ] {
                    let answer = self.asks(thief, Method::GET, &link, &[(MARK, "1")]).await;
                    assert_eq!(answer.status(), 410, "{link}");
                }
            }
            let typed = self.origin.http.post(format!("{own}/c/hq"));
            let typed = typed.header("x-forwarded-for", address(thief));
            let answer = typed.form(&[("code", &hash[..12])]).send().await.unwrap();
            assert_eq!(answer.status(), 410);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// What the real `sqlite3` answers.
fn sqlite(file: &Path, sql: &str) -> String {
    let mut asked = Command::new("sqlite3");
    let asked = asked
        .args(["-cmd", ".timeout 5000"])
        .arg(file)
        .arg(sql)
        .output()
        .unwrap();
    assert!(asked.status.success(), "{asked:?}");
    String::from_utf8(asked.stdout).unwrap()
}

/// Opens a link in a real browser; the page as it is then.
async fn chromium(link: &str, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut browser = tokio::process::Command::new("chromium");
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]);
    browser.arg(format!("--user-data-dir={}", folder.path().display()));
    let shown = browser.args(arguments).arg(link).output().await.unwrap();
    String::from_utf8(shown.stdout).unwrap()
}

async fn each(people: impl Iterator<Item = usize>, visit: impl AsyncFn(usize)) {
    stream::iter(people)
        .for_each_concurrent(BESIDE, |n| visit(n))
        .await;
}

/// A search that finds nothing has to find what is planted: a mark, amid what was searched.
fn finds_nothing(search: &Search, place: &str, text: &[u8], planted: &[u8]) {
    assert_eq!(search.first_in(text), None, "in {place}");
    let (before, after) = text.split_at(text.len() / 2);
    assert!(
        search
            .first_in(&[before, planted, after].concat())
            .is_some(),
        "in {place}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_about_a_thousand_marked_people_reaches_the_redirect_server() {
    let mut scene = Scene::open().await;
    scene.deploy().await;
    each(0..PEOPLE, async |n| scene.visit(n).await).await;
    scene.end_links().await;
    scene.visit_with_real_clients().await;
    let dead = [
        Visit::UsedUp,
        Visit::Expired,
        Visit::Superseded,
        Visit::Revoked,
    ];
    each(dead.into_iter().flat_map(Visit::people), async |n| {
        scene.visit_dead(n).await;
    })
    .await;

    let marks = Search::for_marks();
    let planted = mark(Column::LastName, 7);
    let memory = scene.redirect.pid().unwrap();
    let (searched, found) = marks.first_in_memory(memory);
    assert!(searched > 4 << 20, "{searched} bytes");
    assert_eq!(found, None, "in its memory");
    let kept = scene.tap.kept.lock().unwrap().clone();
    let publications = Search::for_texts([b"PUT /v1/links ".to_vec()]);
    assert!(
        kept.iter()
            .any(|bytes| publications.first_in(bytes).is_some())
    );
    for bytes in &kept {
        assert_eq!(marks.first_in(bytes), None, "on the wire");
    }
    finds_nothing(&marks, "the wire", &kept.concat(), planted.as_bytes());
    // The same search finds them where they belong: at the server.
    let server = scene.origin.server.pid().unwrap();
    assert!(marks.first_in_memory(server).1.is_some());
    let of_server = files(&scene.origin.folder.path().join("data"));
    assert!(
        of_server
            .iter()
            .any(|file| marks.first_in(&fs::read(file).unwrap()).is_some())
    );

    // Phones that have an account tell who they are wherever they ask.
    let (from, number) = (
        format!("<sip:{planted}@{DOMAIN}>"),
        mark(Column::DirectoryNumber, 7),
    );
    let agent = format!("LinphoneAndroid/5.2 ({number})");
    let telling = [
        (MARK, "1"),
        ("from", &from),
        ("user-agent", &agent),
        ("authorization", &from),
    ];
    each(0..40, async |n| {
        scene.asks(n, Method::GET, scene.link(n), &telling).await;
        let other = format!("{}?{from}", scene.link(n));
        scene.asks(n, Method::POST, &other, &telling).await;
    })
    .await;
    // What somebody is about to say is in memory, and is found there.
    let mut telling = TcpStream::connect(("127.0.0.1", scene.port.number))
        .await
        .unwrap();
    let half = format!("GET /d/x HTTP/1.1\r\nhost: go\r\nuser-agent: {agent}");
    telling.write_all(half.as_bytes()).await.unwrap();
    let in_memory = async || marks.first_in_memory(memory).1;
    let found = peers::wait_for("a mark in memory", LIMIT, in_memory)
        .await
        .unwrap();
    assert!(found.contains(NUMBER) || found.contains(TEXT), "{found}");

    let secrets = scene.secrets();
    for (place, text) in scene.written().await {
        finds_nothing(&marks, &place, &text, planted.as_bytes());
        finds_nothing(&secrets, &place, &text, scene.ticket(7).as_bytes());
    }
    // What it does know of a link is found: the hash of its ticket.
    let hash = Search::for_texts([Sha256::digest(scene.ticket(0)).to_vec()]);
    assert!(
        scene
            .written()
            .await
            .iter()
            .any(|(_, text)| hash.first_in(text).is_some())
    );
    scene.try_stolen().await;
}
