//! Who asks, as far as anybody is told: the network that a visitor comes from. A full address is neither kept nor passed on.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

/// The first bits of a visitor's address: 24 of IPv4's, 48 of IPv6's, the rest zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Visitor(IpAddr);

impl Visitor {
    /// The network of an address. IPv4 within IPv6 counts as IPv4.
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let bits = if address.is_ipv4() { 24 } else { 48 };
        Self(masked(address, bits))
    }
}

impl fmt::Display for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A network of proxies that may say whom they ask for, `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// Why a text is no [`Network`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoNetwork;

impl fmt::Display for NoNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a network must be an IP address, or an address and a number of bits such as 10.0.0.0/8")
    }
}

impl std::error::Error for NoNetwork {}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NoNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| NoNetwork))?;
        if bits > most {
            return Err(NoNetwork);
        }
        Ok(Self { address, bits })
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl Network {
    /// Whether an address is in it.
    pub fn holds(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4()
            && masked(address, self.bits) == masked(self.address, self.bits)
    }
}

fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

/// Who asks: the peer, or where the peer is a trusted proxy the last address of `forwarded` (the values of
/// `X-Forwarded-For`, joined by commas) that is not a trusted proxy too. What others wrote there counts for nothing.
pub fn visitor(peer: IpAddr, forwarded: &str, trusted: &[Network]) -> Visitor {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.holds(*address));
    if !is_trusted(&peer) {
        return Visitor::of(peer);
    }
    let mut nearest = peer;
    for hop in forwarded.rsplit(',') {
        // Beyond what cannot be read nobody vouches for anything.
        let Ok(address) = hop.trim().parse() else {
            break;
        };
        nearest = address;
        if !is_trusted(&address) {
            break;
        }
    }
    Visitor::of(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &str) -> String {
        let trusted = [
            "10.0.0.0/8".parse().unwrap(),
            "2001:db8::1".parse().unwrap(),
        ];
        visitor(peer.parse().unwrap(), forwarded, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_says_whom_it_asks_for() {
        assert_eq!(seen("203.0.113.9", "198.51.100.7"), "203.0.113.0");
        assert_eq!(seen("10.1.2.3", "198.51.100.7"), "198.51.100.0");
        assert_eq!(
            seen("10.1.2.3", "192.0.2.1, 198.51.100.7, 10.9.9.9"),
            "198.51.100.0"
        );
        assert_eq!(seen("10.1.2.3", ""), "10.1.2.0");
        assert_eq!(seen("10.1.2.3", "nonsense, 10.9.9.9"), "10.9.9.0");
        assert_eq!(seen("2001:db8::1", "2001:db8:7:8::9"), "2001:db8:7::");
        assert_eq!(
            seen("::ffff:10.1.2.3", "::ffff:198.51.100.7"),
            "198.51.100.0"
        );
    }

    #[test]
    fn a_network_is_an_address_with_bits() {
        let network: Network = "10.0.0.0/8".parse().unwrap();
        assert!(network.holds("10.255.0.1".parse().unwrap()));
        assert!(!network.holds("11.0.0.1".parse().unwrap()));
        let everything: Network = "0.0.0.0/0".parse().unwrap();
        assert!(everything.holds("203.0.113.9".parse().unwrap()));
        for bad in ["", "10.0.0.0/33", "::/129", "example.org", "10.0.0.0/x"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }
}
