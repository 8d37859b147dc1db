//! `leadline healthcheck`: one question to the server of this configuration, for containers that
//! hold no other tool.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::config::Config;

pub(super) fn run(config: &Config) -> anyhow::Result<()> {
    let address = reachable(config.server.listen);
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(3)))
        .http_status_as_error(false)
        .build();
    let answer = ureq::Agent::from(agent)
        .get(format!("http://{address}/readyz"))
        .call()
        .with_context(|| format!("nobody answers on {address}"))?;
    ensure!(
        answer.status().is_success(),
        "not ready: {}",
        answer.status()
    );
    Ok(())
}

/// A server that listens everywhere is asked on loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
