//! Calendly: which requests are accepted, and what meetings become.

use super::*;
use crate::conversion::ClickIdSource;
use crate::link::utm::UtmTags;
use crate::provider::testing::{self, BODY, CLICK, KEY, LATE, at, delivery, fixture};

const KIND: crate::provider::ProviderKind = crate::provider::ProviderKind::Calendly;
const NOW: Millis = Millis(1_492_774_577_000);

fn sign(body: &[u8], key: &str) -> Delivery {
    let parts = [b"1492774577.".as_slice(), body];
    let signature = hex::encode(signature::hmac_sha256(key.as_bytes(), &parts));
    let header = format!("t=1492774577,v1={signature}");
    delivery(&[("calendly-webhook-signature", &header)], body)
}

fn parse(body: &[u8]) -> Result<ParsedWebhook, ReportError> {
    testing::read(KIND, &sign(body, KEY), &SourceSettings::default(), NOW)
}

fn read(name: &str) -> ParsedWebhook {
    parse(&fixture(&format!("calendly/{name}.json"))).unwrap()
}

fn order(parsed: &ParsedWebhook) -> &OrderReport {
    match &parsed.effects[..] {
        [WebhookEffect::Order(report)] => report,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_signature_proves_the_sender() {
    let known = "t=1492774577,v1=a3859c269f9599e7548ae108804e04b9c23199488f7dae5dbf7840c7da65def8";
    let signed = sign(BODY, "whsec_test_secret");
    assert_eq!(signed.header("calendly-webhook-signature"), Some(known));
    let settings = SourceSettings::default();
    let header = "calendly-webhook-signature";
    testing::refuses_what_proves_nothing(KIND, &settings, NOW, header, sign);
    let keys = testing::secrets(&[KEY]);
    let signed = sign(BODY, KEY);
    let check = |ms| verify(&signed, &keys, NOW.plus_ms(ms));
    assert_eq!((check(180_000), check(-180_000)), (Ok(()), Ok(())));
    assert_eq!(check(181_000), Err(Error::TooOld));
    assert_eq!(check(-181_000), Err(Error::TooNew));
    let right = signed.header(header).unwrap();
    let (time, signature) = right.split_once(',').unwrap();
    let several = format!("{time}, v1=00, v1=zz, {signature}, v0=11");
    assert_eq!(
        verify(&delivery(&[(header, &several)], BODY), &keys, NOW),
        Ok(())
    );
    for odd in ["v1=00", "t=soon,v1=00", "t=,v1="] {
        let refused = verify(&delivery(&[(header, odd)], BODY), &keys, NOW);
        assert_eq!(refused, Err(Error::Timestamp), "{odd}");
    }
}

#[test]
fn a_booked_meeting_is_a_lead() {
    let booked = at("2026-03-10T12:00:00.123Z");
    let report = OrderReport {
        names: vec![(0, "invitee:INAAAAAAAAAAAAAA".into())],
        version: at("2026-03-10T12:00:01Z"),
        record: "invitee",
        hints: AttributionHints {
            click_ids: vec![CLICK.into()],
            customer: crate::provider::report::ReportedCustomer {
                external_id: None,
                email: Some("ann@people.example".into()),
            },
            utm: UtmTags {
                campaign: Some("summer-sale".into()),
                source: Some("x".into()),
                medium: Some("social".into()),
                ..UtmTags::default()
            },
            ..AttributionHints::default()
        },
        facts: vec![(
            "lead:invitee:INAAAAAAAAAAAAAA".into(),
            OrderFact::Lead { at: booked },
        )],
    };
    assert_eq!(read("created"), vec![WebhookEffect::Order(report)].into());
}

#[test]
fn a_meeting_that_is_moved_is_one_lead_of_its_first_booking() {
    let order_scenarios = ["created", "moved_away", "moved_to", "cancelled"].map(read);
    let lead = ["lead  at 2026-03-10T12:00:00.123Z"];
    assert_eq!(testing::ledger(&order_scenarios), lead);
    assert_eq!(testing::ledger(&order_scenarios[..1]), lead);
    let unseen = testing::ledger(&order_scenarios[1..]);
    assert_eq!(unseen, ["lead  at 2026-03-11T09:00:01.000Z"]);
    let names = |at: usize| order(&order_scenarios[at]).names.clone();
    let (first, second) = ("invitee:INAAAAAAAAAAAAAA", "invitee:INBBBBBBBBBBBBBB");
    assert_eq!(names(1), [(0, first.to_owned()), (1, second.to_owned())]);
    assert_eq!(names(2), [(1, second.to_owned()), (1, first.to_owned())]);
    let all = order_scenarios.iter().flat_map(|parsed| {
        order(parsed)
            .observations(LATE, &|email| email.to_owned())
            .unwrap()
    });
    let evidence = crate::conversion::order::evidence(&all.collect::<Vec<_>>());
    let clicks: Vec<_> = evidence.clicks().collect();
    assert_eq!(clicks, [(CLICK.parse().unwrap(), ClickIdSource::Given)]);
    assert_eq!(evidence.utm.campaign.as_deref(), Some("summer-sale"));
}

#[test]
fn click_ids_come_by_questions_too() {
    let body = String::from_utf8(fixture("calendly/created.json")).unwrap();
    let body = body
        .replace(CLICK, "post-2")
        .replace("What is it about?", "LL_click");
    let body = body.replace("A lamp for every desk.", CLICK);
    let hints = order(&parse(body.as_bytes()).unwrap()).hints.clone();
    assert_eq!(hints.click_ids, [CLICK]);
    assert_eq!(hints.utm.content.as_deref(), Some("post-2"));
    let paid = body.replace(
        "\"payment\": null",
        r#""payment": {"amount": 50, "currency": "USD"}"#,
    );
    assert_eq!(parse(paid.as_bytes()).unwrap().note, Some(PAYMENT));
}

#[test]
fn what_cannot_be_read_says_what_to_mend() {
    let body = String::from_utf8(fixture("calendly/created.json")).unwrap();
    for (from, says) in [
        ("\"event\": \"invitee", "`event`"),
        ("\"payload\":", "`payload`"),
        ("\"uri\":", "`payload.uri`"),
        ("\"created_at\":", "`payload.created_at`"),
    ] {
        let without = body.replace(from, &from.replacen('"', "\"no_", 1));
        let text = parse(without.as_bytes()).unwrap_err().to_string();
        assert!(text.contains(says), "{from}: {text}");
    }
    let other = body.replace("invitee.created", "invitee_no_show.created");
    assert!(parse(other.as_bytes()).unwrap().effects.is_empty());
}

#[test]
fn whatever_comes_is_answered() {
    let samples = ["created", "moved_to"].map(|name| fixture(&format!("calendly/{name}.json")));
    testing::survives_anything(KIND, &SourceSettings::default(), &samples);
}
