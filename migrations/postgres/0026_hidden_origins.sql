-- Days on which a proxy that is not in server.trusted_proxies hid who clicked.
CREATE TABLE hidden_origin_day (
    day BIGINT PRIMARY KEY,
    clicks BIGINT NOT NULL
);
