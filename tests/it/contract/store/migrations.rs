//! A store of an earlier version keeps its data.

use crate::support::{finding, finest, totals};
use leadline::click::{ClickClass, Visitor};
use leadline::clock::Millis;
use leadline::id::{CampaignId, ClickId, ConversionId, LinkId, WorkspaceId};
use leadline::money::rate::DayRate;
use leadline::store::{self, Store};
use rstest::rstest;
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, Executor};

use super::{T0, bits};
use crate::support::database::{Database, postgres_schema};

const NOW: Millis = Millis(T0.0 + 1_000);

/// Clicks as they stood before they became narrow: two of one visitor, a program, one without
/// identity.
fn wide_clicks(of: WorkspaceId) -> String {
    let (link, campaign) = (
        LinkId::from_parts(T0, bits(1)),
        CampaignId::from_parts(T0, bits(1)),
    );
    let row = |n: u8, visitor: &str, class: &str, first: bool| {
        let id = ClickId::from_parts(NOW, bits(n));
        format!(
            "('{id}', '{of}', '{link}', '{campaign}', 'x', {}, {visitor}, 'Firefox', \
             'https://t.co/a', '{class}', 'default', {first})",
            NOW.0
        )
    };
    let ann = "'fedcba9876543210aaaaaaaaaaaaaaaa'";
    let rows = [
        row(1, ann, "human", true),
        row(2, ann, "human", false),
        row(3, "NULL", "bot", false),
        row(4, "NULL", "human", false),
    ];
    let first = ClickId::from_parts(NOW, bits(1));
    format!(
        "INSERT INTO click VALUES {}; \
         INSERT INTO visitor_first VALUES ('{campaign} x', {ann}, '{first}', {})",
        rows.join(", "),
        NOW.0
    )
}

#[rstest]
#[tokio::test]
async fn wide_clicks_become_narrow(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let dir = tempfile::tempdir().unwrap();
    let of = WorkspaceId::from_parts(T0, bits(1));
    let url = match database {
        Database::Sqlite => format!("sqlite:{}/old.db?mode=rwc", dir.path().display()).into(),
        Database::Postgres => postgres_schema().await,
    };
    // Of the crawler's click only the sum is left when the roll-up learns of classes.
    let (clicks, dropped) = (wide_clicks(of), "DELETE FROM click WHERE class = 'crawler'");
    macro_rules! steps {
        ($connection:ty, $folder:literal) => {{
            let mut old = <$connection>::connect(url.expose_secret()).await.unwrap();
            for step in [
                include_str!(concat!($folder, "0001_start.sql")),
                include_str!(concat!($folder, "0002_link_edits.sql")),
                &clicks,
                include_str!(concat!($folder, "0003_narrow_clicks.sql")),
                include_str!(concat!($folder, "0004_click_retention.sql")),
                dropped,
                include_str!(concat!($folder, "0005_who_and_where.sql")),
                include_str!(concat!($folder, "0008_unique_visitors.sql")),
                include_str!(concat!($folder, "0010_exchange_rates.sql")),
                include_str!(concat!($folder, "0011_customers.sql")),
                include_str!(concat!($folder, "0013_click_days.sql")),
                include_str!(concat!($folder, "0015_click_day_totals.sql")),
                include_str!(concat!($folder, "0016_report_indexes.sql")),
                include_str!(concat!($folder, "0017_report_days.sql")),
                include_str!(concat!($folder, "0018_report_cells.sql")),
                include_str!(concat!($folder, "0025_click_floods.sql")),
            ] {
                old.execute(sqlx::raw_sql(AssertSqlSafe(step)))
                    .await
                    .unwrap();
            }
            old.close().await.unwrap();
        }};
    }
    match database {
        Database::Sqlite => steps!(sqlx::SqliteConnection, "../../../../migrations/sqlite/"),
        Database::Postgres => steps!(sqlx::PgConnection, "../../../../migrations/postgres/"),
    }
    let store = Store::open(&url, 2).await.unwrap();
    let mut tx = store.read().await.unwrap();
    let kept = |n| ClickId::from_parts(NOW, bits(n));
    let read = async |tx: &mut store::Tx, n| {
        let click = store::click_event::by_id(tx, of, kept(n)).await.unwrap();
        click.unwrap()
    };
    let first = read(&mut tx, 1).await;
    assert_eq!(first.hit.visitor, Some(Visitor(0xfedc_ba98_7654_3210)));
    assert_eq!(first.hit.user_agent.as_deref(), Some("Firefox"));
    assert_eq!(first.hit.referrer.as_deref(), Some("https://t.co/a"));
    assert_eq!(first.hit.clicked_at, NOW);
    assert!(first.first.of_network && !read(&mut tx, 2).await.first.of_network);
    assert_eq!(read(&mut tx, 2).await.finding.class, ClickClass::Human);
    assert_eq!(read(&mut tx, 4).await.hit.visitor, None);
    let campaign = CampaignId::from_parts(T0, bits(1));
    let (from, to) = (NOW.quarter_hour(), NOW.plus_ms(1));
    let rolled = store::click_event::sums(&mut tx, campaign, from, to, &finest())
        .await
        .unwrap();
    assert_eq!(totals(&rolled), [3, 1, 1]);
    let counted = store::click_event::raw_sums(&mut tx, campaign, from, to, &finest()).await;
    assert_eq!(totals(&counted.unwrap()), [3, 0, 1]);

    // Who was seen before the change is not first after it.
    drop(tx);
    let hit = leadline::click::RawClick {
        id: kept(9),
        ..first.hit
    };
    let sighting = leadline::click::EnrichedClick {
        hit: &hit,
        finding: &finding(ClickClass::Human),
    };
    let mut tx = store.write().await.unwrap();
    let again = store::click_event::writer::ClickWriter::default()
        .insert_all(&mut tx, &[sighting])
        .await;
    let seen = store::click_event::writer::ClickInsertion::New {
        first: leadline::click::FirstVisit::default(),
    };
    assert_eq!(again.unwrap(), [seen]);
}

