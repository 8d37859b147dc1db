//! The facts that Redis reports about itself (`INFO`) and that decide whether it can lose clicks.

/// How a Redis server is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedisCondition {
    /// Whether it is a node of a Redis Cluster.
    pub is_cluster: bool,
    /// Whether it is a replica.
    pub is_replica: bool,
    /// Its memory limit in bytes; 0 means no limit.
    pub maxmemory: u64,
    /// What it does at that limit.
    pub maxmemory_policy: String,
    /// Whether it keeps an append-only file.
    pub appendonly: bool,
}

impl RedisCondition {
    /// Reads the answer of `INFO`. A missing field counts as harmless, because managed servers hide
    /// some fields.
    pub fn parse(info: &str) -> RedisCondition {
        let field = |name: &str| {
            let mut lines = info.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
        };
        let is = |name: &str, value: &str| field(name) == Some(value);
        RedisCondition {
            is_cluster: is("redis_mode", "cluster") || is("cluster_enabled", "1"),
            is_replica: is("role", "slave") || is("role", "replica"),
            maxmemory: field("maxmemory")
                .and_then(|value| value.parse().ok())
                .unwrap_or(0),
            maxmemory_policy: field("maxmemory_policy").unwrap_or("noeviction").to_owned(),
            appendonly: field("aof_enabled").is_none_or(|value| value == "1"),
        }
    }

    /// Whether it may evict entries of the log to free memory. Policies that begin with `volatile`
    /// evict only keys that expire, and the keys of the log never expire.
    pub fn may_evict(&self) -> bool {
        self.maxmemory > 0 && self.maxmemory_policy.starts_with("allkeys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_is_read() {
        let info = "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n\r\n# Memory\r\n\
            maxmemory:1048576\r\nmaxmemory_human:1M\r\nmaxmemory_policy:allkeys-lru\r\n\
            # Persistence\r\naof_enabled:0\r\n# Replication\r\nrole:slave\r\n\
            # Cluster\r\ncluster_enabled:0\r\n";
        let condition = RedisCondition::parse(info);
        assert!(condition.may_evict() && condition.is_replica);
        assert!(!condition.is_cluster && !condition.appendonly);
        let unlimited = info.replace("maxmemory:1048576", "maxmemory:0");
        assert!(!RedisCondition::parse(&unlimited).may_evict());
        let volatile = info.replace("allkeys-lru", "volatile-lru");
        assert!(!RedisCondition::parse(&volatile).may_evict());
        assert!(RedisCondition::parse("redis_mode:cluster").is_cluster);
        assert!(RedisCondition::parse("cluster_enabled:1\r\n").is_cluster);
        let nothing = RedisCondition::parse("");
        assert!(!nothing.may_evict() && !nothing.is_cluster && nothing.appendonly);
    }
}
