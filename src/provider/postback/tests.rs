//! Postbacks: which requests are accepted, and how parameters are read under every name.

use super::*;
use crate::provider::testing::{self, CLICK, KEY, at, fixture};

const KIND: crate::provider::ProviderKind = crate::provider::ProviderKind::Postback;

/// When the first postback of a test arrived.
const FIRST: Millis = Millis(1_773_144_000_000);

#[derive(serde::Deserialize)]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    body: String,
}

fn sent(name: &str) -> Delivery {
    let request = fixture(&format!("postback/{name}.json"));
    let Request { method, url, body } = serde_json::from_slice(&request).unwrap();
    Delivery {
        method,
        url,
        headers: vec![(PATH_KEY.into(), KEY.into())],
        body: body.into_bytes(),
    }
}

fn called(query: &str) -> Delivery {
    Delivery {
        url: format!("https://go.example.com/postback/src_1/key?{query}"),
        ..sent("sale")
    }
}

fn eur() -> SourceSettings {
    SourceSettings {
        postback: Some(PostbackStatuses {
            currency: Some("EUR".into()),
            sale: vec!["Billed".into()],
            lead: vec!["pending".into()],
            ..PostbackStatuses::default()
        }),
        ..SourceSettings::default()
    }
}

/// What a delivery reports that arrived `ms` after the first.
fn parse(delivery: &Delivery, settings: &SourceSettings, ms: i64) -> Result<ParsedWebhook, String> {
    let read = testing::read(KIND, delivery, settings, FIRST.plus_ms(ms));
    read.map_err(|error| error.to_string())
}

fn read(name: &str, ms: i64) -> ParsedWebhook {
    parse(&sent(name), &SourceSettings::default(), ms).unwrap()
}

fn query(query: &str) -> Result<Vec<String>, String> {
    parse(&called(query), &eur(), 0).map(|parsed| testing::ledger(&[parsed]))
}

#[test]
fn the_key_in_the_path_proves_the_sender() {
    let key = "pk_3fA9-xQ7zLm2VtYw5sEd";
    let check = |key: Option<&str>, secrets: &[&str]| {
        let mut delivery = sent("sale");
        delivery.headers = key
            .map(|key| (PATH_KEY.into(), key.into()))
            .into_iter()
            .collect();
        verify(&delivery, &testing::secrets(secrets))
    };
    assert_eq!(check(Some(key), &[key]), Ok(()));
    assert_eq!(check(Some(key), &["another", key]), Ok(()));
    for wrong in [
        None,
        Some(""),
        Some(&key[1..]),
        Some("PK_3fA9-xQ7zLm2VtYw5sEd"),
    ] {
        assert_eq!(check(wrong, &[key]), Err(Error::Key), "{wrong:?}");
    }
    assert_eq!(check(Some(""), &[""]), Err(Error::Key));
    assert_eq!(check(Some(key), &[]), Err(Error::Key));
    for (key, fits) in [
        (key.to_owned(), true),
        ("a".repeat(20), true),
        ("a".repeat(100), true),
        ("a".repeat(19), false),
        ("a".repeat(101), false),
        (format!("{key}/x"), false),
        (String::new(), false),
    ] {
        assert_eq!(
            KIND.check_secret(&key.clone().into()).is_ok(),
            fits,
            "{key}"
        );
    }
}

/// A URL that was copied from HTML has its original meaning. If its parameters cannot be separated,
/// it is refused, so that a sale never becomes a lead.
#[test]
fn parameters_are_told_apart_or_refused() {
    let plain = format!("click_id={CLICK}&status=sale&txid=7&amount=5&currency=EUR");
    let sale = query(&plain).unwrap();
    assert_eq!(sale, ["sale  5.00 EUR at 2026-03-10T12:00:00.000Z"]);
    for sign in ["&amp;", "&AMP;", "&amp;amp;", "&amp%3B", "&#38;", "&&"] {
        assert_eq!(
            query(&plain.replace('&', sign)).as_ref(),
            Ok(&sale),
            "{sign}"
        );
    }
    for sign in ["%26", "%26amp%3B", ";", "%3B"] {
        let refused = query(&plain.replace('&', sign)).unwrap_err();
        assert!(
            refused.contains("`click_id` holds another parameter"),
            "{sign}: {refused}"
        );
    }
    let form = Delivery {
        body: plain.replace('&', "&amp;").into_bytes(),
        ..called("")
    };
    let of_form = parse(&form, &eur(), 0).map(|parsed| testing::ledger(&[parsed]));
    assert_eq!(of_form.as_ref(), Ok(&sale));
    let landing = "landing_url=https%3A%2F%2Fshop.example%2F%3Fa%3D1%26status%3Dopen";
    assert_eq!(query(&format!("{plain}&{landing}")), Ok(sale));
}

