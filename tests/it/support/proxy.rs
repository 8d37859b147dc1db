//! A TCP proxy that can be cut and mended: an outage of the server behind it, without ending a
//! server that other tests use.

use std::net::SocketAddr;

use secrecy::{ExposeSecret, SecretString};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    open: watch::Sender<bool>,
}

impl Proxy {
    /// A proxy in front of `server`, a host and port.
    pub(crate) async fn to(server: String) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (open, seen) = watch::channel(true);
        #[expect(
            clippy::disallowed_methods,
            reason = "a test is an assembly of its own"
        )]
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server.clone(), seen.clone()));
            }
        });
        Proxy { address, open }
    }

    /// Ends every connection, and every new one at once.
    pub(crate) fn cut(&self) {
        self.open.send_replace(false);
    }

    /// Lets connections through again.
    pub(crate) fn mend(&self) {
        self.open.send_replace(true);
    }
}

async fn carry(mut client: TcpStream, server: String, mut open: watch::Receiver<bool>) {
    if !*open.borrow_and_update() {
        return;
    }
    let Ok(mut server) = TcpStream::connect(server).await else {
        return;
    };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = open.wait_for(|open| !open) => {}
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
