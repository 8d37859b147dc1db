#!/usr/bin/env bash
# iMessage's preview names three robots, and one library still sees a person
#
# The preview of a link in iMessage calls itself Safari on a Mac and ends with
# facebookexternalhit, Facebot and Twitterbot. user-agents 2.2.0 with ua-parser 1.0.2 (PyPI) says
# is_bot False; isbot 5.2.3 (npm), crawler-user-agents 1.67.0 and device-detector 6.5.1 (PyPI) say
# robot. The fetchers of Bluesky (Cardyb) and ChatGPT are people for user-agents as well, and
# crawler-user-agents does not know Cardyb.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund isbot@5.2.3
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check device-detector==6.5.1 crawler-user-agents==1.67.0 user-agents==2.2.0 ua-parser==1.0.2 setuptools==80.9.0

cat > agents.json <<'END'
{"iMessage": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
 "Bluesky": "Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)",
 "ChatGPT": "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot"}
END
cat > run.py <<'END'
import json, warnings; warnings.simplefilter("ignore")
import crawleruseragents, user_agents
from device_detector import DeviceDetector
for name, agent in json.load(open("agents.json")).items():
    print(name, "user-agents", user_agents.parse(agent).is_bot, "crawler-user-agents", crawleruseragents.is_crawler(agent), "device-detector", DeviceDetector(agent).parse().is_bot())
END
seen=$(venv/bin/python run.py; node -e "import('isbot').then(({ isbot }) => { for (const [name, agent] of Object.entries(require('./agents.json'))) console.log(name, 'isbot', isbot(agent)); })")

expected=$(cat <<'END'
iMessage user-agents False crawler-user-agents True device-detector True
Bluesky user-agents False crawler-user-agents False device-detector True
ChatGPT user-agents False crawler-user-agents True device-detector True
iMessage isbot true
Bluesky isbot true
ChatGPT isbot true
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
