#!/usr/bin/env bash
# twitter-text counts a variation selector behind an emoji as one more emoji
#
# U+FE0F asks for the picture of a sign. twitter-text 3.1.0 (npm, the newest) takes it together with the
# signs that may be text or picture, as in a heart. Behind an emoji that is a picture anyway, and behind
# a letter or digit, it counts as an emoji of its own: 2 units for what nobody sees. Some keyboards and
# editors put it behind every emoji.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund twitter-text@3.1.0 >>npm.log 2>&1

cat > run.cjs <<'END'
const { parseTweet } = require('twitter-text');
for (const [name, text] of [
  ['party popper', '\u{1f389}'],
  ['party popper and U+FE0F', '\u{1f389}\ufe0f'],
  ['heart', '\u2764'],
  ['heart and U+FE0F', '\u2764\ufe0f'],
  ['letter', 'a'],
  ['letter and U+FE0F', 'a\ufe0f'],
]) console.log(name, 'counted', parseTweet(text).weightedLength);
END
seen=$(node run.cjs)

expected=$(cat <<'END'
party popper counted 2
party popper and U+FE0F counted 4
heart counted 2
heart and U+FE0F counted 2
letter counted 1
letter and U+FE0F counted 3
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
