#!/usr/bin/env bash
# Four official verifiers give four answers to a signed empty body
#
# Standard Webhooks signs id, time and body, and an empty body is a body. standardwebhooks 1.1.1
# (npm) returns undefined, standardwebhooks 1.1.0 (PyPI) raises JSONDecodeError after the
# signature was found good, svix 1.99.1 (npm) throws SyntaxError, svix 2.9.1 (PyPI) accepts. A
# sender that pings with an empty body is refused or not by the language of its receiver, and the
# error is not the one for bad signatures.
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
const signature = 'v1,' + crypto.createHmac('sha256', key).update(`m1.${time}.`).digest('base64');
for (const name of ['standardwebhooks', 'svix']) {
  const { Webhook } = require(name);
  const hook = new Webhook('whsec_' + key.toString('base64'));
  let said;
  try {
    said = 'returns ' + hook.verify('', { 'webhook-id': 'm1', 'webhook-timestamp': time, 'webhook-signature': signature });
  } catch (error) { said = 'throws ' + error.name; }
  console.log(`npm ${name} ${said}`);
}
END
cat > run.py <<'END'
import base64, hashlib, hmac, importlib, time
key = bytes(range(24))
now = str(int(time.time()))
signature = "v1," + base64.b64encode(hmac.new(key, f"m1.{now}.".encode(), hashlib.sha256).digest()).decode()
headers = {"webhook-id": "m1", "webhook-timestamp": now, "webhook-signature": signature}
for name in ["standardwebhooks", "svix"]:
    hook = importlib.import_module(name + ".webhooks").Webhook("whsec_" + base64.b64encode(key).decode())
    try:
        hook.verify("", headers)
        said = "accepts"
    except Exception as error:
        said = "raises " + type(error).__name__
    print("PyPI", name, said)
END
seen=$(node run.js; venv/bin/python run.py)

expected=$(cat <<'END'
npm standardwebhooks returns undefined
npm svix throws SyntaxError
PyPI standardwebhooks raises JSONDecodeError
PyPI svix accepts
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
