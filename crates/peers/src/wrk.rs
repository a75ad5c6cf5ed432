//! wrk: load on a web server, and what came of it.

use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result};

use crate::tool;

/// How much load.
#[derive(Clone, Debug)]
pub struct Load {
    /// Connections that are kept open.
    pub connections: u32,
    /// Threads of the load generator.
    pub threads: u32,
    /// How long; whole seconds.
    pub duration: Duration,
    /// A script in wrk's own language, where each request is different.
    pub script: Option<PathBuf>,
}

/// What the load generator saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Answers altogether.
    pub requests: u64,
    /// Answers per second of wall time.
    pub requests_per_s: f64,
    /// The middle latency, milliseconds.
    pub p50_ms: f64,
    /// The latency that one request in a hundred exceeds, milliseconds.
    pub p99_ms: f64,
    /// Answers of a status other than 2xx and 3xx, and broken connections.
    pub errors: u64,
}

/// Puts load on `url` and measures.
pub async fn wrk(url: &str, load: &Load) -> Result<Measured> {
    let mut command = Command::new(tool::find("wrk", "wrk")?);
    command
        .arg("--latency")
        .arg("-c")
        .arg(load.connections.to_string())
        .arg("-t")
        .arg(load.threads.to_string());
    command
        .arg("-d")
        .arg(format!("{}s", load.duration.as_secs().max(1)));
    if let Some(script) = &load.script {
        command.arg("-s").arg(script);
    }
    command.arg(url);
    let report = tool::run(command, "").await?;
    parse(&report).with_context(|| format!("cannot read what wrk reports:\n{report}"))
}

fn parse(report: &str) -> Option<Measured> {
    let after = |key: &str| {
        report
            .lines()
            .find_map(|line| line.trim().strip_prefix(key))
    };
    let requests = report
        .lines()
        .find_map(|line| line.trim().split_once(" requests in ")?.0.parse().ok())?;
    let refused = after("Non-2xx or 3xx responses:")
        .map_or(Some(0), |rest| rest.trim().parse::<u64>().ok())?;
    let broken = after("Socket errors:").map_or(0, |rest| {
        rest.split([',', ' '])
            .filter_map(|word| word.parse::<u64>().ok())
            .sum()
    });
    Some(Measured {
        requests,
        requests_per_s: after("Requests/sec:")?.trim().parse().ok()?,
        p50_ms: milliseconds(after("50%")?)?,
        p99_ms: milliseconds(after("99%")?)?,
        errors: refused + broken,
    })
}

/// wrk writes `250.00us`, `1.31ms`, `2.50s` or `1.20m`.
fn milliseconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let unit = text.find(|sign: char| sign.is_ascii_alphabetic())?;
    let factor = match &text[unit..] {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1_000.0,
        "m" => 60_000.0,
        _ => return None,
    };
    Some(text[..unit].parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_gives_rate_latencies_and_errors() {
        let report = "Running 1s test @ http://127.0.0.1:1/\n  Latency Distribution\n     50%  250.00us\n     75%    1.00ms\n     90%    1.20ms\n     99%    2.50s \n  \
            54321 requests in 1.10s, 8.00MB read\n  Socket errors: connect 0, read 2, write 0, timeout 1\n  Non-2xx or 3xx responses: 7\nRequests/sec:  49382.73\nTransfer/sec:      7.27MB\n";
        let seen = parse(report).unwrap();
        assert_eq!((seen.requests, seen.errors), (54_321, 10));
        assert!(
            (seen.requests_per_s - 49_382.73).abs() < 0.001 && (seen.p50_ms - 0.25).abs() < 1e-9
        );
        assert!((seen.p99_ms - 2_500.0).abs() < 1e-9, "{seen:?}");
    }
}
