//! `/js/leadline.js`: the script that shops include in their pages.
//!
//! # Invariants
//! It is one file without dependencies, the same for every shop. What differs is in the attributes
//! of the shop's `<script>`.
//!
//! # Out of scope
//! Who loads it: nothing of the request is stored.

use std::io::Write;
use std::sync::LazyLock;

use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, ETag, Encoding, EntityTag, IfNoneMatch, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::write::GzEncoder;

/// The script as it was written.
const SOURCE: &str = include_str!("snippet/leadline.js");

/// The script as it is served: without comment lines and indentation. No string in it spans several
/// lines.
static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let lines = SOURCE.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.fold(String::with_capacity(SOURCE.len()), |mut script, line| {
        script.push_str(line);
        script.push('\n');
        script
    })
});

/// Identifies a version of the script. The tag is weak, because the compressed form is the same
/// version in other bytes.
static TAG: LazyLock<EntityTag> =
    LazyLock::new(|| EntityTag::new_weak(format!("{:08x}", crc32fast::hash(SCRIPT.as_bytes()))));

/// The compressed script, which most browsers accept: half as large.
static COMPRESSED: LazyLock<Option<Vec<u8>>> = LazyLock::new(|| {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(SCRIPT.as_bytes()).ok()?;
    encoder.finish().ok()
});

/// Answers with the script, or with 304 if the browser has it.
pub(super) async fn serve(request: HttpRequest) -> HttpResponse {
    let has_it = match request.get_header::<IfNoneMatch>() {
        Some(IfNoneMatch::Any) => true,
        Some(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(&TAG)),
        None => false,
    };
    let mut response = if has_it {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .insert_header(ETag(TAG.clone()))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((VARY, "accept-encoding"))
        // Shops are other origins, and some require browsers to check this permission.
        .insert_header(("cross-origin-resource-policy", "cross-origin"));
    if has_it {
        return response.finish();
    }
    response.content_type("text/javascript; charset=utf-8");
    let takes_gzip = request
        .get_header::<AcceptEncoding>()
        .and_then(|accepted| accepted.negotiate([Encoding::gzip(), Encoding::identity()].iter()))
        .is_some_and(|best| best == Encoding::gzip());
    match COMPRESSED.as_ref().filter(|_| takes_gzip) {
        Some(compressed) => response
            .insert_header((CONTENT_ENCODING, "gzip"))
            .body(compressed.as_slice()),
        None => response.body(SCRIPT.as_str()),
    }
}
