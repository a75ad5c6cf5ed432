//! Users out of CSV files, and into them: every row is shown with what is wrong with it before anything is done.

use std::io::Cursor;

use import::{
    Error,
    csv::{Asked, Faulty, Mapped, Mapping, Options, Which, shown},
};
use model::{
    JobId, Outcome, PersonFields, Query, Selection, User, UserId, plan::Action, selection::All,
    text::clean,
};
use proptest::prelude::*;
use sheets::{Book, Kind, Sheet};
use store::{
    jobs::{self, Job},
    plans::{self, ItemQuery, Plan},
    users::{self as kept, Own},
};
use users::{Export, columns::Column};

use crate::office::{Office, WORKER, admin};

pub(crate) const PLAIN: Options = Options {
    profile: Which::FromCsv,
    overwrite: false,
    clear: false,
    partial: false,
};
pub(crate) const OVERWRITE: Options = Options {
    overwrite: true,
    ..PLAIN
};

impl Office {
    async fn plan_file(&self, options: Options, file: impl Into<Vec<u8>>) -> Result<Plan, Error> {
        let file = Cursor::new(file.into());
        import::csv::plan(&self.store, options, file, &admin()).await
    }

    /// Plans the import of a file and carries it out.
    pub(crate) async fn import_file(&self, options: Options, file: impl Into<Vec<u8>>) -> Job {
        let plan = self.plan_file(options, file).await.unwrap();
        let id = import::csv::run(&self.store, plan.id, None, &admin()).await;
        self.carried_out(id.unwrap()).await
    }

    async fn carried_out(&self, id: JobId) -> Job {
        let job = self.claim(WORKER).await.unwrap();
        assert_eq!(job.id, id);
        assert_eq!(self.carry_out(&job, WORKER).await, Outcome::Done);
        let tx = self.store.begin().await.unwrap();
        assert!(jobs::complete(&tx, id).await.unwrap());
        tx.commit().await.unwrap();
        jobs::get(&self.store, id).await.unwrap()
    }

    pub(crate) async fn named(&self, last_name: &str) -> User {
        let all = self.users().await;
        let found = all.into_iter().find(|u| u.fields.last_name == last_name);
        found.unwrap_or_else(|| panic!("nobody is called {last_name}"))
    }

    pub(crate) async fn reasons(&self, plan: &Plan) -> Vec<String> {
        let query = ItemQuery {
            action: Some(Action::Skip),
            limit: 500,
            ..ItemQuery::default()
        };
        let items = plans::items(&self.store, plan.id, &query).await.unwrap();
        let rows = import::csv::rows(&self.store, plan, &items).await.unwrap();
        let rows = items.iter().map(|item| &rows[&item.n]);
        rows.map(|row| {
            let faults = row.faults.iter().map(|(c, m)| format!("{c} {m}"));
            format!("{}: {}", row.line, faults.collect::<Vec<_>>().join("; "))
        })
        .collect()
    }

    async fn exported(&self, columns: Vec<Column>) -> Vec<u8> {
        let mut export = Export::begin(&self.store, everybody(), columns, Kind::Csv, &admin())
            .await
            .unwrap();
        let mut file = Vec::new();
        while let Some(piece) = export.next(&self.store).await.unwrap() {
            file.extend(piece);
        }
        file
    }

    pub(crate) async fn faulty(&self, plan: &Plan) -> String {
        let mut faulty = Faulty::of(plan).unwrap();
        let mut file = Vec::new();
        while let Some(piece) = faulty.next(&self.store).await.unwrap() {
            file.extend(piece);
        }
        String::from_utf8(file).unwrap()
    }
}

fn everybody() -> Selection<UserId> {
    Selection::All {
        all: All,
        query: Query::default(),
        snapshot: None,
        except: vec![],
    }
}

#[tokio::test]
async fn a_file_is_understood_however_it_was_written_and_nothing_is_done_before_it_is_agreed_to() {
    for office in [Office::of(0).await, Office::on_postgres(0).await] {
        let text = "E-mail;Shoe size;SURNAME;Given name;Extension;Profile;Voicemail\r\n\
                    ada@example.org;38;Lovelace;\"Ada\";0042;office;*99\r\n\
                    grace@example.org;39;Höpper;'=Grace;1#001;;\r\n";
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let plan = office
            .plan_file(PLAIN, [&b"\xff\xfe"[..], &wide].concat())
            .await
            .unwrap();
        assert_eq!(
            (plan.counts.total, plan.counts.create),
            (2, 2),
            "{:?}",
            plan.counts
        );
        let told = shown(&plan).unwrap();
        assert_eq!(
            (told.encoding.as_str(), told.delimiter),
            ("UTF-16LE", Some(';'))
        );
        assert_eq!(told.headings[1], ("Shoe size".to_owned(), None));
        assert_eq!(told.headings[2].1.as_deref(), Some("last_name"));
        assert_eq!(office.count().await, 0);

        let id = import::csv::run(&office.store, plan.id, None, &admin())
            .await
            .unwrap();
        let job = office.carried_out(id).await;
        assert_eq!((job.done, job.failed), (2, 0));
        let again = import::csv::run(&office.store, plan.id, None, &admin())
            .await
            .unwrap();
        assert_eq!(again, id, "a plan is carried out once");
        let ada = office.named("Lovelace").await;
        assert_eq!((ada.entry, ada.profile), (None, Some(office.profile.id)));
        assert_eq!(ada.fields.directory_number, "0042");
        assert_eq!(ada.fields.voicemail_number, "*99");
        let grace = office.named("Höpper").await;
        assert_eq!(
            (grace.fields.first_name.as_str(), grace.profile),
            ("=Grace", None)
        );
    }
}

