//! Every field, from each kind of database; files that are missing, damaged or replaced.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use super::*;

/// The databases that `scripts/geo-fixture` writes.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/geo")
        .join(name)
}

fn of(name: &str) -> GeoLookup {
    GeoLookup::open(Some(fixture(name)), None)
}

fn networks() -> GeoLookup {
    GeoLookup::open(None, Some(fixture("asn.mmdb")))
}

fn at(places: &GeoLookup, address: &str) -> GeoLocation {
    places.look_up(address.parse().unwrap())
}

/// Continent, country, region and city in one line.
fn line(places: &GeoLookup, address: &str) -> String {
    let place = at(places, address);
    [place.continent, place.country, place.region, place.city]
        .map(|part| part.unwrap_or_else(|| "-".to_owned()))
        .join(" ")
}

/// Replaces the file at `path` at once, with a time that no earlier call used.
fn put(path: &Path, bytes: &[u8]) {
    static TIMES: AtomicU64 = AtomicU64::new(1_780_000_000);
    let seconds = TIMES.fetch_add(1, Ordering::Relaxed);
    let beside = path.with_extension("new");
    let mut file = File::create(&beside).unwrap();
    file.write_all(bytes).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .unwrap();
    fs::rename(beside, path).unwrap();
}

#[test]
fn cities_are_told_by_their_network() {
    let places = of("city.mmdb");
    for (address, expected) in [
        ("192.0.2.0", "EU DE DE-BE Berlin"),
        ("192.0.2.127", "EU DE DE-BE Berlin"),
        ("192.0.2.128", "EU DE DE-BB Potsdam"),
        ("::ffff:192.0.2.128", "EU DE DE-BB Potsdam"),
        ("198.51.100.0", "EU GB GB-ENG London"),
        ("203.0.113.0", "EU DE - -"),
        ("203.0.113.200", "EU DE DE-BB Frankfurt (Oder)"),
        ("2001:db8:1::", "EU CH CH-ZH Zurich"),
        // The country where a network is registered is not its location; a German name is not
        // English.
        ("2001:db8:2::", "EU - - -"),
        ("2001:db8:3::", "- CH - -"),
        ("2001:db8:4::", "- - - -"),
        ("127.0.0.1", "- - - -"),
        ("::1", "- - - -"),
    ] {
        assert_eq!(line(&places, address), expected, "{address}");
    }
    assert_eq!(at(&places, "192.0.2.0").hosting, None);
}

#[test]
fn databases_of_db_ip_have_names_for_regions_and_districts_that_go() {
    assert_eq!(
        line(&of("dbip-city.mmdb"), "192.0.2.0"),
        "EU DE Berlin Berlin"
    );
}

#[test]
fn databases_of_countries_tell_countries_only() {
    let places = of("country.mmdb");
    assert_eq!(line(&places, "192.0.2.0"), "EU DE - -");
    assert_eq!(line(&places, "2001:db8:1::"), "EU CH - -");
    assert_eq!(line(&places, "198.51.100.0"), "- - - -");
}

#[test]
fn networks_are_named_and_data_centres_marked() {
    let places = networks();
    for (address, asn, name, hosting) in [
        ("192.0.2.0", 64496, Some("Example Broadband"), false),
        ("198.51.100.0", 24940, Some("Hetzner Online GmbH"), true),
        ("203.0.113.0", 64497, Some("Example Web HOSTING Ltd"), true),
        ("203.0.113.128", 64498, None, false),
        ("2001:db8:1::", 13335, Some("CLOUDFLARENET"), false),
        ("2001:db8:2::", 16509, Some("AMAZON-02"), true),
    ] {
        let expected = GeoLocation {
            asn: Some(asn),
            as_name: name.map(str::to_owned),
            hosting: Some(hosting),
            ..GeoLocation::default()
        };
        assert_eq!(at(&places, address), expected, "{address}");
    }
    assert_eq!(at(&places, "2001:db8:4::"), GeoLocation::default());
}

#[test]
fn both_databases_answer_together() {
    let places = GeoLookup::open(Some(fixture("city.mmdb")), Some(fixture("asn.mmdb")));
    let place = at(&places, "198.51.100.0");
    assert_eq!(place.city.as_deref(), Some("London"));
    assert_eq!((place.asn, place.hosting), (Some(24940), Some(true)));
    // Each database answers for addresses that the other one does not know.
    assert_eq!(at(&places, "2001:db8:3::").asn, None);
    assert_eq!(at(&places, "2001:db8:2::").asn, Some(16509));
}

#[test]
fn without_databases_nothing_is_known() {
    let places = GeoLookup::open(None, None);
    places.refresh();
    assert_eq!(at(&places, "192.0.2.0"), GeoLocation::default());
}

#[test]
fn a_database_of_places_may_name_networks_too() {
    let expected = |place: &GeoLocation| (place.country.clone(), place.asn, place.hosting);
    let of =
        |asn: Option<&str>| GeoLookup::open(Some(fixture("enterprise.mmdb")), asn.map(fixture));
    let germany = || Some("DE".to_owned());
    for (places, last) in [
        (of(None), (germany(), None, None)),
        (of(Some("enterprise.mmdb")), (germany(), None, None)),
        // A database of networks knows more about them, so it wins.
        (of(Some("asn.mmdb")), (germany(), Some(64497), Some(true))),
    ] {
        let found =
            ["192.0.2.0", "198.51.100.0", "203.0.113.0"].map(|address| at(&places, address));
        let britain = Some("GB".to_owned());
        assert_eq!(expected(&found[0]), (germany(), Some(64496), Some(false)));
        assert_eq!(expected(&found[1]), (britain, Some(24940), Some(true)));
        assert_eq!(expected(&found[2]), last);
    }
}

