//! The keys of today and tomorrow in memory, and the pseudonyms they give.
//!
//! ```text
//! visitor.key = YYYY-MM-DD " " base64( key[32] )          ; in the data folder, mode 0600
//! ```
//!
//! # Invariants
//! The key of a day that is over is overwritten even when nobody clicks, and even when the next
//! key cannot be written. A key file is never half written.

use std::fmt;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blake3::Hasher;
use tempfile::Builder;

use super::shared::{self, SharedKeys};
use crate::click::Visitor;
use crate::clock::Millis;

const FILE: &str = "visitor.key";

/// Where the next key is written before it takes the place of the last one.
const NEXT_FILE: &str = "visitor.key.new";

/// How long before midnight the next day's key is fetched from Redis.
const AHEAD_MS: i64 = 5 * 60 * 1000;

/// Gives visitors their pseudonyms.
pub struct Pseudonyms {
    source: KeySource,
    days: RwLock<DayKeys>,
}

/// Where keys come from.
enum KeySource {
    File(PathBuf),
    Redis(SharedKeys),
}

/// The keys in memory.
struct DayKeys {
    today: DayKey,
    /// Tomorrow's, when it is known already.
    next: Option<DayKey>,
}

#[derive(Clone)]
struct DayKey {
    /// Days since 1970-01-01, UTC.
    day: i64,
    key: [u8; 32],
}

impl DayKey {
    fn new(day: i64, key: [u8; 32]) -> DayKey {
        DayKey { day, key }
    }

    /// A random key of this node's own.
    fn random(day: i64) -> DayKey {
        DayKey::new(day, rand::random())
    }
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            KeySource::File(path) => write!(f, "Pseudonyms({})", path.display()),
            KeySource::Redis(keys) => write!(f, "Pseudonyms({keys:?})"),
        }
    }
}

impl Pseudonyms {
    /// Reads today's key from the data folder, or creates one.
    ///
    /// # Errors
    /// When the key file cannot be read or written.
    pub fn open(dir: &Path, now: Millis) -> io::Result<Pseudonyms> {
        let path = dir.join(FILE);
        let day = now.day();
        let stored = match std::fs::read_to_string(&path) {
            Ok(text) => parse(&text).filter(|key| key.day == day),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let today = match stored {
            Some(day) => day,
            None => create(&path, day)?,
        };
        Ok(Pseudonyms::new(KeySource::File(path), today))
    }

    /// Reads today's key from Redis. While Redis is down, pseudonyms are this node's own, until
    /// [`Pseudonyms::prepare`] has fetched the key or stored its own there.
    pub async fn shared(keys: SharedKeys, now: Millis) -> Pseudonyms {
        let pseudonyms = Pseudonyms::new(KeySource::Redis(keys), DayKey::random(now.day()));
        if let Err(error) = pseudonyms.prepare(now).await {
            tracing::warn!(%error, "Redis has no visitor key; visitors who reach several nodes count once per node until Redis answers");
        }
        pseudonyms
    }

    fn new(source: KeySource, today: DayKey) -> Pseudonyms {
        let days = RwLock::new(DayKeys { today, next: None });
        Pseudonyms { source, days }
    }

    /// Fetches the keys that are missing or needed soon, and destroys the key of a day that is
    /// over. Call it regularly.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn prepare(&self, now: Millis) -> Result<(), shared::Error> {
        let KeySource::Redis(keys) = &self.source else {
            // The last day's key is destroyed now, not at the next click.
            self.key_of(now.day());
            return Ok(());
        };
        let (today, soon) = (now.day(), now.plus_ms(AHEAD_MS).day());
        for day in today..=soon {
            let offered = self.key(day).unwrap_or_else(rand::random);
            let key = keys.of(day, now, offered).await?;
            let mut days = self.days.write().unwrap_or_else(PoisonError::into_inner);
            if days.today.day == day {
                if days.today.key != key {
                    days.today = DayKey::new(day, key);
                }
            } else if days.today.day < day {
                days.next = Some(DayKey::new(day, key));
            }
        }
        Ok(())
    }

    /// The key of a day, when this node has it.
    fn key(&self, day: i64) -> Option<[u8; 32]> {
        let days = self.days.read().unwrap_or_else(PoisonError::into_inner);
        let known = [Some(&days.today), days.next.as_ref()];
        let mut known = known.into_iter().flatten();
        known.find(|known| known.day == day).map(|known| known.key)
    }

    /// The pseudonym of a browser on that day.
    pub fn of(&self, now: Millis, address: IpAddr, user_agent: &str, domain: &str) -> Visitor {
        let mut hash = Hasher::new_keyed(&self.key_of(now.day()));
        match truncate(address) {
            IpAddr::V4(v4) => hash.update(&v4.octets()),
            IpAddr::V6(v6) => hash.update(&v6.octets()),
        };
        for part in [user_agent, domain] {
            hash.update(b"\n").update(part.as_bytes());
        }
        let mut first = [0; 8];
        hash.finalize_xof().fill(&mut first);
        Visitor::of_day(u64::from_be_bytes(first))
    }

