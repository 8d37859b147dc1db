#!/usr/bin/env bash
# linkifyjs takes closing marks into a link that other finders leave out
#
# A link that ends a sentence stands before marks that are no part of it. linkifyjs 4.4.0 leaves out
# marks of ASCII, such as `.` and `)`, but takes everything else: an ellipsis, a curly apostrophe with
# its `s`, a guillemet, the full stop of Chinese and of Hindi, the comma of Arabic, a dash with the
# next word. linkify-it 6.1.0 and autolinker 4.1.5 end the link before each of them.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund linkifyjs@4.4.0 linkify-it@6.1.0 autolinker@4.1.5

cat > run.mjs <<'END'
import * as linkify from 'linkifyjs';
import * as it from 'linkify-it';
import Autolinker from 'autolinker';
const LinkifyIt = it.default || it.LinkifyIt;
const finder = new LinkifyIt();
const link = 'https://go.example.com/abc';
for (const behind of ['.', ')', '…', '’s', '«', '。', '।', '،', '–next']) {
  const text = `see ${link}${behind} now`;
  const taken = (found) => (found.length === link.length ? 'nothing' : found.slice(link.length));
  console.log(`${behind}: linkifyjs takes ${taken(linkify.find(text)[0].value)}, ` +
    `linkify-it ${taken(finder.match(text)[0].text)}, ` +
    `autolinker ${taken(Autolinker.parse(text, { urls: true })[0].getMatchedText())}`);
}
END
seen=$(node run.mjs)

expected=$(cat <<'END'
.: linkifyjs takes nothing, linkify-it nothing, autolinker nothing
): linkifyjs takes nothing, linkify-it nothing, autolinker nothing
…: linkifyjs takes …, linkify-it nothing, autolinker nothing
’s: linkifyjs takes ’s, linkify-it nothing, autolinker nothing
«: linkifyjs takes «, linkify-it nothing, autolinker nothing
。: linkifyjs takes 。, linkify-it nothing, autolinker nothing
।: linkifyjs takes ।, linkify-it nothing, autolinker nothing
،: linkifyjs takes ،, linkify-it nothing, autolinker nothing
–next: linkifyjs takes –next, linkify-it nothing, autolinker nothing
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
