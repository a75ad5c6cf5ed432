//! The redirect server holds nothing about anybody: everything that it wrote is searched, byte by byte.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

use sha2::{Digest, Sha256};

use crate::office::Office;

/// Shorter texts are found in random bytes by chance.
const SHORTEST: usize = 4;

/// Everything that the redirect server wrote: its data files and its log.
fn written(data: &Path) -> Vec<Vec<u8>> {
    let mut paths = vec![data.join("redirect.log")];
    let mut folders = vec![data.join("redirect")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                paths.push(path);
            }
        }
    }
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn holds(files: &[Vec<u8>], wanted: &[u8]) -> bool {
    files
        .iter()
        .any(|file| file.windows(wanted.len()).any(|part| part == wanted))
}

/// The forms in which a value could stand somewhere: as it is, without case, and within base64 at each of three places.
fn forms(value: &[u8]) -> BTreeSet<Vec<u8>> {
    if value.len() < SHORTEST {
        return BTreeSet::new();
    }
    let mut forms = BTreeSet::from([
        value.to_vec(),
        value.to_ascii_lowercase(),
        value.to_ascii_uppercase(),
    ]);
    for before in 0..3_usize {
        let padded = [&[0; 2][..before.min(2)], value].concat();
        for text in [
            STANDARD_NO_PAD.encode(&padded),
            URL_SAFE_NO_PAD.encode(&padded),
        ] {
            // The first and the last letters depend on what stands beside the value.
            let begin = (before * 4).div_ceil(3);
            let end = padded.len() * 4 / 3;
            forms.insert(text.as_bytes()[begin..end.min(text.len())].to_vec());
        }
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

/// What is known of everybody who was imported and of every mail.
async fn secrets(office: &Office) -> BTreeSet<Vec<u8>> {
    let mut secrets = BTreeSet::new();
    let users = office.get("/users?limit=500").await;
    for user in users["items"].as_array().unwrap() {
        for field in [
            "first_name",
            "last_name",
            "directory_number",
            "email",
            "login",
            "mbg_user_name",
        ] {
            secrets.insert(user[field].as_str().unwrap().as_bytes().to_vec());
        }
    }
    for letter in office.letters().await {
        for link in letter["links"].as_array().unwrap() {
            let ticket = link.as_str().unwrap().rsplit_once('/').unwrap().1;
            secrets.insert(ticket.as_bytes().to_vec());
            secrets.insert(URL_SAFE_NO_PAD.decode(ticket).unwrap());
        }
        let code = letter["code"].as_str().unwrap();
        secrets.insert(code.as_bytes().to_vec());
        secrets.insert(code.replace('-', "").into_bytes());
    }
    secrets
}

#[tokio::test(flavor = "multi_thread")]
async fn the_redirect_server_holds_no_name_number_address_or_ticket_of_anybody() {
    let office = Office::open_loudly(60).await;
    let data = office.program.folder().join("data");
    // What stands there before it heard of anybody, such as words of its schema, tells nothing.
    let before = written(&data);
    let profiles = office.get("/profiles").await;
    let plan = office
        .deploy_everybody(profiles[0]["id"].as_str().unwrap())
        .await;
    office.settled().await;
    let letters = office.letters().await;
    assert_eq!(plan["deploy"].as_u64().unwrap(), letters.len() as u64);
    // Every link is opened by a browser, pressed, and fetched by an app; some that nobody was given are too.
    for letter in &letters {
        let link = letter["links"][0].as_str().unwrap();
        assert!(link.starts_with(office.text("redirect")), "{link}");
        assert_eq!(office.http.get(link).send().await.unwrap().status(), 200);
        office.http.post(link).send().await.unwrap();
        let opening = format!("{link}/opening");
        office.http.post(opening).send().await.unwrap();
        let unknown = link.replace("/d/", "/d/x");
        assert_eq!(office.http.get(unknown).send().await.unwrap().status(), 410);
    }

    let after = written(&data);
    assert!(after.iter().map(Vec::len).sum::<usize>() > 10_000);
    let secrets = secrets(&office).await;
    assert!(secrets.len() > 200, "{}", secrets.len());
    let mut searched = 0;
    for secret in secrets {
        for form in forms(&secret) {
            if holds(&before, &form) {
                continue;
            }
            searched += 1;
            assert!(
                !holds(&after, &form),
                "the redirect server keeps “{}” of “{}”",
                String::from_utf8_lossy(&form),
                String::from_utf8_lossy(&secret)
            );
        }
    }
    assert!(searched > 1_000, "{searched}");
    // The search finds what is there: the hash of a ticket, and nothing else of it.
    let link = letters[0]["links"][0].as_str().unwrap();
    let ticket = link.rsplit_once('/').unwrap().1;
    assert!(holds(&after, &Sha256::digest(ticket)));
}
