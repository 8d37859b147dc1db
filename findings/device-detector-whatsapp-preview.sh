#!/usr/bin/env bash
# A library of devices takes WhatsApp's link preview for a person's program
#
# WhatsApp fetches a link with an agent that is its name and version alone, before anybody taps.
# device-detector 6.5.1 (PyPI) says is_bot False for it; isbot 5.2.3 (npm), crawler-user-agents
# 1.67.0 and user-agents 2.2.0 (PyPI) say robot. A count by device-detector's word alone has one click
# too many for each time a link is pasted into a chat.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund isbot@5.2.3
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check device-detector==6.5.1 crawler-user-agents==1.67.0 user-agents==2.2.0 setuptools==80.9.0

cat > run.py <<'END'
import warnings; warnings.simplefilter("ignore")
import crawleruseragents, user_agents
from device_detector import DeviceDetector
agent = "WhatsApp/2.24.9.0 i"
print("device-detector", DeviceDetector(agent).parse().is_bot())
print("crawler-user-agents", crawleruseragents.is_crawler(agent))
print("user-agents", user_agents.parse(agent).is_bot)
END
seen=$(venv/bin/python run.py; node -e "import('isbot').then(({ isbot }) => console.log('isbot', isbot('WhatsApp/2.24.9.0 i')))")

expected=$(cat <<'END'
device-detector False
crawler-user-agents True
user-agents True
isbot true
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
