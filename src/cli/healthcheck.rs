//! `leadline healthcheck`: asks the server of this configuration whether it is ready, for
//! containers without another tool.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::config::Config;

pub(super) fn run(config: &Config) -> anyhow::Result<()> {
    let address = reachable(config.server.listen);
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(3)))
        .http_status_as_error(false)
        .build();
    let mut answer = ureq::Agent::from(agent)
        .get(format!("http://{address}/readyz"))
        .call()
        .with_context(|| format!("no server answers on {address}"))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let report: Readiness = answer
        .body_mut()
        .read_json()
        .with_context(|| format!("not ready: {status}"))?;
    bail!("not ready: {status}{}", lines(&report));
}

/// The answer of `/readyz` while something is wrong.
#[derive(Debug, Deserialize)]
struct Readiness {
    problems: Vec<Problem>,
}

#[derive(Debug, Deserialize)]
struct Problem {
    part: String,
    code: String,
    says: String,
}

/// A line for each problem.
fn lines(report: &Readiness) -> String {
    let mut lines = String::new();
    for Problem { part, code, says } in &report.problems {
        // Writing to a text cannot fail.
        let _ = write!(lines, "\n{part} ({code}): {says}");
    }
    lines
}

/// The address to ask: a server that listens on every address is asked on loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