/// A sale in dollars, credited to a campaign that counts in euros, and one of its own currency.
fn foreign_credits(of: WorkspaceId) -> String {
    let campaign = CampaignId::from_parts(T0, bits(1));
    let credit = |n: u8, currency: &str| {
        let id = ConversionId::from_parts(T0, bits(n));
        format!(
            "('{id}', 'last_touch', 0, '{of}', '{campaign}', {at}, {at}, 'sale', 1000000, 10521, \
             '{currency}', 'utm')",
            at = T0.0
        )
    };
    format!(
        "INSERT INTO workspace VALUES ('{of}', 'w', '{{}}', 0); \
         INSERT INTO campaign (id, workspace_id, name, name_lower, utm_campaign, currency, time_zone, \
         created_at, updated_at) VALUES ('{campaign}', '{of}', 'c', 'c', 'c', 'EUR', 'UTC', 0, 0); \
         INSERT INTO credit (conversion_id, model, ordinal, workspace_id, campaign_id, occurred_at, \
         earned_at, kind, weight, amount, currency, joined_by) VALUES {}, {}",
        credit(1, "USD"),
        credit(2, "EUR")
    )
}

#[rstest]
#[tokio::test]
async fn credits_of_other_currencies_wait_for_rates(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let dir = tempfile::tempdir().unwrap();
    let url = match database {
        Database::Sqlite => format!("sqlite:{}/old.db?mode=rwc", dir.path().display()).into(),
        Database::Postgres => postgres_schema().await,
    };
    let credits = foreign_credits(WorkspaceId::from_parts(T0, bits(1)));
    macro_rules! steps {
        ($connection:ty, $folder:literal) => {{
            let mut old = <$connection>::connect(url.expose_secret()).await.unwrap();
            for step in [
                include_str!(concat!($folder, "0001_start.sql")),
                &credits,
                include_str!(concat!($folder, "0010_exchange_rates.sql")),
            ] {
                old.execute(sqlx::raw_sql(AssertSqlSafe(step)))
                    .await
                    .unwrap();
            }
            old.close().await.unwrap();
        }};
    }
    match database {
        Database::Sqlite => steps!(sqlx::SqliteConnection, "../../../../migrations/sqlite/"),
        Database::Postgres => steps!(sqlx::PgConnection, "../../../../migrations/postgres/"),
    }
    let store = Store::open(&url, 2).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let rate = DayRate {
        day: T0.day(),
        currency: "USD".parse().unwrap(),
        rate: "1.0521".parse().unwrap(),
    };
    let put = store::exchange_rate::upsert(&mut tx, &[rate], "ecb", NOW).await;
    assert_eq!(put.unwrap().new, 1);
    let span = (T0, NOW);
    let waiting = store::credit::exchange::waiting(&mut tx, span, None, 9).await;
    let dollars = ConversionId::from_parts(T0, bits(1));
    assert_eq!(waiting.unwrap(), [(T0, dollars)]);
}
