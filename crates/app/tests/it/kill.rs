//! `kill -9` in the middle of an import-and-deploy: nobody is lost, nobody is mailed twice. `cargo xtask faults` does the
//! same with more people and more kills.

use std::path::Path;

use peers::Kills;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_nobody_and_sends_no_second_message() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let kills = Kills {
        people: 300,
        import: 5,
        scan: 1,
        seed: 1,
    };
    let program = Path::new(env!("CARGO_BIN_EXE_rollcall"));
    println!("{}", kills.run(program).await.unwrap());
}
