#!/usr/bin/env bash
# Python signs another time than it is given where that has a time zone
#
# Webhook.sign of standardwebhooks 1.1.0 and svix 2.9.1 (PyPI) replaces the time zone of the time that
# it is given instead of converting it. A time in UTC signs well. The same moment in another zone, as
# a server that works in its own time has it, signs a moment that is hours away, and every receiver
# says that no signature matches. A time without a zone, as datetime.now() gives it, is taken for UTC
# as well, though everywhere else in Python it is local.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check standardwebhooks==1.1.0 svix==2.9.1

cat > run.py <<'END'
import importlib
from datetime import datetime, timedelta, timezone

now = datetime.now(tz=timezone.utc)
times = {
    "in UTC": now,
    "in Berlin's summer": now.astimezone(timezone(timedelta(hours=2))),
    "of that moment without a zone": now.astimezone(timezone(timedelta(hours=2))).replace(tzinfo=None),
}
for name in ["standardwebhooks", "svix"]:
    hook = importlib.import_module(name + ".webhooks").Webhook("whsec_" + "A" * 32)
    for words, time in times.items():
        headers = {
            "webhook-id": "m1",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": hook.sign("m1", time, "{}"),
        }
        try:
            hook.verify("{}", headers)
            print(f"PyPI {name}, a time {words}: accepts")
        except Exception as error:
            print(f"PyPI {name}, a time {words}: {error}")
END
seen=$(venv/bin/python run.py)

expected=$(cat <<'END'
PyPI standardwebhooks, a time in UTC: accepts
PyPI standardwebhooks, a time in Berlin's summer: No matching signature found
PyPI standardwebhooks, a time of that moment without a zone: No matching signature found
PyPI svix, a time in UTC: accepts
PyPI svix, a time in Berlin's summer: No matching signature found
PyPI svix, a time of that moment without a zone: No matching signature found
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
