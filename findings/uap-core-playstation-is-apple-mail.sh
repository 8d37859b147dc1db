#!/usr/bin/env bash
# The common list of browsers calls the browser of PlayStation 5 Apple Mail
#
# A PlayStation 5 that opens a link sends AppleWebKit without a name of a browser. uap-core, as
# ua-parser-builtins 202610 (PyPI) has it, reads that as Apple Mail, and so does every library made
# of it; the device is read rightly. device-detector 6.5.1 (PyPI) says NetFront.
# Clicks of consoles look like opened mails.
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
for agent in [
    "Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15 (KHTML, like Gecko)",
]:
    read = ua_parser.parse(agent)
    print("ua-parser", read.user_agent.family, "on", read.device.family, "| device-detector", DeviceDetector(agent).parse().client_name())
END
seen=$(venv/bin/python run.py)

expected=$(cat <<'END'
ua-parser Apple Mail on PlayStation 5 | device-detector NetFront
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
