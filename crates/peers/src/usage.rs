//! What a process has cost: processor time and memory, from `/proc`.

use anyhow::{Context, Result};

/// The cost of one process with all its threads, ended threads included; its children are not.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Seconds of processor time in user mode.
    pub user_s: f64,
    /// Seconds of processor time in the kernel.
    pub system_s: f64,
    /// Memory resident now, bytes.
    pub rss_bytes: u64,
    /// The most memory that was ever resident, bytes.
    pub rss_peak_bytes: u64,
}

impl Usage {
    /// Seconds of processor time altogether.
    pub fn cpu_s(&self) -> f64 {
        self.user_s + self.system_s
    }
}

/// Reads what the process `pid` has cost so far; the clock counts hundredths of a second.
pub fn usage(pid: u32) -> Result<Usage> {
    let read = |file: &str| {
        std::fs::read_to_string(format!("/proc/{pid}/{file}"))
            .with_context(|| format!("process {pid} is not there"))
    };
    let (stat, status) = (read("stat")?, read("status")?);
    // The name in parentheses may hold spaces; fields 14 and 15 count from before it (proc(5)).
    let (_, fields) = stat.rsplit_once(')').context("a status without a name")?;
    let mut ticks = fields.split_whitespace().skip(11).map(seconds);
    let mut time = || ticks.next().flatten().context("a status without times");
    let memory = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
        kilobytes
            .map(|count| count * 1024)
            .with_context(|| format!("process {pid} has ended"))
    };
    Ok(Usage {
        user_s: time()?,
        system_s: time()?,
        rss_bytes: memory("VmRSS:")?,
        rss_peak_bytes: memory("VmHWM:")?,
    })
}

fn seconds(ticks: &str) -> Option<f64> {
    let per_second = u32::try_from(rustix::param::clock_ticks_per_second()).ok()?;
    Some(f64::from(ticks.parse::<u32>().ok()?) / f64::from(per_second))
}

#[cfg(test)]
mod tests {
    use std::{hint::black_box, time::Instant};

    use super::*;

    #[test]
    fn work_and_memory_show_in_the_usage() {
        let before = usage(std::process::id()).unwrap();
        let start = Instant::now();
        let full = vec![1_u8; 32 << 20];
        while start.elapsed().as_millis() < 120 {
            black_box(full.iter().map(|byte| u64::from(*byte)).sum::<u64>());
        }
        let after = usage(std::process::id()).unwrap();
        assert!(after.cpu_s() > before.cpu_s(), "{before:?} {after:?}");
        assert!(
            after.rss_peak_bytes >= after.rss_bytes && after.rss_peak_bytes > 32 << 20,
            "{after:?}"
        );
    }

    #[test]
    fn a_process_that_is_not_there_is_an_error() {
        assert!(
            usage(u32::MAX)
                .unwrap_err()
                .to_string()
                .contains("is not there")
        );
    }
}