#[tokio::test]
async fn one_row_with_a_fault_stops_everything_unless_a_partial_import_is_allowed() {
    let office = Office::of(0).await;
    let file = "Last name,E-mail,Directory number,PBX SIP password,Profile\n\
                Lovelace,ada@example.org,42,hunter2,Office\n\
                ,nobody@example.org,,hunter2,\n\
                Hopper,grace,1E+05,hunter2,Nowhere\n\
                Johnson,kj@example.org,12a,,\n\
                Lovelace,ada@example.org,42,,\n";
    let plan = office.plan_file(PLAIN, file).await.unwrap();
    assert_eq!((plan.counts.total, plan.counts.create), (5, 1));
    assert_eq!(
        office.reasons(&plan).await,
        [
            "3: Last name is missing",
            "4: E-mail needs an @; Directory number was turned into a power of ten by a spreadsheet: \
             format its column as text; Profile names no profile of this system",
            "5: Directory number holds digits, * and # only",
            "6: The row stands in this file before (line 2)",
        ]
    );
    let refused = import::csv::run(&office.store, plan.id, None, &admin())
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Faulty(4)), "{refused}");
    assert_eq!(office.count().await, 0);

    let faulty = office.faulty(&plan).await;
    assert!(!faulty.contains("hunter2"), "{faulty}");
    let lines: Vec<_> = faulty.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(
        lines[0],
        "Last name,E-mail,Directory number,PBX SIP password,Profile,Line,Why it was not imported"
    );
    assert!(
        lines[1].starts_with(",nobody@example.org,,,,3,Last name is missing; passwords"),
        "{}",
        lines[1]
    );
    let job = import::csv::run(&office.store, plan.id, Some(true), &admin())
        .await
        .unwrap();
    assert_eq!(office.carried_out(job).await.done, 1);
    let ada = office.named("Lovelace").await;
    let held = kept::own_accounts(&office.store, &[ada.id]).await.unwrap();
    let opened = store::secrets::open(
        &office.store,
        store::secrets::Purpose::Sip,
        held[&ada.id].secret,
    )
    .await;
    assert_eq!(opened.unwrap().expose(), "hunter2");
}

#[tokio::test]
async fn an_empty_cell_keeps_or_clears_as_was_said_and_a_missing_column_always_keeps() {
    for office in [Office::of(0).await, Office::on_postgres(0).await] {
        let file = "Last name,First name,E-mail,Department,Login\nLovelace,Ada,ada@example.org,Research,ada\n";
        office.import_file(PLAIN, file).await;
        let ada = office.named("Lovelace").await;
        let rows = |cells: &str| format!("ID,First name,Department\n{},{cells}\n", ada.id);
        let keeps = office.plan_file(OVERWRITE, rows(",")).await.unwrap();
        assert_eq!((keeps.counts.keep, keeps.counts.update), (1, 0));
        office.import_file(OVERWRITE, rows("Augusta,<blank>")).await;
        let now = office.named("Lovelace").await;
        assert_eq!(
            (
                now.fields.first_name.as_str(),
                now.fields.department.as_str()
            ),
            ("Augusta", "")
        );
        assert_eq!(
            (now.fields.login.as_str(), now.version),
            ("ada", ada.version + 1)
        );
        let clear = Options {
            clear: true,
            ..OVERWRITE
        };
        office.import_file(clear, rows(",'<blank>")).await;
        let now = office.named("Lovelace").await;
        assert_eq!(
            (
                now.fields.first_name.as_str(),
                now.fields.department.as_str()
            ),
            ("", "<blank>")
        );
        assert_eq!(now.fields.email, "ada@example.org");
    }
}

