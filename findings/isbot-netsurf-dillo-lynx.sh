#!/usr/bin/env bash
# Two lists of robots disagree on small browsers, each the other way round
#
# NetSurf and Dillo are browsers that people read pages in, and so is Lynx. isbot 5.2.3 (npm) calls
# NetSurf, Dillo and edbrowse robots and Lynx a person; crawlerdetect 0.4.2 (PyPI) calls Lynx a robot
# and the others people. crawler-user-agents 1.67.0 and device-detector 6.5.1 (PyPI) see no robot.
# Whoever joins several lists of robots to miss none loses all of these people.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund isbot@5.2.3
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check crawlerdetect==0.4.2 crawler-user-agents==1.67.0 device-detector==6.5.1 setuptools==80.9.0

cat > agents.json <<'END'
{"NetSurf": "NetSurf/3.11 (NetBSD; amd64)",
 "Dillo": "Dillo/3.1.1",
 "edbrowse": "edbrowse/3.8.10",
 "Lynx": "Lynx/2.9.0dev.12 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.8.1"}
END
cat > run.py <<'END'
import json, warnings; warnings.simplefilter("ignore")
import crawleruseragents
from crawlerdetect import CrawlerDetect
from device_detector import DeviceDetector
for name, agent in json.load(open("agents.json")).items():
    print(name, "crawlerdetect", CrawlerDetect().isCrawler(agent), "crawler-user-agents", crawleruseragents.is_crawler(agent), "device-detector", DeviceDetector(agent).parse().is_bot())
END
seen=$(venv/bin/python run.py; node -e "import('isbot').then(({ isbot }) => { for (const [name, agent] of Object.entries(require('./agents.json'))) console.log(name, 'isbot', isbot(agent)); })")

expected=$(cat <<'END'
NetSurf crawlerdetect False crawler-user-agents False device-detector False
Dillo crawlerdetect False crawler-user-agents False device-detector False
edbrowse crawlerdetect False crawler-user-agents False device-detector False
Lynx crawlerdetect True crawler-user-agents False device-detector False
NetSurf isbot true
Dillo isbot true
edbrowse isbot true
Lynx isbot false
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
