#!/usr/bin/env bash
# A link in curly quotes is a link on X and plain text on Bluesky
#
# @atproto/api 0.19.19 finds links only behind a space, the start of a line or an opening
# parenthesis. So a link in typographic quotes, or right behind Japanese text, gets no facet: it
# is posted as dead text. twitter-text 3.1.0 finds both. Straight quotes give the same as curly
# ones.
# What it means for short links: one text that is published on both networks has a link that
# people can open on one of them only.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund twitter-text@3.1.0 @atproto/api@0.19.19

cat > run.js <<'END'
const x = require('twitter-text');
const { RichText } = require('@atproto/api');
const link = 'https://go.example.com/jXJTdmX';
for (const text of [`Read ${link} now`, `Read “${link}” now`, `Read "${link}" now`, `見て${link} です`]) {
  const rich = new RichText({ text });
  rich.detectFacetsWithoutResolution();
  const bluesky = (rich.facets || []).length;
  console.log(`${text.replaceAll(link, '{link}')}: X ${x.extractUrls(text).length}, Bluesky ${bluesky}`);
}
END
seen=$(node run.js)

expected=$(cat <<'END'
Read {link} now: X 1, Bluesky 1
Read “{link}” now: X 1, Bluesky 0
Read "{link}" now: X 1, Bluesky 0
見て{link} です: X 1, Bluesky 0
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