#[tokio::test]
async fn an_id_is_of_this_system_and_overwrites_only_where_that_is_allowed() {
    let office = Office::of(0).await;
    office
        .import_file(PLAIN, "Last name,E-mail\nLovelace,ada@example.org\n")
        .await;
    let ada = office.named("Lovelace").await;
    let file = format!(
        "ID,Last name,E-mail\n{},Byron,ada@example.org\n{},Byron,a@example.org\nseven,Byron,b@example.org\n",
        ada.id,
        UserId::new(office.store.env())
    );
    let plan = office.plan_file(PLAIN, file.clone()).await.unwrap();
    assert_eq!((plan.counts.update, plan.counts.skip.len()), (0, 2));
    let plan = office.plan_file(OVERWRITE, file).await.unwrap();
    assert_eq!(plan.counts.update, 1);
    assert_eq!(
        office.reasons(&plan).await,
        [
            "3: ID is no ID of this system",
            "4: ID is no ID of this system"
        ]
    );
    // Somebody else changed her after the plan was shown.
    let tx = office.store.begin().await.unwrap();
    let changed = Own {
        id: ada.id,
        profile: None,
        fields: PersonFields {
            department: "Mathematics".to_owned(),
            ..ada.fields.clone()
        },
        ours: model::Ours::default(),
        secrets: kept::Secrets::default(),
    };
    kept::change_own(&tx, &[changed]).await.unwrap();
    tx.commit().await.unwrap();
    let job = import::csv::run(&office.store, plan.id, Some(true), &admin())
        .await
        .unwrap();
    let job = office.carried_out(job).await;
    assert_eq!((job.done, job.failed), (1, 1));
    assert_eq!(
        office.failed(job.id).await[0].refusal.code,
        "changed-since-plan"
    );
    assert_eq!(
        office.named("Lovelace").await.fields.department,
        "Mathematics"
    );
}

#[tokio::test]
async fn what_a_component_told_is_no_change_as_it_stands_and_is_refused_otherwise() {
    let office = Office::of(2).await;
    office.import(&office.plan_without_deploying().await).await;
    let people = office.users().await;
    let file = office.exported(vec![]).await;
    let plan = office.plan_file(OVERWRITE, file).await.unwrap();
    assert_eq!(
        (plan.counts.keep, plan.counts.total),
        (2, 2),
        "{:?}",
        plan.counts
    );
    let file = format!(
        "ID,Last name,Profile\n{},Byron,\n{},,Do not deploy\n",
        people[0].id, people[1].id
    );
    let partial = Options {
        partial: true,
        ..OVERWRITE
    };
    let plan = office.plan_file(partial, file.clone()).await.unwrap();
    let [refused] = &plan.counts.skip[..] else {
        panic!("{:?}", plan.counts)
    };
    assert!(
        refused.reason.contains("belongs to the component"),
        "{}",
        refused.reason
    );
    assert!(refused.hint.contains("Sync data"), "{}", refused.hint);
    office.import_file(partial, file).await;
    let now = office.users().await;
    assert_eq!(now[0], people[0]);
    assert_eq!((now[1].profile, &now[1].fields), (None, &people[1].fields));
}

#[tokio::test]
async fn bad_cells_are_told_with_line_and_column_and_never_with_their_value() {
    let office = Office::of(0).await;
    let long = "x".repeat(121);
    let cells = [
        ("First name", "a\u{7}b"),
        ("First name", long.as_str()),
        ("Directory number", "2024-01-01T00:00"),
        ("Directory number", "1e+05"),
        ("Directory number", "+49 30 1"),
        ("Language", "deutsch!"),
        ("PBX SIP host", "http://pbx"),
        ("PBX SIP user name", "ada@pbx"),
        ("Voicemail number", "star 99"),
        ("Client service host", "http://cs"),
        ("Client service port", "65536"),
        ("Voicemail PIN", "1\u{7}3"),
        ("Profile", "Zaphod's"),
        ("E-mail", "a@b@"),
        ("ID", "1"),
    ];
    for (heading, value) in cells {
        let heading_and_mail = match heading {
            "E-mail" => "E-mail,Last name".to_owned(),
            _ => format!("{heading},Last name,E-mail"),
        };
        let mail = if heading == "E-mail" {
            ""
        } else {
            ",ada@example.org"
        };
        let file = format!("{heading_and_mail}\n\"{value}\",Lovelace{mail}\n");
        let plan = office.plan_file(OVERWRITE, file).await.unwrap();
        let reasons = office.reasons(&plan).await;
        assert!(
            reasons[0].starts_with(&format!("2: {heading} ")),
            "{reasons:?}"
        );
        assert!(!reasons[0].contains(value), "{reasons:?}");
        assert!(!plan.counts.skip[0].hint.is_empty());
    }
    assert_eq!(office.count().await, 0);
}

