#!/usr/bin/env bash
# twitter-text ends a link without scheme before its port and query unless a path comes
#
# A link without http:// may have a port and a query. twitter-text 3.1.0 (npm, the newest) takes them as a
# part of the link only where a path stands as well: one slash more makes a post shorter. With the scheme
# there is no difference.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund twitter-text@3.1.0 >>npm.log 2>&1

cat > run.cjs <<'END'
const { parseTweet, extractUrls } = require('twitter-text');
for (const text of [
  'shop.com?colour=red', 'shop.com/?colour=red', 'https://shop.com?colour=red',
  'shop.com:8443', 'shop.com:8443/', 'https://shop.com:8443',
]) console.log(text, 'link', extractUrls(text)[0], 'counted', parseTweet(text).weightedLength);
END
seen=$(node run.cjs)

expected=$(cat <<'END'
shop.com?colour=red link shop.com counted 34
shop.com/?colour=red link shop.com/?colour=red counted 23
https://shop.com?colour=red link https://shop.com?colour=red counted 23
shop.com:8443 link shop.com counted 28
shop.com:8443/ link shop.com:8443/ counted 23
https://shop.com:8443 link https://shop.com:8443 counted 23
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
