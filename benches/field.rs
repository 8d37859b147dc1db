//! What the pure parts cost that a click or a report uses: `cargo bench --bench field [-- NAME]`.
//!
//! Inputs are as long as those of a usual post. Half a second to warm up and one to measure each,
//! so the whole takes less than a minute.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the benchmark")]

use std::hint::black_box;
use std::net::IpAddr;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use leadline::attribution::data_driven::DataDrivenModel;
use leadline::attribution::path::{JourneyPaths, PathOutcomes};
use leadline::attribution::{self, AttributionModel, AttributionSettings, Touch, WHOLE};
use leadline::campaign::{Campaign, Goal, GoalMetric, GoalOrWaiver};
use leadline::campaign_report::period::Period;
use leadline::campaign_report::segment::Segment;
use leadline::campaign_report::wilson::LeadRate;
use leadline::campaign_report::{
    ClickSum, CreditSum, Declared, Observed, PeriodCosts, ReportQuery, yield_report,
};
use leadline::click::{ClickClass, RawClick, RequestContext, Visitor};
use leadline::clock::{DAY_MS, Millis};
use leadline::conversion::{ConversionKind, MatchRule};
use leadline::enrich::referrer;
use leadline::event_log::entry::{Encode, Entry};
use leadline::id::{CampaignId, ClickId, LinkId, WorkspaceId};
use leadline::link::destination::{ClickTarget, UtmConflict};
use leadline::link::tagging::{self, ClickIdMode, TaggingRequest};
use leadline::link::utm::{UtmConvention, UtmTags};
use leadline::link::{Intent, Link, slug};
use leadline::link_resolver::RedirectTarget;
use leadline::network::NetworkRegistry;
use leadline::visitor_key::Pseudonyms;

const NOW: Millis = Millis(1_780_000_000_000);

const TERMS: AttributionSettings = AttributionSettings {
    window_days: 30,
    sale_window_days: 90,
    half_life_days: 7,
};

const DOMAIN: &str = "go.example.com";

const SLUG: &str = "jXJTdmX";

const URL: &str = "https://shop.example/products/lamp-arc-230?variant=brass&size=l#reviews";

const DESTINATION: &str = "https://shop.example/products/lamp-arc-230?variant=brass&size=l\
     &utm_source=x&utm_medium=social&utm_campaign=spring-launch-2026#reviews";

const REFERRER: &str = "https://www.Facebook.com/groups/lamps/posts/1234567890/?ref=share#comments";