#[tokio::test]
async fn numbers_that_may_have_lost_a_zero_are_warned_of() {
    let office = Office::of(0).await;
    let row = |n: i32| match n {
        7 => "P7,p7@example.org,42\n".to_owned(),
        n => format!("P{n},p{n}@example.org,10{n:02}\n"),
    };
    let rows: String = (0..40).map(row).collect();
    let file = format!("Last name,E-mail,Number\n{rows}");
    let plan = office.plan_file(PLAIN, file).await.unwrap();
    let warnings = shown(&plan).unwrap().warnings;
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0]
            .starts_with("Directory number in line 9 has fewer than the 4 digits of 39 others"),
        "{warnings:?}"
    );
}

impl Office {
    /// What is odd about the rows of a plan that are carried out.
    async fn warnings(&self, plan: &Plan) -> Vec<String> {
        let query = ItemQuery {
            limit: 500,
            ..ItemQuery::default()
        };
        let items = plans::items(&self.store, plan.id, &query).await.unwrap();
        let rows = import::csv::rows(&self.store, plan, &items).await.unwrap();
        let rows = items.iter().filter_map(|item| rows.get(&item.n));
        rows.filter(|row| !row.warnings.is_empty())
            .map(|row| {
                let said = row.warnings.iter().map(|(c, m)| format!("{c} {m}"));
                format!("{}: {}", row.line, said.collect::<Vec<_>>().join("; "))
            })
            .collect()
    }
}

#[tokio::test]
async fn who_is_here_already_or_shares_an_address_or_number_is_warned_of_and_imported() {
    for office in [Office::of(0).await, Office::on_postgres(0).await] {
        let file = "Last name,First name,E-mail,Number,PBX\n\
                    Lovelace,Ada,ada@example.org,42,HQ\n\
                    Hopper,Grace,grace@example.org,43,HQ\n";
        let plan = office.plan_file(PLAIN, file).await.unwrap();
        assert_eq!(office.warnings(&plan).await, Vec::<String>::new());
        office.import_file(PLAIN, file).await;
        let again = office.plan_file(PLAIN, file).await.unwrap();
        assert_eq!(
            office.warnings(&again).await,
            [
                "2: The row is about somebody who is here already (Ada Lovelace 42)",
                "3: The row is about somebody who is here already (Grace Hopper 43)",
            ]
        );
        let [warned] = &again.counts.warned[..] else {
            panic!("{:?}", again.counts)
        };
        assert_eq!((warned.count, again.counts.create), (2, 2));
        assert!(warned.hint.contains("ID"), "{}", warned.hint);
        // They are found by that reason.
        let query = ItemQuery {
            reason: Some(warned.code.clone()),
            limit: 10,
            ..ItemQuery::default()
        };
        let items = plans::items(&office.store, again.id, &query).await.unwrap();
        assert_eq!(items.len(), 2);

        // Nobody is their own double.
        let ada = office.named("Lovelace").await.id;
        let smaller = format!("ID,E-mail\n{ada},Ada@example.org\n");
        let plan = office.plan_file(OVERWRITE, smaller).await.unwrap();
        assert_eq!(plan.counts.update, 1);
        assert_eq!(office.warnings(&plan).await, Vec::<String>::new());

        let others = "Last name,E-mail,Number,PBX\n\
                      Byron,ADA@example.org,42,HQ\n\
                      King,king@example.org,43,\n\
                      Noel,noel@example.org,43,Branch\n\
                      Gordon,noel@example.org,43,branch\n";
        let plan = office.plan_file(PLAIN, others).await.unwrap();
        assert_eq!(
            office.warnings(&plan).await,
            [
                "2: E-mail is somebody’s who is here already (Ada Lovelace 42); \
                 Directory number is somebody’s who is here already (Ada Lovelace 42)",
                "3: Directory number is somebody’s who is here already (Grace Hopper 43)",
                "5: E-mail stands in this file before (line 4); Directory number stands in this file before (line 4)",
            ]
        );
        let counted: i64 = plan.counts.warned.iter().map(|reason| reason.count).sum();
        assert_eq!(counted, 3, "each row by its first warning");
        let job = import::csv::run(&office.store, plan.id, None, &admin()).await;
        assert_eq!(office.carried_out(job.unwrap()).await.done, 4);

        // What a user has already is nothing new about it.
        let ada = office.named("Lovelace").await;
        let file = format!("ID,Department\n{},Mathematics\n", ada.id);
        let plan = office.plan_file(OVERWRITE, file).await.unwrap();
        assert_eq!(office.warnings(&plan).await, Vec::<String>::new());
        let file = format!("ID,Number\n{},43\n", ada.id);
        let plan = office.plan_file(OVERWRITE, file).await.unwrap();
        assert_eq!(office.warnings(&plan).await.len(), 1);
    }
}

