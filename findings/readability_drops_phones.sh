#!/usr/bin/env bash
# @mozilla/readability 0.6.0, which is Firefox's reader view, leaves out whom to call: a <div> inside the article with a heading, a phone number that can be pressed
# and a link to appointments is taken for navigation, because much of its text is links, and goes without a trace while the heading above it stays.
# The same lines in a <section> or <header> are kept. (HTML, 4.4.15: a div has no meaning of its own, so a reader may not tell by it.)
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm install --silent --no-audit --no-fund @mozilla/readability@0.6.0 jsdom@26.1.0
cat >try.js <<'END'
const assert = require("node:assert");
const { Readability } = require("@mozilla/readability");
const { JSDOM } = require("jsdom");

const text = `<p>${"This condition makes bones sore and swollen, although there is no infection, and it comes and goes over years. ".repeat(4)}</p>`;
const seen = {};
for (const tag of ["div", "section", "header"]) {
  const page = `<!doctype html><html lang="en"><title>Sore bones</title><article><h1>Sore bones</h1>${text}${text}<h2>Whom to call</h2>
    <${tag}><h3>Bone Center</h3><p>By night: <a href="tel:+12125550142">212 555 0142</a></p><p><a href="/ask/">Ask for an appointment</a></p></${tag}>
    <h2>Why it comes</h2>${text}</article></html>`;
  const read = new Readability(new JSDOM(page, { url: "https://example.org/" }).window.document).parse().textContent;
  seen[tag] = ["Whom to call", "212 555 0142", "Ask for an appointment"].map(part => read.includes(part));
  console.log(tag, ...seen[tag]);
}
assert.deepStrictEqual(seen, { div: [true, false, false], section: [true, true, true], header: [true, true, true] });
END
node try.js
