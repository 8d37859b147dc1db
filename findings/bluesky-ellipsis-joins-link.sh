#!/usr/bin/env bash
# On Bluesky an ellipsis or a dash behind a link becomes part of its address
#
# @atproto/api 0.19.19 ends a link at white space and takes off closing ASCII punctuation only. A
# typographic ellipsis, a dash, a zero-width space or an ideographic comma stays in the address,
# so a short link asks for a slug that nobody made. twitter-text 3.1.0 ends the link before each
# of them.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund twitter-text@3.1.0 @atproto/api@0.19.19

cat > run.js <<'END'
const x = require('twitter-text');
const { RichText } = require('@atproto/api');
const link = 'https://go.example.com/jXJTdmX';
for (const [name, tail] of [['full stop', '.'], ['ellipsis', '…'], ['em dash', '—more'], ['zero-width space', '​'], ['ideographic comma', '、']]) {
  const text = `See ${link}${tail}`;
  const rich = new RichText({ text });
  rich.detectFacetsWithoutResolution();
  const bluesky = rich.facets[0].features[0].uri;
  const whole = (found) => (found === link ? 'the link' : 'the link and more');
  console.log(`${name}: X ${whole(x.extractUrls(text)[0])}, Bluesky ${whole(bluesky)}`);
}
END
seen=$(node run.js)

expected=$(cat <<'END'
full stop: X the link, Bluesky the link
ellipsis: X the link, Bluesky the link and more
em dash: X the link, Bluesky the link and more
zero-width space: X the link, Bluesky the link and more
ideographic comma: X the link, Bluesky the link and more
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