#[tokio::test]
async fn rows_in_another_encoding_are_left_out_with_the_reason_and_the_others_go_in() {
    let office = Office::of(0).await;
    let file = b"Last name,E-mail,SIP user,SIP password\n\
                 H\xf6fer,a@example.org,a,hunter-\xf6\nM\xc3\xbcller,b@example.org,b,hunter-\xc3\xbc\n\
                 Gr\xf6n,c@example.org,,\nJ\xc3\xa4ger,d@example.org,,\n";
    let plan = office.plan_file(PLAIN, &file[..]).await.unwrap();
    assert_eq!(shown(&plan).unwrap().encoding, "windows-1252");
    let reasons = office.reasons(&plan).await;
    let why = "The row is written in another encoding than the rest of the file";
    assert_eq!(reasons, [format!("3: {why}"), format!("5: {why}")]);
    assert!(plan.counts.skip[0].hint.contains("UTF-8"));
    let faulty = office.faulty(&plan).await;
    assert!(
        faulty.contains("Müller,b@example.org"),
        "as it was meant: {faulty}"
    );
    let job = import::csv::run(&office.store, plan.id, Some(true), &admin()).await;
    assert_eq!(office.carried_out(job.unwrap()).await.done, 2);
    office.named("Höfer").await;
    office.named("Grön").await;
}

