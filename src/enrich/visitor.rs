//! Visitors: pseudonyms that last one day and lead nowhere.
//!
//! Holds: a pseudonym is a keyed hash (BLAKE3) of truncated address, user agent and link domain.
//! The key is random, lives for one UTC day, and is then overwritten, so that nobody, not even the
//! operator, can link a visitor to another day or back to an address. Alone a node keeps it in a
//! file; nodes on one Redis share it there ([`shared`]).
//!
//! ```text
//! visitor.key = YYYY-MM-DD " " base64( key[32] )          ; in the data folder, mode 0600
//! ```

pub mod shared;

use std::fmt;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blake3::Hasher;

use crate::click::Visitor;
use crate::clock::{DAY_MS, Millis};
use shared::SharedKeys;

const FILE: &str = "visitor.key";

/// How long before midnight the next day's key is fetched from Redis.
const AHEAD_MS: i64 = 5 * 60 * 1000;

/// Gives pseudonyms.
pub struct Pseudonyms {
    kept: Kept,
    days: RwLock<Days>,
}

/// Where keys come from.
enum Kept {
    File(PathBuf),
    Redis(SharedKeys),
}

/// The keys in memory.
struct Days {
    today: Day,
    /// Tomorrow's, where it is known already.
    next: Option<Day>,
}

#[derive(Clone)]
struct Day {
    /// Days since 1970-01-01, UTC.
    number: i64,
    key: [u8; 32],
}

impl Day {
    fn new(number: i64, key: [u8; 32]) -> Day {
        Day { number, key }
    }

    /// Of a key that nobody else has yet.
    fn own(number: i64) -> Day {
        Day::new(number, rand::random())
    }
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kept {
            Kept::File(path) => write!(f, "Pseudonyms({})", path.display()),
            Kept::Redis(keys) => write!(f, "Pseudonyms({keys:?})"),
        }
    }
}

impl Pseudonyms {
    /// Takes up today's key from the data folder, or makes one.
    ///
    /// # Errors
    /// When the key file cannot be read or written.
    pub fn open(dir: &Path, now: Millis) -> io::Result<Pseudonyms> {
        let path = dir.join(FILE);
        let number = day_of(now);
        let kept = match std::fs::read_to_string(&path) {
            Ok(text) => parse(&text).filter(|day| day.number == number),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let today = match kept {
            Some(day) => day,
            None => fresh(&path, number)?,
        };
        Ok(Pseudonyms::new(Kept::File(path), today))
    }

    /// Takes up today's key from Redis. Where that is away, pseudonyms are this node's own until
    /// [`Pseudonyms::prepare`] has brought the key or put its own there.
    pub async fn shared(keys: SharedKeys, now: Millis) -> Pseudonyms {
        let pseudonyms = Pseudonyms::new(Kept::Redis(keys), Day::own(day_of(now)));
        if let Err(error) = pseudonyms.prepare(now).await {
            tracing::warn!(%error, "visitors are counted by this node alone until Redis is back");
        }
        pseudonyms
    }

    fn new(kept: Kept, today: Day) -> Pseudonyms {
        let days = RwLock::new(Days { today, next: None });
        Pseudonyms { kept, days }
    }

    /// Fetches what will be needed soon, or was missing, and destroys what has had its day; called
    /// again and again.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn prepare(&self, now: Millis) -> Result<(), shared::Error> {
        let Kept::Redis(keys) = &self.kept else {
            // The last day's key goes now, not with the next click.
            self.key_of(day_of(now));
            return Ok(());
        };
        let (today, soon) = (day_of(now), day_of(now.plus_ms(AHEAD_MS)));
        for number in today..=soon {
            let offered = self.key(number).unwrap_or_else(rand::random);
            let key = keys.of(number, now, offered).await?;
            let mut days = self.days.write().unwrap_or_else(PoisonError::into_inner);
            if days.today.number == number {
                if days.today.key != key {
                    days.today = Day::new(number, key);
                }
            } else if days.today.number < number {
                days.next = Some(Day::new(number, key));
            }
        }
        Ok(())
    }

    /// The key of a day, as far as this node has one.
    fn key(&self, number: i64) -> Option<[u8; 32]> {
        let days = self.days.read().unwrap_or_else(PoisonError::into_inner);
        let known = [Some(&days.today), days.next.as_ref()];
        let day = known.into_iter().flatten().find(|day| day.number == number);
        day.map(|day| day.key)
    }

    /// The pseudonym of a browser on that day.
    pub fn of(&self, now: Millis, address: IpAddr, user_agent: &str, domain: &str) -> Visitor {
        let mut hash = Hasher::new_keyed(&self.key_of(day_of(now)));
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

    /// The key of that day, made anew where the day is new.
    fn key_of(&self, number: i64) -> [u8; 32] {
        {
            let days = self.days.read().unwrap_or_else(PoisonError::into_inner);
            if days.today.number >= number {
                // A request that began before midnight may use the new key; never the other way.
                return days.today.key;
            }
        }
        let mut days = self.days.write().unwrap_or_else(PoisonError::into_inner);
        if days.today.number < number {
            days.today = match (&self.kept, days.next.take()) {
                (_, Some(next)) if next.number == number => next,
                (Kept::File(path), _) => fresh(path, number).unwrap_or_else(|error| {
                    // The old key must go even where the new one cannot be kept.
                    let removed = std::fs::remove_file(path).is_ok();
                    tracing::warn!(%error, removed, "today's visitor key lasts only until a restart");
                    Day::own(number)
                }),
                (Kept::Redis(_), _) => Day::own(number),
            };
        }
        days.today.key
    }
}

fn day_of(moment: Millis) -> i64 {
    moment.0.div_euclid(DAY_MS)
}

fn date(number: i64) -> String {
    let midnight = Millis(number.saturating_mul(DAY_MS));
    midnight.timestamp().strftime("%Y-%m-%d").to_string()
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

fn parse(text: &str) -> Option<Day> {
    let (date, key) = text.trim().split_once(' ')?;
    let midnight = Millis::parse(&format!("{date}T00:00:00Z")).ok()?;
    let key = STANDARD.decode(key).ok()?.try_into().ok()?;
    Some(Day::new(midnight.0.div_euclid(DAY_MS), key))
}

/// Makes the key of a day and puts it in the place of the last one.
fn fresh(path: &Path, number: i64) -> io::Result<Day> {
    let key: [u8; 32] = rand::random();
    let date = date(number);
    let new = path.with_extension("key.new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(format!("{date} {}\n", STANDARD.encode(key)).as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    Ok(Day::new(number, key))
}

#[cfg(test)]
mod tests {
    use super::*;

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
