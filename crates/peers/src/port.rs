//! A free port on loopback that no other peer takes between the choice and the use.

use std::{
    fs::{File, OpenOptions},
    net::{Ipv4Addr, TcpListener, UdpSocket},
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Context, Result};

/// Below the range from which the kernel takes ports for outgoing connections.
const FIRST: u32 = 12_000;
const COUNT: u32 = 20_000;

/// A port held for one peer: a lock on a file of its number keeps other test processes off it.
#[derive(Debug)]
pub struct Port {
    /// The number.
    pub number: u16,
    _held: File,
}

impl Port {
    /// Finds one that is free for TCP and UDP.
    pub fn free() -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let stride = std::process::id().wrapping_mul(97);
        (0..COUNT)
            .find_map(|_| {
                let offset = stride.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
                Self::hold(u16::try_from(FIRST + offset).ok()?)
            })
            .context("no free port on loopback")
    }

    fn hold(number: u16) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!(
            "rollcall-ports-{}",
            rustix::process::geteuid().as_raw()
        ));
        std::fs::create_dir_all(&folder).ok()?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(number.to_string()))
            .ok()?;
        file.try_lock().ok()?;
        let at = (Ipv4Addr::LOCALHOST, number);
        (TcpListener::bind(at).is_ok() && UdpSocket::bind(at).is_ok()).then_some(Self {
            number,
            _held: file,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_held_ports_differ() {
        let (one, two) = (Port::free().unwrap(), Port::free().unwrap());
        assert_ne!(one.number, two.number);
        assert!(Port::hold(one.number).is_none());
    }
}