#[test]
fn a_currency_of_the_source_is_that_of_amounts_without_one() {
    let settings = SourceSettings {
        currency: Some("CHF".into()),
        ..SourceSettings::default()
    };
    assert_eq!(settings.check(KIND), Ok(()));
    let parsed = parse(&called("cid=x&status=sale&amount=5"), &settings, 0).unwrap();
    assert_eq!(
        testing::ledger(&[parsed]),
        ["sale  5.00 CHF at 2026-03-10T12:00:00.000Z"]
    );
}

#[test]
fn a_sale_is_told_in_full() {
    let total = amount::decimal("12.50", "USD".parse().unwrap()).unwrap();
    let order = |version, part: &str, fact| {
        let hints = AttributionHints {
            click_ids: vec![CLICK.into()],
            ..AttributionHints::default()
        };
        WebhookEffect::Order(OrderReport {
            names: vec![(0, format!("tx:884213:{CLICK}"))],
            version,
            record: "postback",
            hints,
            facts: vec![(part.to_owned(), fact)],
        })
    };
    let paid = OrderFact::Paid { at: FIRST, total };
    let stands = OrderFact::Standing { is_void: false };
    let both = vec![
        order(Millis(0), "paid", paid),
        order(FIRST, "standing", stands),
    ];
    assert_eq!(read("sale", 0), both.into());
    assert_eq!(answer(&sent("sale")).as_deref(), Some("OK"));
    assert_eq!(answer(&called("return=%3Cb%3E")), None);
    assert_eq!(click_id(&sent("sale")), CLICK.parse().ok());
    assert_eq!(click_id(&called("cid=17")), None);
}

#[test]
fn repeats_after_months_move_nothing() {
    const MONTHS: i64 = 90 * 24 * 3600 * 1000;
    let sale = "sale  12.50 USD at 2026-03-10T12:00:00.000Z";
    let again = [read("sale", 0), read("sale", 1000), read("sale", MONTHS)];
    assert_eq!(testing::ledger(&again), [sale]);
    let off = [
        read("sale", 0),
        read("rejected", 60_000),
        read("rejected", MONTHS),
    ];
    let back = "refund void -12.50 USD at 2026-03-10T12:01:00.000Z";
    assert_eq!(testing::ledger(&off), [sale, back]);
    let on_again = [
        read("sale", 0),
        read("rejected", 60_000),
        read("sale", MONTHS),
    ];
    assert_eq!(testing::ledger(&on_again), [sale], "the latest word stands");
}

#[test]
fn a_form_tells_of_a_registration() {
    let parsed = read("registration", 5000);
    let [WebhookEffect::Order(report)] = &parsed.effects[..] else {
        panic!("{parsed:?}");
    };
    assert_eq!(report.names, [(0, format!("click:{CLICK}"))]);
    assert_eq!(
        report.hints.customer.external_id.as_deref(),
        Some("player-7")
    );
    assert_eq!(report.hints.utm.source.as_deref(), Some("x"));
    assert_eq!(
        testing::ledger(&[parsed]),
        ["lead  at 2026-03-10T12:00:00.000Z"]
    );
}

#[test]
fn a_rebill_is_a_sale_of_its_own() {
    let parsed = read("rebill", 0);
    let WebhookEffect::Order(report) = &parsed.effects[0] else {
        panic!("{parsed:?}");
    };
    assert_eq!(report.names, [(0, format!("tx:2:{CLICK}"))]);
    let sale = "sale  9.90 EUR at 2026-03-10T12:00:00.000Z";
    assert_eq!(testing::ledger(&[parsed]), [sale]);
    assert!(
        query("cid=c&status=rebill&sum=1")
            .unwrap_err()
            .contains("`txid`")
    );
}

