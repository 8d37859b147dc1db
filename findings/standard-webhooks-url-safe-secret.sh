#!/usr/bin/env bash
# A url-safe secret is another key in Python, and an error in JavaScript
#
# A secret of Standard Webhooks is base64. Some tools make base64 with the url-safe alphabet.
# standardwebhooks 1.1.0 and svix 2.9.1 (PyPI) leave out the signs - and _ without a word, so they
# hold a shorter key and say that no signature matches; standardwebhooks 1.1.1 and svix 1.99.1
# (npm) refuse the secret when it is set. Who sees 'No matching signature found' looks at the
# body, not at the secret.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund standardwebhooks@1.1.1 svix@1.99.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check standardwebhooks==1.1.0 svix==2.9.1

cat > run.js <<'END'
for (const name of ['standardwebhooks', 'svix']) {
  const { Webhook } = require(name);
  try { new Webhook('whsec_-__v-__v-__v-__v-__v-__v-__v-__v'); console.log(`npm ${name}: taken`); }
  catch (error) { console.log(`npm ${name}: ${error.message}`); }
}
END
cat > run.py <<'END'
import base64, hashlib, hmac, importlib, time
secret = "-__v-__v-__v-__v-__v-__v-__v-__v"
key = base64.urlsafe_b64decode(secret)
now = str(int(time.time()))
signature = "v1," + base64.b64encode(hmac.new(key, f"m1.{now}.{{}}".encode(), hashlib.sha256).digest()).decode()
for name in ["standardwebhooks", "svix"]:
    hook = importlib.import_module(name + ".webhooks").Webhook("whsec_" + secret)
    try:
        hook.verify("{}", {"webhook-id": "m1", "webhook-timestamp": now, "webhook-signature": signature})
        print("PyPI", name + ": accepts")
    except Exception as error:
        print("PyPI", name + ": taken, then:", error)
END
seen=$(node run.js; venv/bin/python run.py)

expected=$(cat <<'END'
npm standardwebhooks: Base64Coder: incorrect characters for decoding
npm svix: Base64Coder: incorrect characters for decoding
PyPI standardwebhooks: taken, then: No matching signature found
PyPI svix: taken, then: No matching signature found
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