#[tokio::test]
async fn the_word_blank_takes_a_password_away_and_an_empty_cell_never_does() {
    use kept::OwnSecret;
    for office in [Office::of(0).await, Office::on_postgres(0).await] {
        let file = "Last name,E-mail,SIP user,SIP password,Voicemail PIN\n\
                    Lovelace,ada@example.org,ada,hunter1,1357\nHopper,grace@example.org,,,2468\n";
        office.import_file(PLAIN, file).await;
        let (ada, grace) = (office.named("Lovelace").await, office.named("Hopper").await);
        let held = async |user: UserId| kept::held(&office.store, user).await.unwrap();
        let mut accounts = kept::own_accounts(&office.store, &[ada.id]).await.unwrap();
        let old = accounts.remove(&ada.id).unwrap().secret;
        let file = |pin: &str| {
            format!(
                "ID,SIP password,Voicemail PIN\n{},<blank>,{pin}\n{},<blank>,\n",
                ada.id, grace.id
            )
        };
        let clear = Options {
            clear: true,
            ..OVERWRITE
        };
        let plan = office.plan_file(clear, file("")).await.unwrap();
        // Grace holds none: nothing changes.
        assert_eq!((plan.counts.update, plan.counts.keep), (1, 1));
        office.import_file(clear, file("")).await;
        assert_eq!(held(ada.id).await, [OwnSecret::Voicemail]);
        assert_eq!(held(grace.id).await, [OwnSecret::Voicemail]);
        let opened = store::secrets::open(&office.store, store::secrets::Purpose::Sip, old).await;
        assert!(opened.is_err(), "it is erased");
        assert_eq!(office.named("Lovelace").await.version, ada.version + 1);
        office.import_file(OVERWRITE, file("<blank>")).await;
        assert_eq!(held(ada.id).await, []);
        assert_eq!(office.named("Lovelace").await.fields, ada.fields);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_row_as_a_whole_is_not_laid_on_its_cells() {
    let office = Office::of(0).await;
    let cases = [
        // A quotation mark that swallows rows, told with the lines of its cell.
        (
            "Last name,E-mail,Department\n\nAda,a@example.org,\"Math\nGrace,g@example.org,Navy\nAlan,\"\n",
            vec![
                "3: Department holds a line break: is a quotation mark left open? (its cell begins in line 3 and ends in line 5)",
            ],
        ),
        (
            "Last name,E-mail,Department\nAda,\"a@example.org\nGrace,\"\n",
            vec![
                "2: E-mail holds a line break: is a quotation mark left open? (its cell begins in line 2 and ends in line 3)",
            ],
        ),
        // The same in a column that is left out.
        (
            "Last name,E-mail,Shoe size\nAda,a@example.org,\"38\nGrace,g@example.org,39\nAlan,t@example.org,\"40\"\n",
            vec![
                "2: The row holds other rows in one cell: a quotation mark is left open (from line 2 to line 4)",
            ],
        ),
        // The same from the first cell on, up to the end.
        (
            "Last name,E-mail\n\"Ada,a@example.org\nGrace,g@example.org\n",
            vec![
                "2: The row holds other rows in one cell: a quotation mark is left open (from line 2 to line 3)",
            ],
        ),
        // Cells that moved to the right.
        (
            "Last name,Number,E-mail\nAda,Mathematics,x,42,a@example.org\n",
            vec![
                "2: The row has more cells than the header: put quotation marks around cells that hold the delimiter",
            ],
        ),
        // Rows without any of what is needed are no doubles of each other.
        (
            "Last name,E-mail,Department\n,,Navy\n,,Navy\n",
            vec![
                "2: Last name is missing; E-mail is missing",
                "3: Last name is missing; E-mail is missing",
            ],
        ),
        (
            "Last name,E-mail,Department\nAda\nAda\n",
            vec![
                "2: E-mail is missing (the row has 1 cell of 3)",
                "3: E-mail is missing (the row has 1 cell of 3)",
            ],
        ),
    ];
    for (file, expected) in cases {
        let plan = office.plan_file(PLAIN, file).await.unwrap();
        assert_eq!(office.reasons(&plan).await, expected, "{file}");
    }
    let notes =
        "Last name,E-mail,Notes\nLovelace,ada@example.org,\"works, mostly\nat home, Monday\n\"\n";
    let plan = office.plan_file(PLAIN, notes).await.unwrap();
    assert_eq!(plan.counts.create, 1, "notes may run over lines");
    let excel = "sep=;\nLast name;E-mail\nLovelace;ada@example.org\n";
    let plan = office.plan_file(PLAIN, excel).await.unwrap();
    assert_eq!(
        (plan.counts.create, shown(&plan).unwrap().delimiter),
        (1, Some(';'))
    );
}

#[tokio::test]
async fn every_secret_of_a_row_is_sealed_and_replaces_the_one_before() {
    use kept::OwnSecret;
    for office in [Office::of(0).await, Office::on_postgres(0).await] {
        let file = "Last name,E-mail,SIP user,SIP password,MBG user name,MBG password,Voicemail PIN,Client service host,\
                    Client service port,Client service password\n\
                    Lovelace,ada@example.org,ada,hunter1,mbg-ada,hunter2,1357,cs.example.org,36008,hunter3\n\
                    Hopper,grace@example.org,,,,,2468,,,\n";
        office.import_file(PLAIN, file).await;
        let (ada, grace) = (office.named("Lovelace").await, office.named("Hopper").await);
        let ours = (&ada.ours.client_service_host, &ada.ours.client_service_port);
        assert_eq!(ours, (&"cs.example.org".to_owned(), &"36008".to_owned()));
        let held = async |user: UserId| kept::held(&office.store, user).await.unwrap();
        assert_eq!(held(ada.id).await, OwnSecret::ALL);
        assert_eq!(held(grace.id).await, [OwnSecret::Voicemail]);
        let account = async || {
            let mut all = kept::own_accounts(&office.store, &[ada.id]).await.unwrap();
            all.remove(&ada.id).unwrap().secret
        };
        let opened =
            async |id| store::secrets::open(&office.store, store::secrets::Purpose::Sip, id).await;
        let old = account().await;
        assert_eq!(opened(old).await.unwrap().expose(), "hunter2");

        let file = format!("ID,MBG password,Client service port\n{},hunter4,\n", ada.id);
        office.import_file(OVERWRITE, file).await;
        assert_eq!(opened(account().await).await.unwrap().expose(), "hunter4");
        assert!(opened(old).await.is_err(), "the one before is erased");
        assert_eq!(held(ada.id).await, OwnSecret::ALL, "the others stay");
        let now = office.named("Lovelace").await;
        assert_eq!((now.ours, now.fields), (ada.ours, ada.fields));
    }
}

#[tokio::test]
async fn of_who_came_from_a_component_a_file_gives_what_is_ours_and_no_secret() {
    let office = Office::of(1).await;
    office.import(&office.plan_without_deploying().await).await;
    let mut user = office.users().await.remove(0);
    user.ours.email = "desk@example.org".to_owned();
    let tx = office.store.begin().await.unwrap();
    kept::change_ours(&tx, &[user.clone()]).await.unwrap();
    tx.commit().await.unwrap();
    for pin in ["1357", "<blank>"] {
        let secret = format!("ID,Voicemail PIN\n{},{pin}\n", user.id);
        let plan = office.plan_file(OVERWRITE, secret).await.unwrap();
        let reasons = office.reasons(&plan).await;
        assert!(
            reasons[0].starts_with(
                "2: Voicemail PIN belongs to the component that this user came from (MBG"
            ),
            "{reasons:?}"
        );
    }

    let file = format!(
        "ID,Profile,Client service host\n{},office,cs.example.org\n",
        user.id
    );
    office.import_file(OVERWRITE, file).await;
    let now = office.users().await.remove(0);
    assert_eq!(now.profile, Some(office.profile.id));
    assert_eq!(now.ours.client_service_host, "cs.example.org");
    assert_eq!(
        (&now.ours.email, now.fields),
        (&user.ours.email, user.fields)
    );
    let query = Query {
        q: "desk@".to_owned(),
        filter: String::new(),
    };
    let query = store::ListQuery::users(&query, model::Sort::default(), 10).unwrap();
    let found = kept::page(&office.store, &query).await.unwrap();
    assert_eq!(
        found.items.len(),
        1,
        "the address that is ours is still found"
    );
}

#[tokio::test]
async fn a_row_without_a_profile_leaves_the_one_that_the_user_has_by_then() {
    let office = Office::of(0).await;
    office
        .import_file(PLAIN, "Last name,E-mail\nLovelace,ada@example.org\n")
        .await;
    let ada = office.named("Lovelace").await;
    let file = format!("ID,Department\n{},Mathematics\n", ada.id);
    let plan = office.plan_file(OVERWRITE, file).await.unwrap();
    let tx = office.store.begin().await.unwrap();
    kept::set_profile(&tx, &[ada.id], Some(office.profile.id))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let job = import::csv::run(&office.store, plan.id, None, &admin()).await;
    office.carried_out(job.unwrap()).await;
    let now = office.named("Lovelace").await;
    assert_eq!(now.fields.department, "Mathematics");
    assert_eq!(now.profile, Some(office.profile.id));
}

#[tokio::test]
async fn passwords_of_a_plan_that_nobody_agreed_to_are_erased_when_it_is_too_old() {
    let office = Office::of(0).await;
    let file = "Last name,E-mail,SIP password\nLovelace,ada@example.org,hunter2\n";
    let plan = office.plan_file(PLAIN, file).await.unwrap();
    let held = |told: std::collections::HashMap<i64, store::details::Detail>| told[&1].secrets[0];
    let told = store::details::of(&office.store, plan.id, &[1])
        .await
        .unwrap();
    assert!(!told[&1].data.contains("hunter2"));
    let secret = held(told).unwrap();
    office.clock.advance_s(25 * 3600);
    while store::plans::clear(&office.store).await.unwrap() {}
    assert_eq!(
        held(
            store::details::of(&office.store, plan.id, &[1])
                .await
                .unwrap()
        ),
        None
    );
    let opened = store::secrets::open(&office.store, store::secrets::Purpose::Sip, secret).await;
    assert!(opened.is_err(), "it is erased");
    let late = import::csv::run(&office.store, plan.id, None, &admin())
        .await
        .unwrap_err();
    assert!(matches!(late, Error::Expired));
}

/// Names and numbers as people and attackers write them, cleaned as everything that is kept is.
fn hostile() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "=HYPERLINK(\"http://x\")",
        "+49 30 1234567",
        "-2+3",
        "@SUM(A1)",
        "'tis",
        "''",
        "'<blank>",
        "<blank>",
        "O'Brien",
        "a,b;c\td|e",
        "say \"hi\"",
        "\"",
        "Ünïcödé 李小龙",
        "فاطمة",
        "0042",
        "1E+05",
        "Do not deploy",
        "",
    ]);
    prop_oneof![
        odd.prop_map(str::to_owned),
        any::<String>(),
        "[-=+@'\"<>,;a-z ]{0,8}"
    ]
    .prop_map(|text| clean(&text).0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn what_was_exported_is_no_change_when_it_is_imported_again(
        people in prop::collection::vec(prop::array::uniform4(hostile()), 1..120)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let office = Office::of(3).await;
            office.import(&office.plan_without_deploying().await).await;
            let made: Vec<Own> = people.iter().enumerate().map(|(n, [first, last, number, department])| Own {
                id: UserId::new(office.store.env()),
                profile: (n % 2 == 0).then_some(office.profile.id),
                fields: PersonFields {
                    first_name: first.clone(),
                    last_name: if last.is_empty() { "x".to_owned() } else { last.clone() },
                    directory_number: number.clone(),
                    department: department.clone(),
                    email: format!("p{n}@example.org"),
                    enabled: true,
                    ..PersonFields::default()
                },
                ours: model::Ours::default(),
        secrets: kept::Secrets::default(),
            }).collect();
            let tx = office.store.begin().await.unwrap();
            kept::add_own(&tx, &made).await.unwrap();
            tx.commit().await.unwrap();
            let before = office.users().await;
            let file = office.exported(vec![]).await;
            let plan = office.plan_file(OVERWRITE, file.clone()).await.unwrap();
            assert_eq!(
                (plan.counts.keep, plan.counts.total),
                (store::as_i64(before.len()), store::as_i64(before.len())),
                "{:?}", office.reasons(&plan).await
            );
            // And what was no change is none when it is carried out.
            office.import_file(OVERWRITE, file).await;
            assert_eq!(office.users().await, before);
        });
    }
}

