//! Everything that is written can be read, in every form that ever existed.

use super::*;
use crate::click::{FloodedLink, RequestKind, SelfTraffic};
use crate::conversion::{ConversionKind, JoinEvidence};
use crate::id::ConversionId;
use crate::link::slug::repair::SlugRepair;

#[test]
fn what_is_written_can_be_read() {
    let workspace_id = WorkspaceId::from_parts(Millis(1), [1; 10]);
    let click = Entry::Click(RawClick {
        id: ClickId::from_parts(Millis(1), [1; 10]),
        workspace_id,
        link_id: LinkId::from_parts(Millis(1), [1; 10]),
        campaign_id: None,
        network: Some("x".into()),
        clicked_at: Millis(1),
        visitor: Some(Visitor(7)),
        user_agent: None,
        referrer: None,
        context: RequestContext {
            request: RequestKind::Head,
            self_traffic: Some(SelfTraffic::Cookie),
            has_accept_language: false,
            client_subnet: Some([192, 0, 2, 0].into()),
            network_param: Some("x".into()),
            repair: Some(SlugRepair::Text),
        },
    });
    let conversion = Entry::Conversion(NewConversion {
        id: ConversionId::from_parts(Millis(1), [1; 10]),
        workspace_id,
        source_id: None,
        event_id: "e".into(),
        kind: ConversionKind::Event,
        name: Some("case_answered".into()),
        occurred_at: Millis(1),
        received_at: Millis(1),
        value: None,
        refund_of: None,
        evidence: JoinEvidence::default(),
        order: None,
    });
    let delivery = Entry::Delivery(SealedDelivery {
        id: DeliveryId::from_parts(Millis(1), [1; 10]),
        workspace_id,
        source_id: SourceId::from_parts(Millis(1), [1; 10]),
        received_at: Millis(1),
        sealed: vec![0, 1, 255],
    });
    let code = Entry::PromoCode {
        workspace_id,
        code: "ANN10".into(),
        at: Millis(1),
    };
    for entry in [&click, &conversion, &delivery, &code] {
        assert_eq!(&Entry::decode(&entry.encode().unwrap()).unwrap(), entry);
    }
    let old = WireEntry {
        v: VERSION,
        entry: &click,
    };
    let old = serde_json::to_vec(&old).unwrap();
    assert_eq!(Entry::decode(&old).unwrap(), click);
}

#[test]
fn a_flood_has_a_compact_form_of_its_own() {
    let flood = Entry::Flood(Flood {
        id: ClickId::from_parts(Millis(1), [1; 10]),
        at: Millis(1),
        clicks: 300,
        link: FloodedLink {
            workspace_id: WorkspaceId::from_parts(Millis(1), [1; 10]),
            link_id: LinkId::from_parts(Millis(1), [1; 10]),
            campaign_id: None,
            network: Some("x".into()),
        },
    });
    let bytes = flood.encode().unwrap();
    assert_eq!(bytes[0], FLOOD);
    assert_eq!(Entry::decode(&bytes).unwrap(), flood);
}

#[test]
fn older_forms_of_a_click_are_read() {
    let front = (
        ClickId::from_parts(Millis(1), [1; 10]),
        WorkspaceId::from_parts(Millis(1), [1; 10]),
        LinkId::from_parts(Millis(1), [1; 10]),
        None::<CampaignId>,
        Some("x"),
        Millis(1),
    );
    let back = (None::<&str>, Some("https://t.co"));
    let text = (front, Some("00000000000000ff00000000000000aa"), back);
    let number = (front, Some(Visitor(255)), back);
    for old in [
        postcard::to_extend(&text, vec![CLICK_WITH_TEXT]).unwrap(),
        postcard::to_extend(&number, vec![CLICK_WITHOUT_MANNER]).unwrap(),
    ] {
        let Entry::Click(hit) = Entry::decode(&old).unwrap() else {
            panic!("not a click")
        };
        assert_eq!(hit.visitor, Some(Visitor(255)));
        assert_eq!(hit.network.as_deref(), Some("x"));
        assert_eq!(hit.referrer.as_deref(), Some("https://t.co"));
        assert_eq!(hit.context, RequestContext::default());
    }
}

#[test]
fn an_orphan_has_a_compact_form_of_its_own() {
    let orphan = Entry::Orphan(Orphan {
        id: ClickId::from_parts(Millis(1), [1; 10]),
        at: Millis(1),
        domain: "ll.example".into(),
        slug: "lamq".into(),
        user_agent: Some("Firefox".into()),
        referrer: None,
        context: RequestContext::default(),
    });
    let bytes = orphan.encode().unwrap();
    assert_eq!(bytes[0], ORPHAN);
    assert!(bytes.len() < 60, "{} bytes", bytes.len());
    assert_eq!(Entry::decode(&bytes).unwrap(), orphan);
}

#[test]
fn what_is_not_known_is_an_error() {
    assert!(matches!(
        Entry::decode(&[CLICK, 7]),
        Err(DecodeError::Compact(_))
    ));
    assert!(matches!(
        Entry::decode(&[ORPHAN]),
        Err(DecodeError::Compact(_))
    ));
    assert!(matches!(Entry::decode(b""), Err(DecodeError::Form(_))));
    assert!(matches!(Entry::decode(b"junk"), Err(DecodeError::Form(_))));
    assert!(matches!(
        Entry::decode(br#"{"v":2}"#),
        Err(DecodeError::Version(2))
    ));
    let other = br#"{"v":1,"entry":"other"}"#;
    assert!(matches!(Entry::decode(other), Err(DecodeError::Form(_))));
}