const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
     (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

const NETWORKS: [&str; 8] = [
    "x",
    "facebook",
    "linkedin",
    "instagram",
    "mastodon",
    "bluesky",
    "reddit",
    "youtube",
];

fn link(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("field/link");
    group.bench_function("slug", |bencher| {
        bencher.iter(|| slug::is_possible(black_box(SLUG)));
    });
    let (registry, convention) = (
        NetworkRegistry::embedded().unwrap(),
        UtmConvention::default(),
    );
    let (campaign, own_domains) = (campaign(), [DOMAIN.to_owned()]);
    let wanted = TaggingRequest {
        url: URL,
        own_domains: &own_domains,
        campaign: Some(&campaign),
        network: registry.get("x"),
        utm: &UtmTags::default(),
        conflict: UtmConflict::Error,
        click_id: ClickIdMode::Auto,
        click_id_param: None,
        convention: &convention,
    };
    assert_eq!(tagging::tag(&wanted).unwrap().destination, DESTINATION);
    group.bench_function("tag", |bencher| {
        bencher.iter(|| tagging::tag(black_box(&wanted)));
    });
    let click = Some(ClickId::new(NOW));
    let prepared = ClickTarget::new(DESTINATION, Some(tagging::CLICK_ID_PARAM));
    group.bench_function("location", |bencher| {
        bencher.iter(|| black_box(&prepared).location(black_box(click), &[]));
    });
    let target = RedirectTarget::of(&short_link()).unwrap();
    group.throughput(Throughput::Bytes(target.as_bytes().len() as u64));
    group.bench_function("target_from_bytes", |bencher| {
        bencher.iter(|| RedirectTarget::from_bytes(black_box(target.as_bytes())));
    });
    group.bench_function("target_location", |bencher| {
        bencher.iter(|| black_box(&target).location(black_box(click), ""));
    });
    group.finish();
}

fn short_link() -> Link {
    Link {
        handed_on: leadline::link::handed_on::HandedOn::AdNetworks,
        id: LinkId::new(NOW),
        workspace_id: WorkspaceId::new(NOW),
        campaign_id: Some(CampaignId::new(NOW)),
        post_id: None,
        network: Some("x".to_owned()),
        domain: DOMAIN.to_owned(),
        slug: SLUG.to_owned(),
        url: URL.to_owned(),
        destination: DESTINATION.to_owned(),
        utm: UtmTags::default(),
        intent: Intent::Promotion,
        click_id_param: Some(tagging::CLICK_ID_PARAM.to_owned()),
        created_at: NOW,
        updated_at: NOW,
        archived_at: None,
    }
}

fn click(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("field/click");
    let id = ClickId::new(NOW);
    let text = id.to_string();
    group.bench_function("id_text", |bencher| bencher.iter(|| black_box(id).text()));
    group.bench_function("id_parse", |bencher| {
        bencher.iter(|| black_box(text.as_str()).parse::<ClickId>());
    });
    let dir = tempfile::tempdir().unwrap();
    let pseudonyms = Pseudonyms::open(dir.path(), NOW).unwrap();
    let address: IpAddr = "203.0.113.9".parse().unwrap();
    group.bench_function("pseudonym", |bencher| {
        bencher.iter(|| pseudonyms.of(NOW, black_box(address), black_box(BROWSER), DOMAIN));
    });
    group.throughput(Throughput::Bytes(REFERRER.len() as u64));
    group.bench_function("referrer", |bencher| {
        bencher.iter(|| referrer::trim(black_box(REFERRER)));
    });
    let visitor = pseudonyms.of(NOW, address, BROWSER, DOMAIN);
    let entry = Entry::Click(hit(id, visitor));
    let bytes = entry.encode().unwrap();
    let mut room = Vec::with_capacity(bytes.len());
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("entry_encode", |bencher| {
        bencher.iter(|| {
            room.clear();
            black_box(&entry).encode_into(black_box(&mut room))
        });
    });
    group.bench_function("entry_decode", |bencher| {
        bencher.iter(|| Entry::decode(black_box(&bytes)));
    });
    group.finish();
}

fn hit(id: ClickId, visitor: Visitor) -> RawClick {
    RawClick {
        id,
        workspace_id: WorkspaceId::new(NOW),
        link_id: LinkId::new(NOW),
        campaign_id: Some(CampaignId::new(NOW)),
        network: Some("x".to_owned()),
        clicked_at: NOW,
        visitor: Some(visitor),
        user_agent: Some(BROWSER.to_owned()),
        referrer: Some("https://t.co/AbC123xyz".to_owned()),
        context: RequestContext {
            client_subnet: Some([203, 0, 113, 0].into()),
            ..RequestContext::default()
        },
    }
}

fn report(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("field/report");
    group.bench_function("wilson", |bencher| {
        bencher.iter(|| LeadRate::wilson(black_box(21.0), black_box(535.0)));
    });
    let path: Vec<Touch> = (0..8).map(touch).collect();
    group.throughput(Throughput::Elements(path.len() as u64));
    for model in AttributionModel::ALL {
        group.bench_with_input(BenchmarkId::new("credits", model), &path, |bencher, it| {
            bencher.iter(|| attribution::credits(model, black_box(it), Some(4999), &TERMS));
        });
    }
    let journeys = journeys();
    for model in DataDrivenModel::ALL {
        let id = BenchmarkId::new("shares", model.as_str());
        group.bench_with_input(id, &journeys, |bencher, it| {
            bencher.iter(|| model.shares(black_box(it)));
        });
    }
    let (clicks, credits) = sums();
    let throughput = (clicks.len() + credits.len()) as u64;
    let to = NOW.plus_ms(30 * DAY_MS);
    let query = ReportQuery {
        default_window_days: 30,
        period: Period { from: NOW, to },
        now: to,
        ..ReportQuery::default()
    };
    let observed = Observed {
        networks: NETWORKS.map(str::to_owned).to_vec(),
        clicks,
        workspace_unattributed: credits[..8].to_vec(),
        goal_credits: credits.clone(),
        credits,
        ..Observed::default()
    };
    let declared = Declared {
        campaign: campaign(),
        past_goals: Vec::new(),
        costs: PeriodCosts {
            rows: Vec::new(),
            days: 0..=0,
            unvalued_minutes: 0,
            outside: Default::default(),
        },
        engagement: Vec::new(),
        engagement_outside: [0, 0],
    };
    let report = || {
        yield_report(
            black_box(&query),
            black_box(&observed),
            black_box(&declared),
        )
    };
    assert_eq!(report().rows.len(), NETWORKS.len());
    group.throughput(Throughput::Elements(throughput));
    group.bench_function("yield_report", |bencher| bencher.iter(report));
    group.finish();
}

fn touch(number: u8) -> Touch {
    let at = NOW.plus_ms(i64::from(number) * DAY_MS);
    Touch {
        click_id: Some(ClickId::from_parts(at, [number; 10])),
        campaign_id: Some(CampaignId::from_parts(NOW, [1; 10])),
        network: Some(NETWORKS[usize::from(number) % NETWORKS.len()].to_owned()),
        network_seen: None,
        country: None,
        device: None,
        link_id: Some(LinkId::from_parts(NOW, [number; 10])),
        clicked_at: Some(at),
    }
}

fn on(network: &str) -> Segment {
    Segment {
        network: Some(network.into()),
        ..Segment::default()
    }
}

/// 200 000 journeys of one to eight steps over twelve channels, one in twenty of which converts.
fn journeys() -> JourneyPaths {
    let mut paths = JourneyPaths::default();
    let mut state = 1u64;
    let mut next = |below: u16| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        u16::try_from(state >> 33 & 0xffff).unwrap_or_default() % below
    };
    for _ in 0..200_000 {
        let steps = 1 + next(8);
        let path: Vec<u16> = (0..steps).map(|_| next(12)).collect();
        let converts = next(20) == 0;
        let ends = PathOutcomes {
            converting: converts.into(),
            others: (!converts).into(),
        };
        paths.add(path, ends);
    }
    paths
}