fn asked(map: &[&str], ask: bool) -> Asked {
    Asked {
        options: PLAIN,
        mapping: Mapping::parse(map.iter().copied()).unwrap(),
        ask,
    }
}

impl Office {
    async fn plan_asked(&self, asked: Asked, file: &'static str) -> Result<Plan, Error> {
        import::csv::plan(&self.store, asked, Cursor::new(file), &admin()).await
    }
}

#[tokio::test]
async fn what_headings_mean_is_said_once_and_remembered_for_the_same_header() {
    for office in [Office::of(0).await, Office::on_postgres(0).await] {
        let file = "\"Nach\nname\";E-mail;Schuh\nLovelace;ada@example.org;38\n";
        let open = office.plan_asked(asked(&[], true), file).await.unwrap_err();
        assert!(
            matches!(&open, Error::Unmapped(header) if header.len() == 3),
            "{open}"
        );
        let nobody = office
            .plan_asked(asked(&[], false), file)
            .await
            .unwrap_err();
        assert!(matches!(nobody, Error::NoColumns(3)), "{nobody}");

        let said = asked(&["Nach\r\nname=last_name", "Schuh=ignore"], true);
        let plan = office.plan_asked(said, file).await.unwrap();
        assert_eq!(shown(&plan).unwrap().mapped, Some(Mapped::Given));
        assert_eq!(plan.counts.create, 1, "{:?}", plan.counts);

        let next = "Nach name;E-mail;Schuh\nHopper;grace@example.org;39\n";
        let plan = office.plan_asked(asked(&[], true), next).await.unwrap();
        let told = shown(&plan).unwrap();
        assert_eq!(told.mapped, Some(Mapped::Remembered(admin().0)));
        assert_eq!(told.headings[0].1.as_deref(), Some("last_name"));
        assert_eq!(told.headings[2].1, None);

        let other = "Nachname;E-mail\nHopper;grace@example.org\n";
        let open = office
            .plan_asked(asked(&[], true), other)
            .await
            .unwrap_err();
        assert!(matches!(open, Error::Unmapped(_)), "another header: {open}");
        let absent = office
            .plan_asked(asked(&["Familienname=last_name"], false), file)
            .await;
        assert!(matches!(absent, Err(Error::NoHeading(name)) if name == "Familienname"));
    }
}