#[test]
fn parameters_go_by_many_names() {
    let at = "at 2026-03-10T12:00:00.000Z";
    let (lead, sale) = (format!("lead  {at}"), format!("sale  5.00 EUR {at}"));
    for (parameters, line) in [
        ("cid=c", &lead),
        ("ClickID=c&payout=0", &lead),
        ("subid=c&revenue=5", &sale),
        ("sub_id=c&status=APPROVED&sum=5.0", &sale),
        ("aff_sub=c&et=deposit&amount=5&cur=eur", &sale),
        ("txid=1&goal=billed&value=5", &sale),
        ("orderid=1&type=won&amount=5&sale_status=win,won", &sale),
        ("click_id=c&status=pending&payout=5", &lead),
        ("click_id=c&status=sale&lead_status=sale&payout=odd", &lead),
        ("click_id={click}&tid=7&payout=5", &sale),
    ] {
        assert_eq!(
            query(parameters).as_deref(),
            Ok(&[line.clone()][..]),
            "{parameters}"
        );
    }
    let zero = query("cid=c&status=sale").unwrap();
    assert_eq!(zero, [format!("sale  0.00 EUR {at}")]);
    for ignored in ["cid=c&status=hold", "cid=c&status=x&ignore_status=x"] {
        assert!(
            parse(&called(ignored), &eur(), 0).unwrap().note.is_some(),
            "{ignored}"
        );
    }
}

#[test]
fn times_that_cannot_be_are_those_of_receipt() {
    for (time, lead, is_noted) in [
        ("1773143999", "2026-03-10T11:59:59.000Z", false),
        (
            "2026-03-10T12:59:00%2B01:00",
            "2026-03-10T11:59:00.000Z",
            false,
        ),
        ("2026-03-10+12:00:00", "2026-03-10T12:00:00.000Z", true),
        ("17", "2026-03-10T12:00:00.000Z", true),
        ("1773144400", "2026-03-10T12:00:00.000Z", true),
    ] {
        let parsed = parse(&called(&format!("cid=c&time={time}")), &eur(), 0).unwrap();
        assert_eq!(parsed.note.is_some(), is_noted, "{time}");
        assert_eq!(testing::ledger(&[parsed]), [format!("lead  at {lead}")]);
    }
    assert_eq!(FIRST, at("2026-03-10T12:00:00Z"));
}

#[test]
fn what_cannot_be_counted_says_what_to_mend() {
    for (parameters, says) in [
        ("", "neither a click nor a transaction"),
        ("status=sale&payout=1", "neither a click nor a transaction"),
        ("cid=c&status=odd", "\"odd\" is not known"),
        ("cid=c&payout=12,50", "not an amount"),
        ("cid=c&status=sale&payout=-1", "must not be negative"),
        ("cid=c&payout=1&currency=EURO", "ISO 4217"),
    ] {
        let text = query(parameters).unwrap_err();
        assert!(text.contains(says), "{parameters}: {text}");
    }
    let bare = parse(&called("cid=c&payout=1"), &SourceSettings::default(), 0);
    assert!(bare.unwrap_err().contains("`currency=EUR`"));
    let mut strict = eur();
    strict.postback.as_mut().unwrap().strict = true;
    assert!(
        parse(&called("cid=c"), &strict, 0)
            .unwrap_err()
            .contains("strict")
    );
    assert!(parse(&called(&format!("cid={CLICK}")), &strict, 0).is_ok());
}

#[test]
fn statuses_are_checked_before_they_are_used() {
    assert_eq!(eur().check(KIND), Ok(()));
    let check = |change: fn(&mut PostbackStatuses)| {
        let mut statuses = PostbackStatuses::default();
        change(&mut statuses);
        statuses.check().unwrap_err()
    };
    let twice = check(|statuses| {
        (statuses.lead, statuses.sale) = (vec!["Won".into()], vec![" won".into()]);
    });
    assert!(twice.contains("twice"), "{twice}");
    assert!(check(|statuses| statuses.lead = vec![String::new()]).contains("1 to 50"));
    assert!(check(|statuses| statuses.lead = vec!["x".into(); 51]).contains("at most 50"));
    assert!(check(|statuses| statuses.currency = Some("EURO".into())).contains("`currency`"));
}

#[test]
fn whatever_comes_is_answered() {
    let mut samples = vec![sent("rebill").body, sent("registration").body];
    samples.push(sent("sale").query().as_bytes().to_vec());
    testing::survives_anything(KIND, &eur(), &samples);
}
