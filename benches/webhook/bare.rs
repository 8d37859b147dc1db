//! The baseline: the least that takes a signed request: it reads the body, signs it once and
//! compares.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

use crate::order::{SIGNATURE, sign};

async fn receive(request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let given = request.headers().get(SIGNATURE);
    let given = given.and_then(|given| STANDARD.decode(given).ok());
    match given {
        Some(given) if bool::from(sign(&body).ct_eq(&given)) => HttpResponse::Ok().finish(),
        _ => HttpResponse::Unauthorized().finish(),
    }
}

/// Serves until it is ended.
pub(crate) fn serve(port: u16) {
    actix_web::rt::System::new().block_on(async {
        HttpServer::new(|| App::new().default_service(web::to(receive)))
            .workers(1)
            .bind(("127.0.0.1", port))
            .unwrap()
            .run()
            .await
            .unwrap();
    });
}
