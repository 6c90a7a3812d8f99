//! `[network]`: which addresses inside may be asked, as the owner wrote them, who is told of links, and
//! how many are asked at a time. Whether an address is inside is `net`'s to know.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU16;
use std::str::FromStr;

use url::Host;

use crate::tree::Table;

/// How the site asks others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Exceptions from the rule that only public addresses are asked.
    pub allow: Vec<Allowed>,
    /// Hosts that are not told of links, with those below them.
    pub ignore: Vec<String>,
    /// Whether pages of the site itself are told of links, and hear of them.
    pub tells_own: bool,
    /// Requests at a time.
    pub at_once: usize,
    /// The same to one host.
    pub at_once_a_host: usize,
}

impl Default for Network {
    fn default() -> Self {
        let (allow, ignore) = (Vec::new(), Vec::new());
        Self { allow, ignore, tells_own: false, at_once: 64, at_once_a_host: 2 }
    }
}

impl Network {
    /// Reads the table `[network]`.
    pub(super) fn read(top: &mut Table<'_, '_>) -> Self {
        let mut network = Self::default();
        let Some(mut table) = top.table("network") else { return network };
        for (text, span) in table.texts("allow") {
            match text.parse() {
                Ok(allowed) => network.allow.push(allowed),
                Err(()) => table.reading.error_with_hint(
                    span,
                    format!(
                        "`allow` should list ranges of addresses, or hosts with a port, found \"{text}\""
                    ),
                    "write \"192.168.0.0/16\", \"fd00::/8\" or \"nas.home:8080\"",
                ),
            }
        }
        let ignore = table.texts("ignore").into_iter();
        network.ignore = ignore.map(|(host, _)| host.to_lowercase()).collect();
        network.tells_own = table.flag("tell-own-pages").unwrap_or(false);
        network.at_once = table.count("requests", 1..1_025).unwrap_or(network.at_once);
        network.at_once_a_host =
            table.count("requests-per-host", 1..65).unwrap_or(network.at_once_a_host);
        table.finish();
        network
    }
}

/// An exception from the rule that only public addresses are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// All addresses that begin with these bits (CIDR), whatever they are called.
    Range {
        /// Any address of the range.
        address: IpAddr,
        /// How many bits count.
        bits: u8,
    },
    /// One host, by a name or an address, at one port.
    Host {
        /// The host as it stands in addresses, or what its name stands for.
        host: Host,
        /// Its port.
        port: u16,
    },
}

impl Allowed {
    /// Whether an address lies in the range.
    pub fn has_address(&self, asked: IpAddr) -> bool {
        let Self::Range { address, bits } = self else { return false };
        match (*address, asked) {
            (IpAddr::V4(range), IpAddr::V4(asked)) => {
                same_start(range.to_bits().into(), asked.to_bits().into(), 32, *bits)
            }
            (IpAddr::V6(range), IpAddr::V6(asked)) => {
                same_start(range.to_bits(), asked.to_bits(), 128, *bits)
            }
            _ => false,
        }
    }
}

/// Whether two numbers of so many bits begin with the same ones.
fn same_start(a: u128, b: u128, length: u32, bits: u8) -> bool {
    let rest = length.saturating_sub(bits.into());
    a.checked_shr(rest).unwrap_or(0) == b.checked_shr(rest).unwrap_or(0)
}

impl FromStr for Allowed {
    type Err = ();

    /// `192.168.0.0/16`, `fd00::/8`, `10.0.0.7`, `nas.home:8080`, `[::1]:4001`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        if let Ok(address) = text.parse() {
            let bits = if matches!(address, IpAddr::V4(_)) { 32 } else { 128 };
            return Ok(Self::Range { address, bits });
        }
        if let Some((address, bits)) = text.split_once('/') {
            let address: IpAddr = address.parse().map_err(drop)?;
            let bits: u8 = bits.parse().map_err(drop)?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            return if bits <= most { Ok(Self::Range { address, bits }) } else { Err(()) };
        }
        let (host, port) = text.rsplit_once(':').ok_or(())?;
        let host = Host::parse(host).map_err(drop)?;
        let port: NonZeroU16 = port.parse().map_err(drop)?;
        Ok(Self::Host { host, port: port.get() })
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range { address, bits } => write!(f, "{address}/{bits}"),
            Self::Host { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_hosts_are_told_apart() {
        for (text, shown) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.0.0.7", "10.0.0.7/32"),
            ("fd00::/8", "fd00::/8"),
            ("::1", "::1/128"),
            ("NAS.home:8080", "nas.home:8080"),
            ("127.0.0.1:4001", "127.0.0.1:4001"),
            ("[::1]:4001", "[::1]:4001"),
        ] {
            assert_eq!(text.parse::<Allowed>().map(|a| a.to_string()), Ok(shown.to_owned()));
        }
        for wrong in
            ["", "nas.home", "10.0.0.0/33", "fd00::/129", "a b:1", "host:99999", "nas.home:0", "/8"]
        {
            assert_eq!(wrong.parse::<Allowed>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn a_range_has_the_addresses_that_begin_like_it() {
        let range: Allowed = "10.1.0.0/16".parse().unwrap();
        assert!(range.has_address("10.1.255.255".parse().unwrap()));
        assert!(!range.has_address("10.2.0.0".parse().unwrap()));
        assert!(!range.has_address("::ffff:10.1.0.1".parse().unwrap()));
        let all: Allowed = "::/0".parse().unwrap();
        assert!(all.has_address("fe80::1".parse().unwrap()));
    }
}
