// Writes posts.json: texts around a short link, and what X, Mastodon and Bluesky count in each.
//
//   cd tests/oracles/posts && npm ci && node generate.mjs
//
// X: twitter-text itself. Bluesky: facets and graphemes by @atproto/api, after each link is
// shortened as the app shows it (host and path; a path over 15 is cut to 13 and "..."; no scheme).
// Mastodon: no package holds its rule, so it stands here: a link with http(s), as twitter-text finds
// it, counts 23; of @user@host only @user counts; the rest is counted in grapheme clusters.
// Needs a Node with Unicode 15.1 or later, which has Indic conjuncts as one cluster.

import { writeFileSync } from 'node:fs'
import atproto from '@atproto/api'
import twitter from 'twitter-text'
import { parse as parseEmoji } from 'twemoji-parser'

const LINK = 'https://go.lampshop.com/x7Kp2aQ'

const LANGUAGES = [
  'Our new lamp is here', 'Unsere neue Lampe für große Räume', 'Notre lampe à l’été, déjà là',
  'La lámpara que querías, ¿sí?', 'A lâmpada não é cara', 'Lampada più bella, perché no',
  'Новая лампа уже здесь', 'Нова лампа вже тут', 'Η νέα λάμπα είναι εδώ', 'Yeni lambamız çok güzel',
  'Nowa lampa już jest, źdźbło', 'Nová lampa je tady, žluťoučký', 'Az új lámpa itt van, őszül',
  'Lampa nouă și țesută', 'Den nye lampe på bordet', 'Nýi lampinn er hér, þú', 'Uusi lamppu pöydällä',
  'המנורה החדשה כאן', 'المصباح الجديد هنا', 'چراغ جدید اینجاست', 'नमस्ते दुनिया', 'আমাদের নতুন বাতি',
  'எங்கள் புதிய விளக்கு', 'మా కొత్త దీపం', 'ನಮ್ಮ ಹೊಸ ದೀಪ', 'ഞങ്ങളുടെ പുതിയ വിളക്ക്', 'ක්‍රීඩා පහන',
  'โคมไฟใหม่มาแล้ว', 'ໂຄມໄຟໃໝ່', 'မီးအိမ်အသစ်', 'ចង្កៀងថ្មី', '新しいランプです', '新灯上市了', '새 램프가 나왔어요',
  'Đèn mới của chúng tôi', 'ახალი ნათურა', 'Նոր լամպը', 'አዲሱ መብራት', 'Taa yetu mpya', 'ʻO ka ipukukui',
  'Cafe\u0301 lamps, decomposed', 'ﬁne ligature ﬂow', '１２３ ＡＢＣ full width',
]
const SHAPES = [
  (t) => `${t} {link}`, (t) => `{link} ${t}`, (t) => `${t}{link}`, (t) => `{link}${t}`, (t) => `${t}: {link}.`,
  (t) => `${t}\n\n{link}\n#lamp`, (t) => `（${t} {link}）`, (t) => `“${t}” ({link})`,
]
const SPECIAL = [
  '', '{link}', 'See example.com and {link}', '@ann@mastodon.social look {link}', '👨‍👩‍👧‍👦 {link}', 'a\r\nb {link}', 'Lamp® {link}',
  'Lamp®️ {link}', '™ © ♟ {link}', '見てexample.comを {link}', '“example.com” {link}', 'https://пример.рф/a {link}', 'https://example.com/a、次 {link}',
  '{link}?a=1&b=2', '$shop.com {link}', 'look{link}', '{link}!', '{link}…', '{link}。', '{link},next', '{link}&fbclid=1', '{link}#part', '{link}/more',
  '@user {link}', '@user@host.example {link}', 'mail ann@example.com {link}', 'x.co t.co/abc {link}', 'https://t.co/abcDEF123 {link}',
  'http://t.co/abcDEF123/more {link}', 'file.txt readme.md v1.2.3 {link}', 'a.b.co.uk {link}', 'https://sub_domain.example.com/ {link}',
  'https://user:pass@example.com/ {link}', 'https://example.com:8080/a?b=c#d {link}', 'HTTPS://EXAMPLE.COM/A {link}', 'ftp://example.com {link}',
  'https://example.com/a_(b)_c {link}', 'https://example.com/a(b {link}', '(https://example.com/a) {link}', 'https://example.com/?q=(x) {link}',
  'https://example.com/ünïcode {link}', 'https://example.com/привет {link}', 'https://example.com/日本 {link}', 'https://münchen.de/ {link}',
  'münchen.de {link}', 'https://xn--mnchen-3ya.de/ {link}', 'xn--mnchen-3ya.de {link}', 'https://例え.jp/ {link}', '例え.jp {link}', 'https://例え.テスト/ {link}',
  '.example.com {link}', '-example.com {link}', '_example.com {link}', '/example.com {link}', 'example.com- {link}', 'example.com_ {link}', 'example.community {link}',
  'example.comm {link}', 'example.com@x {link}', 'example.com+x {link}', '#example.com {link}', '＃example.com {link}', '＠example.com {link}',
  'hello.World next.Day {link}', 'e.g. i.e. a.m. {link}', 'U.S. {link}', '3.14 10.000 {link}', '1.2.3.4 {link}', 'https://1.2.3.4/ {link}', 'localhost:8080 {link}',
  'https://localhost/a {link}', 'a…b‥c {link}', 'tab\there {link}', '\u200bzero{link}\u200b', '\u202ashop.com\u202c {link}', '\u2066{link}\u2069', '\ufeffshop.com {link}',
  '1️⃣ 2️⃣ {link}', '#️⃣ *️⃣ {link}', '👍🏽 👩🏿‍🚀 {link}', '🇩🇪🇫🇷 {link}', '🏴󠁧󠁢󠁥󠁮󠁧󠁿 {link}', '🏳️‍🌈 🏴‍☠️ {link}', '❤️ ❤ ❤︎ {link}', '🤷‍♂ 🕵‍♂️ 🏳‍🌈 👁‍🗨 {link}', '✊🏽️ ☝🏽️ 👍🏽︎ {link}', '☺︎ ☺️ ☺ {link}', '👁️‍🗨️ {link}', '👯‍♀️ 🕵️‍♂️ {link}',
  '⌚ ⌚︎ ⌚️ {link}', '\ufe0f {link}', '👨‍❤️‍💋‍👨 {link}', '🤷🏻‍♂️ {link}', 'https://🎉.com/ {link}', '🎉shop.com {link}', 'a🎉shop.com {link}', '🙂{link}🙂',
  'shop.com/path?x=1 {link}', 'shop.com?x=1 {link}', 'shop.com/ {link}', 'shop.com. Next {link}', 'shop.com, shop.net; shop.org {link}', 'shop.com/@ann/ {link}',
  'https://shop.com/@ann {link}', "https://shop.com/it's {link}", 'https://shop.com/a|b {link}', 'https://shop.com/[a] {link}', 'https://shop.com/a–b {link}',
  'https://shop.com/a;b=c,d {link}', 'https://shop.com/a~b {link}', 'https://shop.com//a {link}', 'https://shop.com/. {link}', 'https://shop.com/?. {link}', 'https://shop.com? {link}',
  'https://shop.com/a?b=ü {link}', 'https://shop.com/%D0%B0 {link}', 'https://shop.com/a&amp;b {link}', '<{link}>', '[text]({link})', '"{link}"', "'{link}'", '«{link}»', '「{link}」',
  '{link}です', 'です{link}です', '{link} {link}', '{link}{link}', '{link}\n{link}', 'https://{link}', 'www.shop.com {link}', 'WWW.SHOP.COM {link}', 'shop.COM {link}',
  '@ann@b @ann@b.c x@ann@b.c /@ann@b.c @ann@b-.c {link}', '@ann@mastodon.social. {link}', '@a_b@x.yz, @ÄB@x.yz {link}', '@ann@mastodon.social@b {link}',
  'https://mastodon.social/@ann@b.social {link}', '@bsky.example.com hi {link}', '$TSLA #tag ＃tag {link}', 'İstanbul ſ K {link}', '\u0000 {link}', 'x'.repeat(300) + ' {link}',
]
// Pieces put behind each other in an order that a fixed seed gives.
const PIECES = [
  ' ', ' ', ' ', '\n', '.', ',', '。', '、', '…', '-', '_', '/', '@', '#', '$', '(', ')', '?', '!', ':', '&', '"', '“', '’', 'a', 'Z', '9', 'é', 'е', '日', 'あ', 'क्ष', '한', '🎉', '👍🏽', '🇯🇵',
  '{link}', '{link}', '{link}', 'shop.com', 'https://shop.com', 'https://shop.com/a', 'http://a.b.org?x=1', 'news.co.uk/x', 'пример.рф', 'https://例え.jp/', '@ann', '@ann@b.social',
  'word', 'Слово', 'ภาษา', '\u200b', '\u200d', '\ufe0f', '\u0301', '\u00a0', '\u3000',
]

