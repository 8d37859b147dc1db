-- Days on which a proxy that is not in server.trusted_proxies hid who clicked.
CREATE TABLE hidden_origin_day (
    day INTEGER PRIMARY KEY,
    clicks INTEGER NOT NULL
) STRICT;
