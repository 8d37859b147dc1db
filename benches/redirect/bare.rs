//! The baseline: the least that answers the same 302 from a filled map, and logs nothing.

use std::collections::HashMap;

use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, LOCATION};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

use crate::links::{destination, slug};

const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");

async fn redirect(links: web::Data<HashMap<String, String>>, request: HttpRequest) -> HttpResponse {
    match links.get(&request.path()[1..]) {
        Some(location) => HttpResponse::Found()
            .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store, private")))
            .insert_header((X_ROBOTS_TAG, HeaderValue::from_static("noindex")))
            .insert_header((LOCATION, location.as_str()))
            .finish(),
        None => HttpResponse::NotFound().finish(),
    }
}

/// Serves until it is ended.
pub(crate) fn serve(port: u16, links: u32) {
    let click = "&ll_click=clk_01arz3ndektsv4rrffq69g5fav";
    let links: HashMap<String, String> = (0..links)
        .map(|number| (slug(number), destination(number) + click))
        .collect();
    let links = web::Data::new(links);
    actix_web::rt::System::new().block_on(async {
        HttpServer::new(move || {
            App::new()
                .app_data(links.clone())
                .default_service(web::to(redirect))
        })
        .workers(1)
        .bind(("127.0.0.1", port))
        .unwrap()
        .run()
        .await
        .unwrap();
    });
}
