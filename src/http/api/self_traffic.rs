//! `/_self`: the page where owners mark a browser as their own, so that its clicks do not count.
//!
//! # Invariants
//! - Marking requires an invitation (`GET /api/v1/self`), which only a key with the scope `write`
//!   gets. The page itself and unmarking require nothing.
//! - The page is not cached, framed or indexed.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, SET_COOKIE,
};
use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::cookie;
use crate::http::state::State;
use crate::operations::self_traffic::{self, SelfTrafficLinks};

/// Read the URLs that mark a browser as your own
#[utoipa::path(
    operation_id = "read_self_traffic_links",
    tag = "clicks",
    responses(
        (status = 200, description = "One URL for each domain", body = SelfTrafficLinks),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/self")]
pub(in crate::http) async fn invite(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(self_traffic::invite(&state.context)))
}

/// Marks the browser, removes the mark, or says whether the browser is marked.
pub(in crate::http) async fn page(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let now = state.context.clock.now();
    let secure = state.context.is_secure();
    let query = request.query_string();
    if let Some(text) = query.strip_prefix("mark=") {
        if !self_traffic::is_invitation(&state.context.vault, text, now) {
            let text =
                "This address has expired or is incomplete. `leadline self` prints a new one.";
            return answer(StatusCode::FORBIDDEN, text, None);
        }
        let text = "Clicks from this browser are your own from now on: they are kept, and count for \
             nothing. <a href=\"?unmark\">Count them again.</a>";
        return answer(
            StatusCode::OK,
            text,
            cookie::mark(&state.context.vault, now, secure),
        );
    }
    if query == "unmark" {
        let text = "Clicks from this browser count like everybody\u{2019}s.";
        return answer(StatusCode::OK, text, cookie::unmark(secure));
    }
    let text = if cookie::is_own(&state.context.vault, request.headers(), now) {
        "Clicks from this browser are your own: they are kept, and count for nothing. \
         <a href=\"?unmark\">Count them again.</a>"
    } else {
        "Clicks from this browser count like everybody\u{2019}s. `leadline self` prints the address that \
         marks it as your own."
    };
    answer(StatusCode::OK, text, None)
}

fn answer(status: StatusCode, text: &str, cookie: Option<HeaderValue>) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store, private")))
        .insert_header((REFERRER_POLICY, HeaderValue::from_static("no-referrer")))
        .insert_header((
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            ),
        ))
        .insert_header(("x-robots-tag", HeaderValue::from_static("noindex")));
    if let Some(cookie) = cookie {
        response.insert_header((SET_COOKIE, cookie));
    }
    response.content_type("text/html; charset=utf-8").body(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Your own clicks</title>\
         <style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;\
         padding:0 1rem;color-scheme:light dark}}</style><h1>Your own clicks</h1><p>{text}</p></html>\n"
    ))
}
