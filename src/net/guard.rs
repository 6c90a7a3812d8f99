//! Which addresses may be asked. Everybody who sends a mention makes this program open a
//! connection to an address of their choice; it must not be a way into the owner's own network.
//!
//! Only addresses known to be public are: what is not known is refused. The lists are IANA's
//! special-purpose registries (RFC 6890 and its updates), and what clouds serve secrets at.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

use super::Refused;
use crate::config::Allowed;

/// IPv4 ranges that are not public: first address and bits.
const INSIDE: [(Ipv4Addr, u8); 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Azure's own service, at an address that looks public.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // Link-local; the metadata services of most clouds.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    // 6to4 relays (RFC 7526).
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // AS112: answers for nobody (RFC 7535).
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    // Multicast, reserved, broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// IPv6 ranges within the global unicast space 2000::/3 that are not public.
const INSIDE_V6: [(Ipv6Addr, u8); 5] = [
    // Teredo, ORCHID, benchmarks and other protocol assignments.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4: carries an IPv4 address, whose relays nobody keeps (RFC 7526).
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

const GLOBAL: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const NAT64: (Ipv6Addr, u8) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether an address is one of the public Internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !INSIDE.iter().any(|range| v4_in(address, *range)),
        IpAddr::V6(address) => match carried(address) {
            Some(carried) => is_public(carried.into()),
            None => v6_in(address, GLOBAL) && !INSIDE_V6.iter().any(|range| v6_in(address, *range)),
        },
    }
}

/// The IPv4 address that is asked when this one is: mapped (RFC 4291 §2.5.5.2) or through a NAT64
/// (RFC 6052).
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let last = || {
        let [.., a, b, c, d] = address.octets();
        Ipv4Addr::new(a, b, c, d)
    };
    address.to_ipv4_mapped().or_else(|| v6_in(address, NAT64).then(last))
}

fn v4_in(address: Ipv4Addr, (range, bits): (Ipv4Addr, u8)) -> bool {
    (address.to_bits() ^ range.to_bits()).leading_zeros() >= bits.into()
}

fn v6_in(address: Ipv6Addr, (range, bits): (Ipv6Addr, u8)) -> bool {
    (address.to_bits() ^ range.to_bits()).leading_zeros() >= bits.into()
}

/// What may be asked: the public Internet, and what the owner allows.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    allowed: Vec<Allowed>,
}

impl Guard {
    /// A guard with exceptions.
    pub fn new(allowed: Vec<Allowed>) -> Self {
        Self { allowed }
    }

    /// The ports of hosts that are allowed by name or address.
    pub(super) fn ports(&self) -> impl Iterator<Item = u16> {
        self.allowed.iter().filter_map(|allowed| match allowed {
            Allowed::Host { port, .. } => Some(*port),
            Allowed::Range { .. } => None,
        })
    }

    /// What an address says before a name is looked up: scheme, host, and the host's address if it
    /// stands there as numbers, in whatever spelling.
    ///
    /// # Errors
    /// What makes it an address that is not asked.
    pub fn check(&self, url: &Url) -> Result<(), Refused> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refused::Scheme(url.scheme().to_owned()));
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(Refused::Scheme(url.scheme().to_owned()));
        };
        let address = match host {
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
            Host::Domain(_) => return Ok(()),
        };
        let lets = self.lets(None, SocketAddr::new(address, port));
        lets.then_some(()).ok_or(Refused::Inside(address))
    }

    /// Whether a connection may be opened to an address that was found for a name.
    pub(super) fn lets(&self, name: Option<&str>, at: SocketAddr) -> bool {
        let asked = at.ip();
        let also = match asked {
            IpAddr::V4(_) => None,
            IpAddr::V6(address) => carried(address).map(IpAddr::V4),
        };
        let is = |host: &Host, address: IpAddr| match host {
            Host::Ipv4(allowed) => address == IpAddr::V4(*allowed),
            Host::Ipv6(allowed) => address == IpAddr::V6(*allowed),
            Host::Domain(allowed) => name.is_some_and(|name| name.eq_ignore_ascii_case(allowed)),
        };
        is_public(asked)
            || [Some(asked), also].into_iter().flatten().any(|address| {
                self.allowed.iter().any(|allowed| match allowed {
                    Allowed::Range { .. } => allowed.has_address(address),
                    Allowed::Host { host, port } => *port == at.port() && is(host, address),
                })
            })
    }
}
