//! Programs that are killed (`kill -9`) under load.

use super::{Figures, Pauses, form, pause};
use crate::support::ground::Ground;
use crate::support::load::Load;
use crate::support::process::free_port;

use ::rand::RngExt;
use std::time::Instant;

#[tokio::test]
async fn a_server_that_is_killed_again_and_again_keeps_every_click_once() {
    let ground = Ground::embedded().await;
    let port = free_port();
    let mut server = ground.node("serve", "s", port);
    let load = Load::on(&[port], 8);
    let mut pauses = Pauses::new();
    for _ in 0..form(5, 20) {
        pauses.between(100, 500).await;
        ground.restart(&mut server, "serve", "s", port);
    }
    pause(200).await;
    let seen = load.stop();
    let rows = ground.has_all(&seen).await;
    Figures {
        case: "`serve` on disk and SQLite, killed again and again",
        seen: &seen,
        rows,
        doubles: None,
        outage: None,
    }
    .tell();
}

#[tokio::test]
async fn nodes_of_each_kind_are_killed_and_nothing_is_lost_or_doubled() {
    let ground = Ground::server().await;
    let ports = [free_port(), free_port()];
    let names = ["r0", "r1", "i0", "i1"];
    let mut redirects = [0, 1].map(|n| ground.node("redirect", names[n], ports[n]));
    let mut ingests = [2, 3].map(|n| ground.node("ingest", names[n], 0));
    let load = Load::on(&ports, 8);
    let mut pauses = Pauses::new();
    let (begun, mut killed) = (Instant::now(), 0);
    while begun.elapsed().as_secs() < form(4, 60) {
        pauses.between(100, 800).await;
        let n = pauses.0.random_range(0..2);
        if pauses.0.random() {
            ground.restart(&mut redirects[n], "redirect", names[n], ports[n]);
        } else {
            ground.restart(&mut ingests[n], "ingest", names[n + 2], 0);
        }
        killed += 1;
    }
    pause(200).await;
    let seen = load.stop();
    let rows = ground.has_all(&seen).await;
    Figures {
        case: &format!(
            "two `redirect`, two `ingest`; one of each killed at random, {killed} times"
        ),
        seen: &seen,
        rows,
        doubles: None,
        outage: None,
    }
    .tell();
}
