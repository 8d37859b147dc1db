//! The API's own description, generated from the handlers.

mod answers;
mod examples;
mod limits;

use actix_web::App;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{License, OpenApi, SecurityRequirement};
use utoipa_actix_web::AppExt;

/// The description of every route of the API.
pub fn document() -> OpenApi {
    let (_, mut api) = App::new()
        .into_utoipa_app()
        .service(crate::http::routes::described())
        .split_for_parts();
    "Leadline".clone_into(&mut api.info.title);
    env!("CARGO_PKG_VERSION").clone_into(&mut api.info.version);
    // The default values describe the generator, not this API.
    api.info.contact = None;
    api.info.license = Some(License::new(env!("CARGO_PKG_LICENSE")));
    api.info.description = Some(
        "Tagged short links, every click logged, every conversion joined: the real lead yield of \
         each network. Times are RFC 3339; money is whole minor units with an ISO 4217 currency; \
         errors are problem details (RFC 9457) with a stable `code`."
            .to_owned(),
    );
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    api.components
        .get_or_insert_default()
        .add_security_scheme("key", bearer);
    for (path, item) in &mut api.paths.paths {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            answers::describe(path, operation);
            limits::describe(path, operation);
            examples::describe(operation);
        }
    }
    api.security = Some(vec![SecurityRequirement::new("key", Vec::<String>::new())]);
    api
}

/// The description as pretty JSON with a final newline, as it is committed.
///
/// # Errors
/// None in practice: JSON can express everything in the description.
pub fn text() -> Result<String, serde_json::Error> {
    document().to_pretty_json().map(|text| text + "\n")
}
