#!/usr/bin/env bash
# A geo database that mmdb_writer made does not know IPv4 addresses in their mapped form
#
# A listener on [::] sees an IPv4 client as ::ffff:1.2.3.4. MaxMind's own files have an alias for
# these addresses; a file made by mmdb_writer 0.2.7 (PyPI, ip_version 6, ipv4_compatible) holds
# IPv4 under ::/96 only. maxminddb 3.2.0 (PyPI) and mmdb-lib 3.0.3 (npm) then find nothing for the
# mapped form, without an error, while ::1.2.3.4 is found. Leadline makes every address canonical
# before it asks.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund mmdb-lib@3.0.3
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mmdb_writer==0.2.7 maxminddb==3.2.0 netaddr==1.3.0

cat > run.py <<'END'
import maxminddb
from mmdb_writer import MMDBWriter
from netaddr import IPSet
writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="GeoLite2-Country", languages=["en"], description="a test")
writer.insert_network(IPSet(["1.2.3.0/24"]), {"country": {"iso_code": "AU"}})
writer.to_db_file("test.mmdb")
reader = maxminddb.open_database("test.mmdb")
for address in ["1.2.3.4", "::ffff:1.2.3.4", "::1.2.3.4"]:
    print("maxminddb", address, (reader.get(address) or {}).get("country"))
END
cat > run.js <<'END'
const { Reader } = require('mmdb-lib');
const reader = new Reader(require('fs').readFileSync('test.mmdb'));
for (const address of ['1.2.3.4', '::ffff:1.2.3.4', '::1.2.3.4']) {
  console.log('mmdb-lib', address, JSON.stringify(reader.get(address)?.country ?? null));
}
END
seen=$(venv/bin/python run.py; node run.js)

expected=$(cat <<'END'
maxminddb 1.2.3.4 {'iso_code': 'AU'}
maxminddb ::ffff:1.2.3.4 None
maxminddb ::1.2.3.4 {'iso_code': 'AU'}
mmdb-lib 1.2.3.4 {"iso_code":"AU"}
mmdb-lib ::ffff:1.2.3.4 null
mmdb-lib ::1.2.3.4 {"iso_code":"AU"}
END
)
if [ "$seen" = "$expected" ]; then
    printf '%s\n' "$seen"
    echo "as described"
else
    diff <(printf '%s\n' "$expected") <(printf '%s\n' "$seen") || true
    echo "CHANGED: the behaviour is not the one described" >&2
    exit 1
fi