#[test]
fn a_database_of_another_kind_is_one_warning_and_the_old_one_stays() {
    let neither = ["anonymous-ip", "connection-type", "domain", "unheard-of"];
    let both = |also| neither.into_iter().chain([also]);
    let wrong_places: Vec<_> = both("asn").collect();
    let wrong_networks: Vec<_> = both("city").chain(["country", "dbip-city"]).collect();
    for (good, wrong) in [("city", wrong_places), ("asn", wrong_networks)] {
        let bytes = |name: &str| fs::read(fixture(name).with_extension("mmdb")).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file.mmdb");
        put(&path, &bytes(good));
        let log = CapturedLog::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone());
        tracing::subscriber::with_default(subscriber.finish(), || {
            let places = match good {
                "city" => GeoLookup::open(Some(path.clone()), None),
                _ => GeoLookup::open(None, Some(path.clone())),
            };
            let before = at(&places, "192.0.2.0");
            assert_ne!(before, GeoLocation::default());
            for (changes, name) in wrong.into_iter().enumerate() {
                put(&path, &bytes(name));
                places.refresh();
                places.refresh();
                let warnings = log.warnings();
                assert_eq!(warnings.len(), changes + 1, "{name}: {warnings:#?}");
                assert_eq!(at(&places, "192.0.2.0"), before, "{name}");
            }
        });
    }
}

#[test]
fn a_missing_file_may_follow_and_a_good_one_may_go() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("city.mmdb");
    let places = GeoLookup::open(Some(path.clone()), None);
    assert_eq!(line(&places, "192.0.2.0"), "- - - -");
    put(&path, &fs::read(fixture("city.mmdb")).unwrap());
    assert_eq!(line(&places, "192.0.2.0"), "- - - -");
    places.refresh();
    assert_eq!(line(&places, "192.0.2.0"), "EU DE DE-BE Berlin");
    fs::remove_file(&path).unwrap();
    places.refresh();
    assert_eq!(line(&places, "192.0.2.0"), "EU DE DE-BE Berlin");
}

#[test]
fn a_changed_file_is_swapped_in_while_look_ups_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("city.mmdb");
    let versions = ["city.mmdb", "city-later.mmdb"].map(|name| fs::read(fixture(name)).unwrap());
    put(&path, &versions[0]);
    let places = GeoLookup::open(Some(path.clone()), None);
    let lines = ["EU DE DE-BE Berlin", "- DE - Hamburg"];
    let (done, strange) = (AtomicBool::new(false), Mutex::new(None));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let found = line(&places, "192.0.2.0");
                    if !lines.contains(&found.as_str()) {
                        *strange.lock().unwrap() = Some(found);
                    }
                }
            });
        }
        for round in 0..50 {
            let which = (round + 1) % 2;
            put(&path, &versions[which]);
            places.refresh();
            let found = line(&places, "192.0.2.0");
            if found != lines[which] {
                *strange.lock().unwrap() = Some(found);
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(strange.into_inner().unwrap(), None);
}

#[test]
fn a_damaged_file_leaves_the_old_one_in_force_and_is_logged_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("city.mmdb");
    let good = fs::read(fixture("city.mmdb")).unwrap();
    put(&path, &good);
    let log = CapturedLog::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer({
            let log = log.clone();
            move || log.clone()
        })
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let places = GeoLookup::open(Some(path.clone()), None);
        let mut holed = good.clone();
        // The records follow the search tree. Only a read of all records finds a hole there.
        let records = holed
            .windows(6)
            .position(|window| window == b"Berlin")
            .unwrap();
        holed[records - 1..records + 5].fill(0xff);
        for (changes, bytes) in [&b""[..], b"no database", &good[..good.len() / 2], &holed]
            .into_iter()
            .enumerate()
        {
            put(&path, bytes);
            for _ in 0..3 {
                places.refresh();
            }
            let warnings = log.warnings();
            assert_eq!(warnings.len(), changes + 1, "{warnings:#?}");
            assert_eq!(line(&places, "192.0.2.0"), "EU DE DE-BE Berlin");
        }
        put(&path, &fs::read(fixture("city-later.mmdb")).unwrap());
        places.refresh();
        assert_eq!(line(&places, "192.0.2.0"), "- DE - Hamburg");
        assert_eq!(log.warnings().len(), 4);
    });
}

#[test]
fn no_damage_brings_a_look_up_down() {
    let dir = tempfile::tempdir().unwrap();
    let addresses = [
        "192.0.2.0",
        "198.51.100.0",
        "203.0.113.0",
        "2001:db8:1::",
        "::",
    ];
    for name in ["city.mmdb", "asn.mmdb"] {
        let good = fs::read(fixture(name)).unwrap();
        let path = dir.path().join(name);
        let open = || match name {
            "asn.mmdb" => GeoLookup::open(None, Some(path.clone())),
            _ => GeoLookup::open(Some(path.clone()), None),
        };
        for cut in (0..good.len()).step_by(97) {
            fs::write(&path, &good[..cut]).unwrap();
            let places = open();
            for address in addresses {
                assert_eq!(at(&places, address), GeoLocation::default(), "cut at {cut}");
            }
        }
        for byte in (0..good.len()).step_by(7) {
            let mut bad = good.clone();
            bad[byte] ^= 0xff;
            fs::write(&path, &bad).unwrap();
            let places = open();
            for address in addresses {
                at(&places, address); // The answer may differ, but the lookup must not panic.
            }
        }
    }
}

/// Captures the log.
#[derive(Clone, Default)]
struct CapturedLog(Arc<Mutex<Vec<u8>>>);

impl CapturedLog {
    fn warnings(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let warnings = text.lines().filter(|line| line.contains("WARN"));
        warnings.map(str::to_owned).collect()
    }
}

impl Write for CapturedLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
