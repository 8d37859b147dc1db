#!/usr/bin/env bash
# Between underscores linkify-it finds no link, and others take the second underscore into it
#
# Chats write italics as `_text_`. A link in italics is none for linkify-it 6.1.0. linkifyjs 4.4.0,
# autolinker 4.1.5 and anchorme 3.0.8 find one that ends with the underscore, so the request asks for
# another slug. Asterisks are taken likewise by all but anchorme.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund linkifyjs@4.4.0 linkify-it@6.1.0 autolinker@4.1.5 anchorme@3.0.8

cat > run.mjs <<'END'
import * as linkify from 'linkifyjs';
import * as it from 'linkify-it';
import Autolinker from 'autolinker';
import * as am from 'anchorme';
const LinkifyIt = it.default || it.LinkifyIt;
const anchorme = (am.default && (am.default.default || am.default)) || am;
const finder = new LinkifyIt();
for (const mark of ['_', '*']) {
  const text = `see ${mark}https://go.example.com/abc${mark} now`;
  const found = {
    linkifyjs: linkify.find(text).map((m) => m.value),
    'linkify-it': (finder.match(text) || []).map((m) => m.text),
    autolinker: Autolinker.parse(text, { urls: true }).map((m) => m.getMatchedText()),
    anchorme: anchorme.list(text).map((m) => m.string),
  };
  for (const [name, links] of Object.entries(found)) console.log(`${mark} ${name}: ${links.join(' ') || 'no link'}`);
}
END
seen=$(node run.mjs)

expected=$(cat <<'END'
_ linkifyjs: https://go.example.com/abc_
_ linkify-it: no link
_ autolinker: https://go.example.com/abc_
_ anchorme: https://go.example.com/abc_
* linkifyjs: https://go.example.com/abc*
* linkify-it: https://go.example.com/abc*
* autolinker: https://go.example.com/abc*
* anchorme: https://go.example.com/abc
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
