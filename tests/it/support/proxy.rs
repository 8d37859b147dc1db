//! A TCP proxy that can be cut, restored, made unreliable, and made to hold data back: an outage of
//! the server behind it, without stopping a server that other tests use.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use url::Url;

/// A frayed connection breaks before so many bytes went one way.
const LIFE: usize = 100_000;

/// What becomes of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Open,
    Cut,
    Frayed,
    /// From these words on, nothing that comes the same way on their connection goes on.
    Without(&'static str),
}

pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    rule: watch::Sender<Rule>,
    done: Arc<Done>,
}

/// What it did.
#[derive(Debug, Default)]
struct Done {
    held: Notify,
    broken: AtomicUsize,
    carried: AtomicUsize,
}

impl Proxy {
    /// A proxy in front of `server`, a host and port.
    pub(crate) async fn to(server: String) -> Proxy {
        Proxy::seeded(server, 0).await
    }

    /// A proxy whose connections, once it is frayed, break where `seed` says.
    pub(crate) async fn seeded(server: String, seed: u64) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (rule, seen) = watch::channel(Rule::Open);
        let done = Arc::new(Done::default());
        let (mut random, does) = (StdRng::seed_from_u64(seed), done.clone());
        #[expect(
            clippy::disallowed_methods,
            reason = "a test is an assembly of its own"
        )]
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let lives = [(); 2].map(|()| random.random_range(0..LIFE));
                let (server, rule, done) = (server.clone(), seen.clone(), does.clone());
                tokio::spawn(carry(client, server, rule, lives, done));
            }
        });
        Proxy {
            address,
            rule,
            done,
        }
    }

    /// Ends every connection, and every new one at once.
    pub(crate) fn cut(&self) {
        self.rule.send_replace(Rule::Cut);
    }

    /// Lets connections through again.
    pub(crate) fn mend(&self) {
        self.rule.send_replace(Rule::Open);
    }

    /// Breaks every connection after some bytes, in the middle of what is being said, whoever says
    /// it.
    pub(crate) fn fray(&self) {
        self.rule.send_replace(Rule::Frayed);
    }

    /// Swallows what comes from `words` on: whom a client says them to never hears of it.
    pub(crate) fn hold_back(&self, words: &'static str) {
        self.rule.send_replace(Rule::Without(words));
    }

    /// How many frayed connections have broken.
    pub(crate) fn broken(&self) -> usize {
        self.done.broken.load(Ordering::Relaxed)
    }

    /// How many parcels of bytes went either way.
    pub(crate) fn carried(&self) -> usize {
        self.done.carried.load(Ordering::Relaxed)
    }

    /// Waits until something was held back.
    pub(crate) async fn has_held_back(&self) {
        let held = tokio::time::timeout(Duration::from_secs(30), self.done.held.notified());
        held.await.expect("nothing was said that is held back");
    }
}

async fn carry(
    mut client: TcpStream,
    server: String,
    mut rule: watch::Receiver<Rule>,
    lives: [usize; 2],
    done: Arc<Done>,
) {
    if *rule.borrow_and_update() == Rule::Cut {
        return;
    }
    let Ok(mut server) = TcpStream::connect(server).await else {
        return;
    };
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let (up, down) = (rule.clone(), rule.clone());
    tokio::select! {
        () = pass(from_client, to_server, up, lives[0], &done) => {}
        () = pass(from_server, to_client, down, lives[1], &done) => {}
        _ = rule.wait_for(|rule| *rule == Rule::Cut) => {}
    }
}

/// Carries bytes one way, until they end or the connection breaks.
async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    rule: watch::Receiver<Rule>,
    mut life: usize,
    done: &Done,
) {
    let mut bytes = vec![0; 64 * 1024];
    let mut silent = false;
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let said = &bytes[..count];
        done.carried.fetch_add(1, Ordering::Relaxed);
        let rule = *rule.borrow();
        if let Rule::Without(words) = rule
            && said.windows(words.len()).any(|at| at == words.as_bytes())
        {
            silent = true;
            done.held.notify_one();
        }
        if silent {
            continue;
        }
        if rule == Rule::Frayed && life < count {
            // Whether anybody hears the last words is as open as in life.
            let _ = to.write_all(&said[..life]).await;
            done.broken.fetch_add(1, Ordering::Relaxed);
            return;
        }
        if to.write_all(said).await.is_err() {
            return;
        }
        life = life.saturating_sub(count);
    }
}

/// What `address` names, with the proxy's address in its place.
pub(crate) fn through(proxy: &Proxy, address: &SecretString) -> SecretString {
    let mut url = Url::parse(address.expose_secret()).unwrap();
    url.set_port(Some(proxy.address.port())).unwrap();
    url.to_string().into()
}

/// A proxy in front of what `address` names.
pub(crate) async fn in_front_of(address: &SecretString) -> Proxy {
    let url = Url::parse(address.expose_secret()).unwrap();
    Proxy::to(format!(
        "{}:{}",
        url.host_str().unwrap(),
        url.port().unwrap()
    ))
    .await
}
