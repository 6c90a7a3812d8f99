//! Who asks: the address of the client, from the connection or, behind a proxy whose word counts,
//! from what the proxy says.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

use crate::config::Allowed;

/// The address at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

/// The client's address: the last one in `X-Forwarded-For` that is no trusted proxy, if the
/// connection is one's.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Allowed]) -> IpAddr {
    let is_trusted =
        |address: IpAddr| trusted.iter().any(|range| range.has_address(address.to_canonical()));
    if !is_trusted(peer) {
        return peer.to_canonical();
    }
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let list: Vec<Option<IpAddr>> =
        lines.flat_map(|line| line.split(',')).map(|part| address(part.trim())).collect();
    // Before what is no address, nothing can be known.
    let known = list.into_iter().rev().map_while(|address| address);
    let client = known.into_iter().find(|address| !is_trusted(*address));
    client.unwrap_or(peer).to_canonical()
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(with_port)
}

/// What a client is counted as: IPv6 networks give each customer a whole range.
pub(super) fn counted(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

/// What the network of a client is counted as: what one customer of a host or a provider may have.
pub(super) fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_of_a_trusted_proxy_counts() {
        let trusted: Vec<Allowed> = vec!["10.0.0.0/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "1.1.1.1, 2.2.2.2".parse().unwrap());
        headers.append("x-forwarded-for", "10.0.0.9".parse().unwrap());
        let client = |peer: &str| client(peer.parse().unwrap(), &headers, &trusted).to_string();
        assert_eq!(client("10.0.0.1"), "2.2.2.2");
        assert_eq!(client("::ffff:10.0.0.1"), "2.2.2.2");
        assert_eq!(client("3.3.3.3"), "3.3.3.3");
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let of = |text: &str| counted(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("192.0.2.1"), of("192.0.2.255"));
        assert_ne!(of("192.0.2.1"), of("192.0.3.1"));
    }
}