let state = 20261201
function below(n) {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0
  return Math.floor((state / 2 ** 32) * n)
}
const texts = new Set(SPECIAL)
for (const text of LANGUAGES) for (const shape of SHAPES) texts.add(shape(text))
// Whether a sequence is an emoji for Unicode and not for X's parser, or the other way round for skin.
function isNewer(text) {
  const isWhole = parseEmoji(text)[0]?.text === text
  const isEmoji = /^\p{RGI_Emoji}$/v.test(text)
  return text.endsWith('\u{1f3fd}') ? isWhole !== isEmoji : isEmoji && !isWhole
}
// Every emoji that X's parser knows, plain, told to be an emoji, and told to be a sign.
const signs = []
for (let point = 0x80; point < 0x20000; point++) {
  const sign = String.fromCodePoint(point)
  if (parseEmoji(sign).length || (/\p{Emoji}/u.test(sign) && parseEmoji(sign + '\ufe0f')[0]?.text.length > 1)) {
    if (/\p{Emoji}/u.test(sign)) signs.push(sign)
  }
}
for (let at = 0; at < signs.length; at += 25) {
  const some = signs.slice(at, at + 25)
  for (const behind of ['', '\ufe0f', '\ufe0e', '\u{1f3fd}']) {
    texts.add(some.map((it) => it + behind).filter((it) => !isNewer(it)).join(' '))
  }
}
while (texts.size < 2200) {
  let text = ''
  for (let left = 2 + below(9); left > 0; left--) text += PIECES[below(PIECES.length)]
  texts.add(text)
}

