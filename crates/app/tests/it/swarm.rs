//! Fifty first-time clients at once. `cargo xtask swarm` does the same with fifty real Linphones.

use std::path::Path;

use peers::Swarm;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_linphones_at_once_get_an_account_each_and_nobody_another_s() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let swarm = Swarm {
        phones: 5,
        others: 45,
    };
    let program = Path::new(env!("CARGO_BIN_EXE_rollcall"));
    println!("{}", swarm.run(program).await.unwrap());
}
