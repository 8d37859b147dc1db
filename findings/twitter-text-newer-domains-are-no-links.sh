#!/usr/bin/env bash
# twitter-text counts an https link on a younger top-level domain letter by letter
#
# twitter-text 3.1.0 (npm, the newest) finds links by a list of top-level domains that ended in
# 2020. A link on .kids, .music or .spa is no link to it, even with https:// before it: it counts
# by its letters and not as 23. Tools that check posts with it refuse posts that fit, and a short
# link there is not short.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund twitter-text@3.1.0 tldts@7.0.19 >>npm.log 2>&1

cat > run.cjs <<'END'
const { parseTweet, extractUrls } = require('twitter-text');
const { parse } = require('tldts');
for (const domain of ['shop.example.com', 'shop.zip', 'shop.gay', 'shop.kids', 'shop.music', 'shop.spa']) {
  const link = `https://${domain}/a-path-of-twenty-seven-let`;
  console.log(
    domain, 'registered', parse(domain).isIcann,
    'links', extractUrls(link).length, 'letters', link.length,
    'counted', parseTweet(link).weightedLength,
  );
}
END
seen=$(node run.cjs)

expected=$(cat <<'END'
shop.example.com registered true links 1 letters 51 counted 23
shop.zip registered true links 1 letters 43 counted 23
shop.gay registered true links 1 letters 43 counted 23
shop.kids registered true links 0 letters 44 counted 44
shop.music registered true links 0 letters 45 counted 45
shop.spa registered true links 0 letters 43 counted 43
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
