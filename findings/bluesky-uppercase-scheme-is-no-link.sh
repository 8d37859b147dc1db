#!/usr/bin/env bash
# A link that begins with HTTPS in capitals is no link on Bluesky
#
# QR codes hold addresses in capitals, since these need fewer dots. A URL scheme has no case (RFC
# 3986, 3.1), and twitter-text 3.1.0 finds such a link. @atproto/api 0.19.19 does not; capitals in
# the host alone do no harm.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund twitter-text@3.1.0 @atproto/api@0.19.19

cat > run.js <<'END'
const x = require('twitter-text');
const { RichText } = require('@atproto/api');
for (const text of ['https://go.example.com/abc', 'https://GO.EXAMPLE.COM/abc', 'Https://go.example.com/abc', 'HTTPS://GO.EXAMPLE.COM/ABC']) {
  const rich = new RichText({ text });
  rich.detectFacetsWithoutResolution();
  console.log(`${text}: X ${x.extractUrls(text).length}, Bluesky ${(rich.facets || []).length}`);
}
END
seen=$(node run.js)

expected=$(cat <<'END'
https://go.example.com/abc: X 1, Bluesky 1
https://GO.EXAMPLE.COM/abc: X 1, Bluesky 1
Https://go.example.com/abc: X 1, Bluesky 0
HTTPS://GO.EXAMPLE.COM/ABC: X 1, Bluesky 0
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
