//! User agents, each stored once.
//!
//! # Invariants
//! - `seen_on` is the day of the agent's latest click, in whatever order clicks arrive.
//! - Retention deletes an agent when the clicks of that day are too old for every class. Only a
//!   click that arrives after its own retention time can refer to a deleted agent.
//! - Ids increase under the lock of [`Store::ingest`](crate::store::Store::ingest).

use std::collections::HashMap;

use crate::click::{AgentFamilies, EnrichedClick};
use crate::clock::DAY_MS;
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, statements, value};

/// Most agents in memory. With more, the memory is cleared and agents are looked up again.
const REMEMBERED: usize = 50_000;

statements! {
    sql LAST = "SELECT coalesce(max(id), 0) FROM agent";
    bulk FIND = bulk_sql!("SELECT id, user_agent FROM agent WHERE user_agent " in_list);
    bulk WRITE = bulk_sql!(
        "INSERT INTO agent "
        values(id BIGINT, user_agent TEXT, seen_on BIGINT, browser TEXT, os TEXT, device TEXT)
        " ON CONFLICT (user_agent) DO UPDATE SET seen_on = excluded.seen_on, \
        browser = excluded.browser, os = excluded.os, device = excluded.device \
        WHERE agent.seen_on < excluded.seen_on"
    );
}

/// A known agent.
#[derive(Clone, Copy, Debug)]
struct Seen {
    id: i64,
    /// The latest day in the store.
    on: i64,
}

/// An agent to write.
#[derive(Clone, Copy, Debug)]
struct Fresh<'a> {
    on: i64,
    families: &'a AgentFamilies,
}

/// Id, text and data of an agent to write.
type AgentRow<'a> = (i64, &'a str, Fresh<'a>);

/// The known agents, by their text.
#[derive(Debug, Default)]
pub(super) struct KnownAgents(HashMap<String, Seen>);

impl KnownAgents {
    /// The id of each click's agent, if it has one; unknown agents are created.
    pub(super) async fn of(
        &mut self,
        tx: &mut Tx,
        sightings: &[&EnrichedClick<'_>],
    ) -> Result<Vec<Option<i64>>, Error> {
        if self.0.len() > REMEMBERED {
            self.0.clear();
        }
        // Agents that are unknown, or that were not seen yet on that day.
        let mut fresh: HashMap<&str, Fresh<'_>> = HashMap::new();
        for EnrichedClick { hit, finding } in sightings {
            let Some(agent) = hit.user_agent.as_deref() else {
                continue;
            };
            let day = hit.clicked_at.0.div_euclid(DAY_MS);
            if self.0.get(agent).is_none_or(|seen| seen.on < day) {
                let families = &*finding.families;
                let fresh = fresh.entry(agent).or_insert(Fresh { on: day, families });
                fresh.on = day.max(fresh.on);
            }
        }
        if !fresh.is_empty() {
            self.write(tx, fresh.into_iter().collect()).await?;
        }
        let id = |agent: &str| self.0.get(agent).map(|seen| seen.id);
        Ok(sightings
            .iter()
            .map(|click| click.hit.user_agent.as_deref().and_then(id))
            .collect())
    }

    /// Writes each agent again on each day, so an agent that was deleted meanwhile is created
    /// again.
    async fn write(&mut self, tx: &mut Tx, fresh: Vec<(&str, Fresh<'_>)>) -> Result<(), Error> {
        let found = bulk!(
            all(i64, String),
            tx,
            FIND,
            fresh,
            [|row: &(&str, Fresh<'_>)| row.0.to_owned()]
        )?;
        let found: HashMap<String, i64> = found.into_iter().map(|(id, text)| (text, id)).collect();
        let mut last = value!(i64, tx, LAST)?.unwrap_or(0);
        let mut rows: Vec<AgentRow<'_>> = Vec::with_capacity(fresh.len());
        for (agent, fresh) in fresh {
            let id = found.get(agent).copied().unwrap_or_else(|| {
                last += 1;
                last
            });
            rows.push((id, agent, fresh));
            let seen = Seen { id, on: fresh.on };
            self.0.insert(agent.to_owned(), seen);
        }
        bulk!(
            execute,
            tx,
            WRITE,
            rows,
            [
                |row: &AgentRow<'_>| row.0,
                |row: &AgentRow<'_>| row.1.to_owned(),
                |row: &AgentRow<'_>| row.2.on,
                |row: &AgentRow<'_>| row.2.families.browser.clone(),
                |row: &AgentRow<'_>| row.2.families.os.clone(),
                |row: &AgentRow<'_>| row.2.families.device.clone().into_owned(),
            ]
        )?;
        Ok(())
    }
}