/// Clicks of each network, and credits of each network, kind and of two rungs.
fn sums() -> (Vec<ClickSum>, Vec<CreditSum>) {
    let clicks = NETWORKS.map(|network| {
        let classes = [
            (ClickClass::Human, 5350, 4100),
            (ClickClass::Crawler, 410, 0),
        ];
        classes.map(|(class, clicks, visitors)| ClickSum {
            segment: on(network),
            class,
            clicks,
            visitors,
            link_visitors: visitors,
        })
    });
    let clicks = clicks.concat();
    let mut credits = Vec::new();
    for network in NETWORKS {
        for (kind, name, amount) in [
            (ConversionKind::Lead, None, 0),
            (ConversionKind::Sale, None, 104_979),
            (ConversionKind::Refund, None, -4999),
            (ConversionKind::Event, Some("trial_started"), 0),
        ] {
            for joined_by in [MatchRule::ClickId, MatchRule::Customer] {
                credits.push(CreditSum {
                    segment: on(network),
                    kind,
                    name: name.map(str::to_owned),
                    currency: (amount != 0).then_some("EUR".parse().unwrap()),
                    joined_by,
                    in_window: true,
                    weight: 21 * WHOLE,
                    first_sales: 0,
                    second_sales: 0,
                    lags: Vec::new(),
                    payments: Vec::new(),
                    amount,
                    converted: None,
                });
            }
        }
    }
    (clicks, credits)
}

fn campaign() -> Campaign {
    Campaign {
        id: CampaignId::new(NOW),
        workspace_id: WorkspaceId::new(NOW),
        name: "Spring launch 2026".to_owned(),
        utm_campaign: "spring-launch-2026".to_owned(),
        aim: GoalOrWaiver::Goal(Goal {
            metric: GoalMetric::Leads,
            target: 400,
            by: None,
        }),
        currency: "EUR".parse().unwrap(),
        time_zone: "Europe/Berlin".to_owned(),
        starts_at: Some(NOW),
        ends_at: None,
        hourly_rate: None,
        lead_window_days: None,
        sale_window_days: None,
        created_at: NOW,
        updated_at: NOW,
        archived_at: None,
    }
}

fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(1))
}

criterion_group! {
    name = benches;
    config = short();
    targets = link, click, report
}
criterion_main!(benches);
