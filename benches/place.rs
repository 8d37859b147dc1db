//! How long one look-up takes: `cargo bench --bench place`.
//!
//! Asks the small databases of the tests, so the records are as large as real ones and everything
//! is in the processor's caches. Real files cost more: a search tree of a hundred megabytes is not
//! in any cache. Name one to measure that: `LEADLINE_BENCH_GEO=city.mmdb cargo bench --bench
//! place`.

#![expect(clippy::expect_used, reason = "a step that fails fails the benchmark")]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use criterion::{Criterion, criterion_group, criterion_main};
use leadline::enrich::geo::GeoLookup;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/geo")
        .join(name)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark has no configuration to read it from"
)]
fn real_file() -> Option<PathBuf> {
    std::env::var("LEADLINE_BENCH_GEO").ok().map(PathBuf::from)
}

fn look_ups(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("place/look_up");
    let [city, asn] = ["city.mmdb", "asn.mmdb"].map(|name| Some(fixture(name)));
    let known: IpAddr = "192.0.2.0".parse().expect("an address");
    for (name, places, address) in [
        ("no database", GeoLookup::open(None, None), known),
        ("city", GeoLookup::open(city.clone(), None), known),
        (
            "city and network",
            GeoLookup::open(city.clone(), asn.clone()),
            known,
        ),
        (
            "unknown",
            GeoLookup::open(city, asn),
            Ipv4Addr::LOCALHOST.into(),
        ),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| places.look_up(black_box(address)));
        });
    }
    if let Some(file) = real_file() {
        let places = GeoLookup::open(Some(file), None);
        // Addresses all over, the same ones in each run.
        let mut number = 1u32;
        group.bench_function("a real file", |bencher| {
            bencher.iter(|| {
                number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                places.look_up(Ipv4Addr::from(number & 0xffff_ff00).into())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, look_ups);
criterion_main!(benches);