const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' })
const count = (text) => [...clusters.segment(text)].length

function mastodon(text) {
  let out = ''
  let end = 0
  for (const { indices } of twitter.extractUrlsWithIndices(text, { extractUrlsWithoutProtocol: false })) {
    out += text.slice(end, indices[0]) + 'x'.repeat(23)
    end = indices[1]
  }
  out += text.slice(end)
  return count(out.replace(/(^|[^/\w])@([a-z0-9_]+)@[a-z0-9.-]+[a-z0-9]+/gi, '$1@$2'))
}

function shown(url) {
  if (!URL.canParse(url)) return url
  const { protocol, host, pathname, search, hash } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') return url
  const path = (pathname === '/' ? '' : pathname) + search + hash
  return host + (path.length > 15 ? path.slice(0, 13) + '...' : path)
}

function bluesky(text) {
  const rich = new atproto.RichText({ text })
  rich.detectFacetsWithoutResolution()
  const links = (rich.facets ?? []).filter((it) => it.features.some(atproto.AppBskyRichtextFacet.isLink))
  const bytes = new TextEncoder().encode(text)
  const part = (from, to) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.slice(from, to))
  let out = ''
  let end = 0
  for (const { index } of links) {
    out += part(end, index.byteStart) + shown(part(index.byteStart, index.byteEnd))
    end = index.byteEnd
  }
  return new atproto.RichText({ text: out + part(end) }).graphemeLength
}

const posts = [...texts].map((text) => {
  const post = text.replaceAll('{link}', LINK)
  return [text, twitter.parseTweet(post).weightedLength, mastodon(post), bluesky(post)]
})
const about = 'By generate.mjs: [text, X, Mastodon, Bluesky]. twitter-text 3.1.0, @atproto/api 0.19.19, ' +
  `Unicode ${process.versions.unicode} for grapheme clusters.`
const rows = posts.map((post) => '    ' + JSON.stringify(post)).join(',\n')
writeFileSync('posts.json', `{\n  "about": ${JSON.stringify(about)},\n  "link": ${JSON.stringify(LINK)},\n  "posts": [\n${rows}\n  ]\n}\n`)
console.log(`${posts.length} texts`)
