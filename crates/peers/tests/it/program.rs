//! Our own program as a process, and the promise that no process outlives its handle.

use std::{path::Path, time::Duration};

use peers::Program;

const LIMIT: Duration = Duration::from_secs(10);
const COUNTS_STARTS: &str =
    r#"echo starting; echo x >> data; echo "{\"starts\": $(wc -l < data)}"; sleep 600 & wait"#;

fn runs(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}/exe")).exists()
}

#[tokio::test]
async fn a_killed_program_starts_again_in_its_folder() {
    let mut program = Program::start("/bin/sh", ["-c", COUNTS_STARTS]).unwrap();
    assert_eq!(program.ready_line(LIMIT).await.unwrap()["starts"], 1);
    program.kill_9().unwrap();
    program.restart().unwrap();
    assert_eq!(program.ready_line(LIMIT).await.unwrap()["starts"], 2);
    assert_eq!(
        std::fs::read_to_string(program.folder().join("data")).unwrap(),
        "x\nx\n"
    );
}

#[tokio::test]
async fn a_program_that_ends_before_its_ready_line_is_an_error_with_its_words() {
    let mut program = Program::start("/bin/sh", ["-c", "echo no database >&2; exit 3"]).unwrap();
    let error = program.ready_line(LIMIT).await.unwrap_err().to_string();
    assert!(
        error.contains("no database") && error.contains('3'),
        "{error}"
    );
    assert_eq!(program.exit_code(LIMIT).await.unwrap(), Some(3));
}

#[tokio::test]
async fn a_program_can_end_in_good_order() {
    let mut program = Program::start_with(
        "/bin/sh",
        [
            "-c",
            "trap 'exit 7' TERM; echo \"$READY\"; sleep 600 & wait",
        ],
        [("READY", "{}")],
    )
    .unwrap();
    program.ready_line(LIMIT).await.unwrap();
    assert_eq!(program.terminate(LIMIT).await.unwrap(), Some(7));
}

#[tokio::test]
async fn children_end_and_the_folder_goes_with_the_handle() {
    let mut program = Program::start(
        "/bin/sh",
        ["-c", r#"sleep 600 & echo "{\"child\": $!}"; wait"#],
    )
    .unwrap();
    let child = program.ready_line(LIMIT).await.unwrap()["child"]
        .as_u64()
        .unwrap();
    let (child, folder) = (u32::try_from(child).unwrap(), program.folder());
    assert!(runs(child) && folder.is_dir());
    drop(program);
    let gone = async || (!runs(child)).then_some(());
    peers::wait_for("the end of the child", LIMIT, gone)
        .await
        .unwrap();
    assert!(!folder.exists());
}

/// What the killed test does: it starts a peer, tells its process, and never comes to its end.
async fn start_and_be_killed(tell: &Path) {
    let mut program = Program::start("/bin/sh", ["-c", "echo {}; sleep 600 & wait"]).unwrap();
    program.ready_line(LIMIT).await.unwrap();
    let line = serde_json::json!({"pid": program.pid(), "folder": program.folder()}).to_string();
    std::fs::write(tell, line).unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn no_process_outlives_a_killed_test() {
    // The test starts itself once more, as the one that is killed.
    if let Some(tell) = std::env::var_os("PEERS_TELL") {
        return start_and_be_killed(Path::new(&tell)).await;
    }
    let told = tempfile::NamedTempFile::new().unwrap();
    let this = std::env::current_exe().unwrap();
    let arguments = ["--exact", "program::no_process_outlives_a_killed_test"];
    let mut test = Program::start_with(this, arguments, [("PEERS_TELL", told.path())]).unwrap();
    let read = async || {
        serde_json::from_str::<serde_json::Value>(&std::fs::read_to_string(told.path()).ok()?).ok()
    };
    let peer = peers::wait_for("the other test's start", LIMIT, read)
        .await
        .unwrap();
    let pid = u32::try_from(peer["pid"].as_u64().unwrap()).unwrap();
    assert!(runs(pid));
    test.kill_9().unwrap();
    let gone = async || {
        (!runs(pid) && !Path::new(peer["folder"].as_str().unwrap()).exists()).then_some(())
    };
    peers::wait_for("the end of the peer", LIMIT, gone)
        .await
        .unwrap();
}
