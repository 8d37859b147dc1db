#!/usr/bin/env bash
# Segment's libraries disagree about a host with a path
#
# Who lets a library of Segment send to an address of their own gives it a host. Where that host has
# a path, @segment/analytics-node 3.1.0 (npm) drops it without a word and sends to /v1/batch of the
# server; only its option `path` brings it back. segment-analytics-python 2.4.0 (PyPI) keeps it and
# adds /v1/batch. So one and the same `host` leads to two addresses, and the first one answers 404.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @segment/analytics-node@3.1.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check segment-analytics-python==2.4.0

cat > run.js <<'END'
const { Analytics } = require('@segment/analytics-node');
const host = 'https://go.example.com/hooks/1';
async function sendsTo(settings) {
  let seen;
  const httpClient = async (url) => { seen = url; return { status: 200, statusText: 'OK', headers: {} }; };
  const analytics = new Analytics({ writeKey: 'key', httpClient, ...settings });
  analytics.track({ userId: 'ann', event: 'Signed Up' });
  await analytics.closeAndFlush();
  return seen;
}
(async () => {
  console.log('npm, host:', await sendsTo({ host }));
  console.log('npm, host and path:', await sendsTo({ host, path: '/hooks/1' }));
})();
END
cat > run.py <<'END'
from segment.analytics import request
from segment.analytics.client import Client

class Answer:
    status_code = 200

def post(url, **_):
    print("PyPI, host:", url)
    return Answer()

request._session.post = post
client = Client("key", host="https://go.example.com/hooks/1", sync_mode=True)
client.track("ann", "Signed Up")
END
seen=$(node run.js; venv/bin/python run.py)

expected=$(cat <<'END'
npm, host: https://go.example.com/v1/batch
npm, host and path: https://go.example.com/hooks/1
PyPI, host: https://go.example.com/hooks/1/v1/batch
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
