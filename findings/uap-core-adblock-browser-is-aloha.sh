#!/usr/bin/env bash
# The common list of browsers calls Adblock Browser for Android Aloha
#
# Adblock Browser signs its agents with ABB/ and a version. uap-core, as ua-parser-builtins 202610
# (PyPI) has it, reads ABB/ as Aloha Browser, in every library made of it; device-detector 6.5.1
# (PyPI) names it rightly. A report by browser counts one browser's people as another's.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ua-parser==1.0.2 ua-parser-builtins==202610 device-detector==6.5.1 setuptools==80.9.0

cat > run.py <<'END'
import warnings; warnings.simplefilter("ignore")
import ua_parser
from device_detector import DeviceDetector
browser = "Mozilla/5.0 (Linux; Android 12; SM-A536B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/93.0.4577.75 Mobile Safari/537.36"
agent = browser + " ABB/3.0.1"
print("ua-parser", ua_parser.parse_user_agent(agent).family)
print("device-detector", DeviceDetector(agent).parse().client_name())
END
seen=$(venv/bin/python run.py)

expected=$(cat <<'END'
ua-parser Aloha Browser
device-detector AdBlock Browser
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
