//! CSV files that are dropped into a folder: the newest one tells everybody who is there. Encoding and delimiter are found out by
//! `sheets`.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use model::{Fault, Record, text::fold};
use sheets::{Row, Table};
use tokio::time::timeout;

use crate::{
    Answer, Changes, Component, Credential, Error, Incomplete, Page, Settings, Skipped, address,
    map::{self, Map},
    settings::wrong_credential,
    told::{self, excerpt},
};

/// The folder of a connection.
#[derive(Debug)]
pub(crate) struct Files {
    folder: PathBuf,
    map: Map,
    page_size: usize,
    time: Duration,
    /// The file that is being read, after a page that is not the last.
    open: Option<Open>,
}

/// A file at some row.
struct Open {
    table: Table<File>,
    path: PathBuf,
    state: u64,
    columns: Columns,
    rows: u64,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Open({} at row {})", self.path.display(), self.rows)
    }
}

/// Which column tells what.
struct Columns {
    id: usize,
    fields: Vec<(&'static str, usize)>,
}

impl Files {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        if !matches!(settings.credential, Credential::None) {
            return Err(wrong_credential("nothing"));
        }
        Ok(Self {
            folder: address::folder(&settings.address)?,
            map: Map::parse(&settings.options.map)?,
            page_size: settings.options.page_size(),
            time: settings.options.timeout(),
            open: None,
        })
    }

    /// Reads on a thread that may wait for a disk or a network behind the folder.
    async fn read_page(&mut self, cursor: Option<&str>) -> Result<Page, Error> {
        let after_s = self.time.as_secs();
        let (folder, map, size) = (self.folder.clone(), self.map.clone(), self.page_size);
        let (open, cursor) = (self.open.take(), cursor.map(str::to_owned));
        let work = tokio::task::spawn_blocking(move || {
            let mut open = match cursor {
                None => Open::newest(&folder, &map)?,
                Some(cursor) => open
                    .map_or_else(|| Open::newest(&folder, &map), Ok)?
                    .at(&cursor)?,
            };
            let page = open.page(size, &map)?;
            let open = page.next.is_some().then_some(open);
            Ok((page, open))
        });
        let done = timeout(self.time, work).await;
        let done = done.map_err(|_| Error::Timeout { after_s })?;
        let (page, open) = done.expect("reading a file does not panic")?;
        self.open = open;
        Ok(page)
    }

    fn is_unchanged(&self, checkpoint: &str) -> Result<bool, Error> {
        let path = newest(&self.folder)?;
        let state = state(&path, &self.map).map_err(failed)?;
        Ok(checkpoint == state.to_string())
    }
}

impl Component for Files {
    fn page<'a>(&'a mut self, cursor: Option<&'a str>) -> Answer<'a, Page> {
        Box::pin(self.read_page(cursor))
    }

    fn changes<'a>(&'a mut self, checkpoint: &'a str) -> Answer<'a, Changes> {
        let changes = self.is_unchanged(checkpoint).map(|unchanged| {
            if unchanged {
                Changes::Nothing
            } else {
                Changes::Unknown
            }
        });
        Box::pin(std::future::ready(changes))
    }
}

impl Open {
    fn newest(folder: &Path, map: &Map) -> Result<Self, Error> {
        let path = newest(folder)?;
        let state = state(&path, map).map_err(failed)?;
        let table = Table::open(File::open(&path).map_err(failed)?).map_err(broken)?;
        let columns = Columns::of(table.header(), map)?;
        Ok(Self {
            table,
            path,
            state,
            columns,
            rows: 0,
        })
    }

    /// The same file at the row of a cursor, which is row and state of the file that it was made for.
    fn at(mut self, cursor: &str) -> Result<Self, Error> {
        let parts = cursor.split_once(' ');
        let (rows, state) = parts.ok_or(Error::StaleCursor)?;
        let rows: u64 = rows.parse().map_err(|_| Error::StaleCursor)?;
        if state != self.state.to_string() || rows < self.rows {
            return Err(Error::StaleCursor);
        }
        while self.rows < rows {
            self.table
                .next_row()
                .map_err(broken)?
                .ok_or(Error::StaleCursor)?;
            self.rows += 1;
        }
        Ok(self)
    }

