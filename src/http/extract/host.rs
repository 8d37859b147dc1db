//! The domain that a request asks for.
//!
//! # Invariants
//! Only a trusted proxy is believed about the requested host, by the header that belongs to
//! `server.forwarded_header`. A host that is not one of our domains does not count.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderValue;

use crate::http::extract::client;
use crate::http::settings::Settings;
use crate::link::domain::table::{DomainTable, ServedDomain};

/// The domain of a request: the named one if it is ours, or else the default one.
pub(in crate::http) fn domain<'t>(
    table: &'t DomainTable,
    settings: &Settings,
    request: &HttpRequest,
    host: Option<&HeaderValue>,
) -> &'t ServedDomain {
    forwarded(table, settings, request)
        .or_else(|| table.asked(host?.as_bytes()))
        .unwrap_or_else(|| table.default_domain())
}

/// The host that the nearest proxy names, if it is trusted. Earlier values may be forged.
fn forwarded<'t>(
    table: &'t DomainTable,
    settings: &Settings,
    request: &HttpRequest,
) -> Option<&'t ServedDomain> {
    if settings.trusted_proxies.is_empty() {
        return None;
    }
    let named = client::named_host(request.headers(), settings.forwarded_header)?;
    let peer = request.peer_addr()?.ip().to_canonical();
    if !settings
        .trusted_proxies
        .iter()
        .any(|net| net.contains(&peer))
    {
        return None;
    }
    table.asked(named.as_bytes())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::link::domain::table::ConfiguredDomains;
    use crate::link::domain::{DomainAddress, Scheme};

    fn asked(peer: &str, header: client::ForwardedHeader, headers: &[(&str, &str)]) -> String {
        let table = DomainTable::new(
            &ConfiguredDomains {
                default: DomainAddress::parse("go.example", Scheme::Https).unwrap(),
                further: vec!["s.example".to_owned(), "t.example".to_owned()],
            },
            &[],
        );
        let mut settings = Settings::for_tests();
        settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        settings.forwarded_header = header;
        let mut request = TestRequest::default().peer_addr(format!("{peer}:1").parse().unwrap());
        for header in headers {
            request = request.append_header(*header);
        }
        let request = request.to_http_request();
        let host = request.headers().get("host");
        let domain = domain(&table, &settings, &request, host);
        domain.address.host.clone()
    }

    #[test]
    fn only_trusted_proxies_say_what_was_asked() {
        let by_x = |peer, headers: &[(&str, &str)]| {
            asked(peer, client::ForwardedHeader::XForwardedFor, headers)
        };
        let said = [
            ("host", "inside:8080"),
            ("x-forwarded-host", "S.example:443"),
        ];
        assert_eq!(by_x("10.0.0.1", &said), "s.example");
        assert_eq!(by_x("203.0.113.1", &said), "go.example");
        let listed = [("x-forwarded-host", "s.example, t.example")];
        assert_eq!(by_x("10.0.0.1", &listed), "t.example");
        // The nearest proxy does not name the requested host; the other values may come from the
        // client.
        let unknown = [
            ("x-forwarded-host", "t.example, inside"),
            ("host", "s.example"),
        ];
        assert_eq!(by_x("10.0.0.1", &unknown), "s.example");
        let twice = [
            ("x-forwarded-host", "s.example"),
            ("x-forwarded-host", "t.example"),
        ];
        assert_eq!(by_x("10.0.0.1", &twice), "t.example");
        let unknown = [("host", "s.example"), ("x-forwarded-host", "evil.example")];
        assert_eq!(by_x("10.0.0.1", &unknown), "s.example");
        let other = [("host", "inside"), ("forwarded", "host=s.example")];
        assert_eq!(by_x("10.0.0.1", &other), "go.example");
    }

    #[test]
    fn forwarded_is_read_in_its_forms() {
        for value in [
            "for=1.1.1.1;host=s.example",
            "for=2.2.2.2;host=t.example, Host=\"s.example:443\";proto=https",
            "host=t.example, for=\"a,host=t.example;b\"; host = s.example",
        ] {
            let headers = [("host", "inside"), ("forwarded", value)];
            let found = asked("10.0.0.1", client::ForwardedHeader::Forwarded, &headers);
            assert_eq!(found, "s.example", "{value}");
        }
    }
}
