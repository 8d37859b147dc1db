//! `leadline healthcheck`: one question to the server of this configuration, for containers that
//! hold no other tool.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

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
        .with_context(|| format!("nobody answers on {address}"))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let report: Value = answer.body_mut().read_json().unwrap_or_default();
    bail!("not ready: {status}{}", problems(&report));
}

/// What is wrong, a line for each.
fn problems(report: &Value) -> String {
    let problems = report["problems"].as_array().map(Vec::as_slice);
    let lines = problems.unwrap_or_default().iter().map(|problem| {
        let text = |field: &str| problem[field].as_str().unwrap_or_default();
        format!("\n{} ({}): {}", text("part"), text("code"), text("says"))
    });
    lines.collect()
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
