//! From names to addresses that may be asked. The connection is opened to what comes from here and
//! to nothing else, so a name that means another address a moment later changes nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Guard, Refused};

/// The system's resolver, with a guard behind it.
pub(super) struct Guarded {
    pub(super) guard: Arc<Guard>,
    /// The port that connections are for, where the guard makes an exception for it.
    pub(super) port: u16,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, port) = (Arc::clone(&self.guard), self.port);
        Box::pin(async move {
            let found = look_up(name.as_str(), port).await?;
            let refused = found.first().map(|at| Refused::Inside(at.ip()));
            let lets: Vec<SocketAddr> =
                found.into_iter().filter(|at| guard.lets(Some(name.as_str()), *at)).collect();
            match refused.filter(|_| lets.is_empty()) {
                Some(refused) => Err(refused.into()),
                // Port 0 leaves the one of the URL as it is.
                None => {
                    Ok(Box::new(lets.into_iter().map(|at| SocketAddr::new(at.ip(), 0))) as Addrs)
                }
            }
        })
    }
}

/// Names below `localhost` mean this machine (RFC 6761 §6.3), whatever a resolver makes of them.
async fn look_up(name: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    let bare = name.trim_end_matches('.');
    let last = bare.rsplit('.').next().unwrap_or_default();
    if last.eq_ignore_ascii_case("localhost") {
        let here = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        return Ok(here.map(|address| SocketAddr::new(address, port)).to_vec());
    }
    Ok(tokio::net::lookup_host((name, port)).await?.collect())
}