    fn page(&mut self, size: usize, map: &Map) -> Result<Page, Error> {
        let mut page = Page::default();
        for position in 1..=size {
            let Some(row) = self.table.next_row().map_err(broken)? else {
                self.end(&mut page, map);
                return Ok(page);
            };
            self.rows += 1;
            match self.columns.record(&row) {
                Ok(record) => page.records.push(record),
                Err(reason) => page.skipped.push(Skipped { position, reason }),
            }
        }
        page.next = Some(format!("{} {}", self.rows, self.state));
        Ok(page)
    }

    /// After the last row: a file that was written meanwhile was perhaps not read as a whole.
    fn end(&self, page: &mut Page, map: &Map) {
        if state(&self.path, map).is_ok_and(|state| state == self.state) {
            page.announced_total = Some(self.rows);
            page.checkpoint = Some(self.state.to_string());
        } else {
            page.incomplete = Some(Incomplete {
                reason: "the file was changed while it was read".to_owned(),
                hint: "write a new file under another name first and rename it when it is complete, then scan again"
                    .to_owned(),
            });
        }
    }
}

/// The file of the folder that was changed last; of several of one moment the last by name.
fn newest(folder: &Path) -> Result<PathBuf, Error> {
    let mut newest = None;
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_csv = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("csv"));
        let found = fs::metadata(&path)
            .ok()
            .filter(|found| is_csv && found.is_file());
        if let Some(changed) = found.and_then(|found| found.modified().ok()) {
            newest = newest.max(Some((changed, path)));
        }
    }
    let nothing = || failed(io::Error::other("no file in the folder ends in .csv"));
    newest.map(|(_, path)| path).ok_or_else(nothing)
}

/// A number that changes when the file changes, or what is read of it.
fn state(path: &Path, map: &Map) -> io::Result<u64> {
    let found = fs::metadata(path)?;
    let mut hasher = DefaultHasher::new();
    (path, found.len(), found.modified()?, map).hash(&mut hasher);
    Ok(hasher.finish())
}

impl Columns {
    /// Finds the columns by their names: those of the map, else our own.
    fn of(header: &[String], map: &Map) -> Result<Self, Error> {
        let header: Vec<String> = header.iter().map(|name| plain(name)).collect();
        let find = |name: &str| header.iter().position(|known| *known == plain(name));
        for (_, theirs) in map.pairs() {
            if find(theirs).is_none() {
                return Err(not_read(
                    "the file lacks a column that the map names",
                    theirs,
                ));
            }
        }
        let column = |ours: &str| find(map.theirs(ours).unwrap_or(ours));
        let id = column(map::ID).or_else(|| find("id"));
        let id =
            id.ok_or_else(|| not_read("the file has no column for the id", &header.join(" ")))?;
        let fields = map::names().filter_map(|ours| Some((ours, column(ours)?)));
        Ok(Self {
            id,
            fields: fields.collect(),
        })
    }

    fn record(&self, row: &Row) -> Result<Record, String> {
        let id = told::source_id(&row.cells[self.id]);
        let id = id.map_err(|why| format!("{why} (line {})", row.line))?;
        let mut record = Record::new(id);
        for (field, at) in &self.fields {
            map::set(&mut record, field, &row.cells[*at]);
        }
        if record.last_name.is_empty() && record.display_name.is_empty() {
            record.faults.push(Fault::new("last_name", "is missing"));
        }
        Ok(record)
    }
}

/// A column's name as names are compared: `First name`, `first_name` and `FIRST-NAME` are one.
fn plain(name: &str) -> String {
    let folded = fold(name);
    folded.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn failed(why: io::Error) -> Error {
    Error::Unreachable(why.into())
}

fn broken(why: sheets::Error) -> Error {
    match why {
        sheets::Error::File(why) => failed(why),
        other => not_read("the file cannot be read as a table", &other.to_string()),
    }
}

fn not_read(what: &'static str, detail: &str) -> Error {
    Error::NotUnderstood {
        what,
        content_type: "a CSV file".to_owned(),
        begins: excerpt(detail),
    }
}