    /// The key of that day; a new day gets a new key.
    fn key_of(&self, day: i64) -> [u8; 32] {
        {
            let days = self.days.read().unwrap_or_else(PoisonError::into_inner);
            if days.today.day >= day {
                // A request that began before midnight may use the new key, never the other way.
                return days.today.key;
            }
        }
        let mut days = self.days.write().unwrap_or_else(PoisonError::into_inner);
        if days.today.day < day {
            days.today = match (&self.source, days.next.take()) {
                (_, Some(next)) if next.day == day => next,
                (KeySource::File(path), _) => create(path, day).unwrap_or_else(|error| {
                    // The old key must go even when the new one cannot be stored.
                    let removed = std::fs::remove_file(path).is_ok();
                    tracing::warn!(%error, removed, "cannot write today's visitor key, so a restart makes new visitors of today's; check the data folder");
                    DayKey::random(day)
                }),
                (KeySource::Redis(_), _) => DayKey::random(day),
            };
        }
        days.today.key
    }
}

/// The network an address is in: /24 for IPv4, /48 for IPv6.
pub fn truncate(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            Ipv4Addr::new(a, b, c, 0).into()
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
        }
    }
}

fn parse(text: &str) -> Option<DayKey> {
    let (date, key) = text.trim().split_once(' ')?;
    let midnight = Millis::parse(&format!("{date}T00:00:00Z")).ok()?;
    let key = STANDARD.decode(key).ok()?.try_into().ok()?;
    Some(DayKey::new(midnight.day(), key))
}

/// Creates the key of a day; its file replaces that of the last day.
fn create(path: &Path, day: i64) -> io::Result<DayKey> {
    let key: [u8; 32] = rand::random();
    let date = Millis::of_day(day).date();
    let dir = path.parent().unwrap_or(Path::new("."));
    // The name is fixed, so a key that a crash left there does not outlive the next one.
    match std::fs::remove_file(dir.join(NEXT_FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut next = Builder::new()
        .prefix(NEXT_FILE)
        .rand_bytes(0)
        .tempfile_in(dir)?;
    writeln!(next, "{date} {}", STANDARD.encode(key))?;
    next.as_file().sync_all()?;
    next.persist(path)?;
    Ok(DayKey::new(day, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::DAY_MS;

    const NOON: Millis = Millis(20_000 * DAY_MS + DAY_MS / 2);

    fn name(pseudonyms: &Pseudonyms, now: Millis, address: &str) -> Visitor {
        pseudonyms.of(now, address.parse().unwrap(), "Firefox", "ll.example")
    }

    #[test]
    fn a_browser_keeps_its_pseudonym_for_a_day_even_through_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let first = Pseudonyms::open(dir.path(), NOON).unwrap();
        let morning = name(&first, NOON, "203.0.113.9");
        let second = Pseudonyms::open(dir.path(), NOON).unwrap();
        assert_eq!(name(&second, NOON.plus_ms(1000), "203.0.113.9"), morning);
        assert_ne!(name(&second, NOON.plus_ms(DAY_MS), "203.0.113.9"), morning);
        let text = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(text.starts_with("2024-10-05 "), "{text}");
    }

    #[tokio::test]
    async fn a_key_is_destroyed_when_its_day_ends_though_nobody_clicks() {
        let dir = tempfile::tempdir().unwrap();
        let pseudonyms = Pseudonyms::open(dir.path(), NOON).unwrap();
        let file = || std::fs::read_to_string(dir.path().join(FILE)).unwrap();
        let before = file();
        pseudonyms.prepare(NOON.plus_ms(1)).await.unwrap();
        assert_eq!(file(), before);
        pseudonyms.prepare(NOON.plus_ms(DAY_MS / 2)).await.unwrap();
        assert!(file().starts_with("2024-10-05 "), "{}", file());
        assert!(!file().contains(before.split(' ').nth(1).unwrap()));
    }

    #[test]
    fn addresses_are_cut_before_they_are_used() {
        let dir = tempfile::tempdir().unwrap();
        let pseudonyms = Pseudonyms::open(dir.path(), NOON).unwrap();
        let of = |address| name(&pseudonyms, NOON, address);
        assert_eq!(of("203.0.113.9"), of("203.0.113.200"));
        assert_eq!(of("203.0.113.9"), of("::ffff:203.0.113.9"));
        assert_ne!(of("203.0.113.9"), of("203.0.114.9"));
        assert_eq!(of("2001:db8:1::1"), of("2001:db8:1:ffff::9"));
        assert_ne!(of("2001:db8:1::1"), of("2001:db8:2::1"));
    }
}
