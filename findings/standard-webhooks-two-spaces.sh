#!/usr/bin/env bash
# Two spaces between signatures end in ValueError in Python
#
# The header webhook-signature lists signatures, separated by spaces. Where two spaces stand
# between them (a proxy that folds a header writes such), standardwebhooks 1.1.0 and svix 2.9.1
# (PyPI) raise ValueError instead of WebhookVerificationError, also where a good signature
# follows; standardwebhooks 1.1.1 and svix 1.99.1 (npm) accept.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund standardwebhooks@1.1.1 svix@1.99.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check standardwebhooks==1.1.0 svix==2.9.1

cat > run.js <<'END'
const crypto = require('crypto');
const key = Buffer.from([...Array(24).keys()]);
const time = String(Math.floor(Date.now() / 1000));
const good = 'v1,' + crypto.createHmac('sha256', key).update(`m1.${time}.{}`).digest('base64');
for (const name of ['standardwebhooks', 'svix']) {
  const { Webhook } = require(name);
  new Webhook('whsec_' + key.toString('base64')).verify('{}', { 'webhook-id': 'm1', 'webhook-timestamp': time, 'webhook-signature': `v1,b2xk  ${good}` });
  console.log(`npm ${name}: accepts`);
}
END
cat > run.py <<'END'
import base64, hashlib, hmac, importlib, time
key = bytes(range(24))
now = str(int(time.time()))
good = "v1," + base64.b64encode(hmac.new(key, f"m1.{now}.{{}}".encode(), hashlib.sha256).digest()).decode()
for name in ["standardwebhooks", "svix"]:
    hook = importlib.import_module(name + ".webhooks").Webhook("whsec_" + base64.b64encode(key).decode())
    try:
        hook.verify("{}", {"webhook-id": "m1", "webhook-timestamp": now, "webhook-signature": "v1,b2xk  " + good})
        print("PyPI", name + ": accepts")
    except Exception as error:
        print("PyPI", name + ":", type(error).__name__)
END
seen=$(node run.js; venv/bin/python run.py)

expected=$(cat <<'END'
npm standardwebhooks: accepts
npm svix: accepts
PyPI standardwebhooks: ValueError
PyPI svix: ValueError
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
