//! A small shop on its own port, which is another origin than Leadline for a browser.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};

/// Every page has a form, payment links, and the checkout's form where it is the checkout.
const PAGE: &str = r#"<!doctype html><title>Shop</title>{script}
<form id="signup" method="post" action="/signup">
<input type="hidden" name="ll_click"><input type="hidden" name="ll_path"></form>
<a id="pay" href="https://buy.stripe.com/test_1?prefilled_email=a%40b.example#top">Pay</a>
<a id="book" href="https://book.stripe.com/test_2">Book</a>
<a id="own" href="https://donate.stripe.com/test_3?client_reference_id=cart-7">Give</a>
<a id="other" href="https://docs.stripe.com/payments">Read</a>
<a id="trap" href="https://buy.stripe.com.example/?x=.stripe.com/">Trap</a>
{checkout}"#;

const CHECKOUT: &str = r#"<form class="checkout woocommerce-checkout" method="post" action="/order">
<input name="billing_email"></form>"#;

pub(crate) struct Shop {
    pub(crate) base: String,
    posted: Mutex<mpsc::UnboundedReceiver<(String, String)>>,
}

impl Shop {
    /// Opens a shop with this `<script>` in its pages.
    pub(crate) fn open(script: &str) -> Shop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (tell, posted) = mpsc::unbounded_channel();
        let page = PAGE.replace("{script}", script);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (tell, page) = (tell.clone(), page.clone());
                std::thread::spawn(move || answer(stream, &page, &tell));
            }
        });
        Shop {
            base,
            posted: Mutex::new(posted),
        }
    }

    /// The next thing that a page has posted: path and body.
    pub(crate) async fn posted(&self) -> (String, String) {
        let mut posted = self.posted.lock().await;
        let next = tokio::time::timeout(Duration::from_secs(10), posted.recv());
        next.await.expect("a page posts something").unwrap()
    }
}

/// Answers one request: with a page, or, what was posted, with nothing.
fn answer(
    mut stream: TcpStream,
    page: &str,
    tell: &mpsc::UnboundedSender<(String, String)>,
) -> Option<()> {
    let mut request = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    request.read_line(&mut first).ok()?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        request.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let body = if method == "POST" {
        let mut body = vec![0; length];
        request.read_exact(&mut body).ok()?;
        tell.send((path.to_owned(), String::from_utf8(body).ok()?))
            .ok()?;
        String::new()
    } else {
        let is_checkout = path.starts_with("/checkout");
        page.replace("{checkout}", if is_checkout { CHECKOUT } else { "" })
    };
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length:";
    write!(stream, "{head} {}\r\n\r\n{body}", body.len()).ok()
}