#[tokio::test]
async fn a_workbook_is_imported_like_a_csv_file_and_number_cells_beside_zeros_are_warned_of() {
    let office = Office::of(0).await;
    let mut book = Book::begin("People", ["Last name", "E-mail", "Number"], None).unwrap();
    book.row(["Lovelace", "ada@example.org", "0042"]).unwrap();
    book.row(["=Hopper", "grace@example.org", ""]).unwrap();
    let plan = office
        .plan_file(PLAIN, book.finish().unwrap())
        .await
        .unwrap();
    let told = shown(&plan).unwrap();
    assert_eq!(
        (told.delimiter, told.sheet),
        (None, Some(("People".to_owned(), 0)))
    );
    let job = import::csv::run(&office.store, plan.id, None, &admin())
        .await
        .unwrap();
    assert_eq!(office.carried_out(job).await.done, 2);
    assert_eq!(
        office.named("Lovelace").await.fields.directory_number,
        "0042"
    );
    assert_eq!(office.named("=Hopper").await.fields.directory_number, "");

    let plan = office
        .plan_file(PLAIN, include_bytes!("../numbers.xlsx"))
        .await
        .unwrap();
    let [warning] = &shown(&plan).unwrap().warnings[..] else {
        panic!("{plan:?}")
    };
    assert!(
        warning.starts_with("Directory number in lines 3, 4 is a number cell"),
        "{warning}"
    );
}

#[tokio::test]
async fn an_exported_workbook_is_no_change_when_it_is_imported_again() {
    let office = Office::of(3).await;
    office.import(&office.plan_without_deploying().await).await;
    office
        .import_file(
            PLAIN,
            "Last name,E-mail,Number\n\"'<blank>\",ada@example.org,0042\n",
        )
        .await;
    let mut export = Export::begin(&office.store, everybody(), vec![], Kind::Xlsx, &admin())
        .await
        .unwrap();
    let mut file = Vec::new();
    while let Some(piece) = export.next(&office.store).await.unwrap() {
        file.extend(piece);
    }
    let plan = office.plan_file(OVERWRITE, file).await.unwrap();
    assert_eq!(
        (plan.counts.keep, plan.counts.total),
        (4, 4),
        "{:?}",
        office.reasons(&plan).await
    );
}

#[tokio::test]
async fn a_template_is_understood_as_it_is_and_explains_every_column() {
    let office = Office::of(0).await;
    for kind in [Kind::Csv, Kind::Xlsx] {
        let file = users::template(kind).unwrap();
        let mut sheet = Sheet::open(&file[..]).unwrap();
        let found: Vec<_> = sheet
            .header()
            .iter()
            .map(|h| Column::of_heading(h))
            .collect();
        assert_eq!(found, Column::ALL.map(Some));
        assert_eq!(sheet.next_row().unwrap(), None);
        let empty = office.plan_file(PLAIN, file).await.unwrap_err();
        assert!(matches!(empty, Error::NoRows), "{empty}");
    }
}
