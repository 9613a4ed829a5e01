// Keeps what is typed into forms of public content until it is saved: through a crash, a closed tab, an ended sign-in, on
// another device. The browser keeps it at once, the site (foundation/adminkit/working_copies.py) a moment later.
// Each opened page has an entry of its own and holds a lock of its name, so that a page is offered only what no living page
// of this browser holds. `_keep.html` marks the forms; messages of the class “saved” tell that a form was stored.
// And: the buttons that save a form and lead on (`_way_on.html`) are links while nothing was typed.
"use strict";

const own = `keep:${document.currentScript.dataset.user}:`;
const page = `${own}${location.pathname}:`;
const SENT = "keep-sent";
const FORGOTTEN = 14 * 24 * 60 * 60 * 1000; // milliseconds, as all times here
const QUIET = 4000; // after typing, until the site is sent it
const LONGEST_WAIT = 60_000; // until a failed sending is tried again
const MOST_BEACON = 60_000; // characters that a browser still sends for a page that closes
const locks = navigator.locks ?? { request: (name, act) => act() };
const words = document.querySelector("#keep");
const form = words?.closest("form");
const seen = form?.elements.namedItem("seen");
const address = words?.dataset.address; // of the site's copies of this page; who may only read can throw them away
const keeps = words?.dataset.keeps === "yes";
const failed = document.querySelector(".errornote, .errorlist") !== null;

const entries = (start) => Object.keys(localStorage).filter((name) => name.startsWith(start));
const stored = (name) => JSON.parse(localStorage.getItem(name));
const forget = (name) => localStorage.removeItem(name);
const copies = new Map(JSON.parse(words?.dataset.copies ?? "[]").map((copy) => [page + copy.name, copy]));

for (const name of entries("keep:")) if (stored(name).at < Date.now() - FORGOTTEN) forget(name);

// What was typed into a page that still held words which were erased since.
const number = (state) => Number((state ?? "").split(" ")[1] ?? 0);
let erased = Number(words?.dataset.erased ?? 0);
function forgetErased() {
  for (const name of entries(page)) if (number(stored(name).seen) < erased) forget(name);
}
if (erased) forgetErased();

const sent = sessionStorage.getItem(SENT);
sessionStorage.removeItem(SENT);
if (sent && document.querySelector(".messagelist .saved")) forget(sent);

// Where a box stands, whatever rows came or went meanwhile: "sections#12-body" in a stored row, "sections+0-body" in a new one.
function place(name) {
  const [, set, row, field] = name.match(/^(.+)-(\d+)-(.+)$/) ?? [];
  if (!set) return name;
  const id = form.elements.namedItem(`${set}-${row}-id`)?.value;
  return id ? `${set}#${id}-${field}` : `${set}+${row - form.elements.namedItem(`${set}-INITIAL_FORMS`)?.value}-${field}`;
}

function boxes() {
  const writable = [...form.elements].filter(
    (box) => box.name && !box.name.includes("__prefix__") && /^(textarea|text|url|email|number|date|datetime-local|checkbox|select-one)$/.test(box.type),
  );
  return new Map(writable.map((box) => [place(box.name), box]));
}

const tick = (is) => (is ? "on" : "");
const value = (box) => (box.type === "checkbox" ? tick(box.checked) : box.value);

function loaded(box) {
  if (box.type === "checkbox") return tick(box.defaultChecked);
  if (box.type.startsWith("date")) return Object.assign(box.cloneNode(), { value: box.defaultValue }).value; // written as browsers do
  if (box.type !== "select-one") return box.defaultValue;
  return ([...box.options].find((option) => option.defaultSelected) ?? box.options[0])?.value ?? "";
}

function typed() {
  return Object.fromEntries([...boxes()].filter(([, box]) => value(box) !== loaded(box)).map(([at, box]) => [at, value(box)]));
}

// A prose editor shows its box's text; one that is still being made shows it as soon as it is ready.
const editors = new WeakMap();
const filled = new WeakSet();
document.addEventListener("prose-editor:ready", ({ detail: { editor, textarea } }) => {
  editors.set(textarea, editor);
  if (filled.has(textarea)) editor.commands.setContent(textarea.value);
});

function fill(box, text) {
  filled.add(box);
  if (box.type === "checkbox") box.checked = text === "on";
  else box.value = text;
  editors.get(box)?.commands.setContent(text);
}

function addRows(places) {
  for (const at of places) {
    const set = at.match(/^(.+)\+\d+-/)?.[1];
    for (let more = 100; set && more && !boxes().has(at); more--) document.querySelector(`#${CSS.escape(set)}-group .add-row :is(a, [name=_more])`)?.click();
  }
}

// Puts words back where nothing else was typed; returns those that have no box.
function putBack(fields) {
  addRows(Object.keys(fields));
  if (Object.keys(fields).some((at) => !boxes().has(at))) form.dispatchEvent(new Event("boxes-wanted")); // `admin-folds.js`
  const now = boxes();
  const left = {};
  for (const [at, text] of Object.entries(fields)) {
    const box = now.get(at);
    if (box && value(box) === loaded(box)) fill(box, text);
    if (!box || value(box) !== text) left[at] = text;
  }
  return left;
}

const newName = () => `${page}${Date.now().toString(36)}${Math.random().toString(36).slice(2, 12)}`;
let name = newName();
let carried = {};

function write() {
  const fields = { ...carried, ...typed() };
  const empty = Object.keys(fields).length === 0;
  const now = Date.now();
  if (empty || number(seen?.value) < erased) forget(name);
  else {
    try {
      localStorage.setItem(name, JSON.stringify({ since: stored(name)?.since ?? now, at: now, seen: seen?.value, fields }));
    } catch {
      forget(name); // no more room here: the site alone has it
    }
  }
  later();
}

// The site is sent what it does not hold yet: one sending at a time, the newest words last.
let held = "{}";
let waiting = 0;
let wait = QUIET;
let sending = null;
let leaving = false;
const state = document.querySelector("#keep-state")?.content.firstElementChild.cloneNode(true);

function send(entry, fields, options = {}) {
  const body = new URLSearchParams({ name: entry.slice(page.length), number: Date.now(), seen: seen?.value ?? "" });
  for (const [at, text] of Object.entries(fields)) {
    body.append("place", at);
    body.append("typed", text);
  }
  const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
  const ask = { method: "POST", body: `${body}`, redirect: "manual", headers, ...options };
  ask.headers["Content-Type"] = "application/x-www-form-urlencoded";
  return fetch(address, ask).catch(() => null);
}

function later() {
  if (keeps && !waiting && !leaving && number(seen?.value) >= erased) waiting = setTimeout(push, wait);
}

// Whether the site holds what is typed now.
function push() {
  clearTimeout(waiting);
  waiting = 0;
  sending = (sending ?? Promise.resolve()).then(() => pushNow());
  return sending;
}

async function pushNow(again = true) {
  const fields = { ...carried, ...typed() };
  const now = JSON.stringify(fields);
  if (now === held || leaving || !keeps) return now === held;
  const answer = await send(name, fields);
  if (leaving) return false;
  if (answer?.status === 409) {
    erased = Infinity;
    forgetErased();
    say("erased");
    return true;
  }
  if (answer?.status === 410) {
    rename();
    return again && pushNow(false);
  }
  if (answer?.status === 403 && again && (await renewProof())) return pushNow(false);
  if (answer?.ok) {
    held = now;
    wait = QUIET;
    say(now === "{}" ? "" : "kept", (await answer.json()).news);
    document.dispatchEvent(new Event("words-kept"));
    return true;
  }
  const refused = [400, 403, 404, 413].includes(answer?.status);
  say(refused ? "refused" : answer?.type === "opaqueredirect" ? "ended" : "failed");
  wait = Math.min(2 * wait, LONGEST_WAIT);
  if (!refused) later();
  return false;
}

// This page was saved, and is typed into again: after Back.
function rename() {
  forget(name);
  name = newName();
  claim();
  write();
}

function claim() {
  tellNames();
  locks.request(name, () => new Promise(() => {}));
}

// Saving ends what was kept under this page's name, and what it took over.
let taken = [];
function tellNames() {
  const kept = form.elements.namedItem("kept");
  if (kept) kept.value = [name, ...taken].map((each) => each.slice(page.length)).join(" ");
}

// After signing in anew the proof of origin in this page is an old one.
async function renewProof() {
  const answer = await fetch(location.href, { redirect: "error" }).catch(() => null);
  const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[name=csrfmiddlewaretoken]");
  if (!fresh) return false;
  for (const box of document.querySelectorAll("[name=csrfmiddlewaretoken]")) box.value = fresh.value;
  return true;
}

function say(which, news = []) {
  for (const part of ["kept", "failed", "ended", "erased", "refused"]) state.querySelector(`[data-${part}]`).hidden = part !== which;
  if (which === "kept") state.querySelector("time").textContent = new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
  const told = news.join(" ");
  const place = state.querySelector("[data-news]");
  if (place.textContent !== told) place.textContent = told;
  state.querySelector("[data-both]").hidden = !told;
}

// What a page that closes has not sent yet; it goes on in its own time.
function sendLast() {
  const fields = { ...carried, ...typed() };
  const now = JSON.stringify(fields);
  if (now !== held && !leaving && keeps && now.length < MOST_BEACON) send(name, fields, { keepalive: true });
}

document.querySelector("#logout-form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const is = event.target;
  const kept = !keeps || (await Promise.race([push(), new Promise((done) => setTimeout(done, 3000, false))]));
  if (!kept && !confirm(words.dataset.ask)) return;
  entries(own).forEach(forget);
  is.submit();
});

// All that was left here stands in one note, newest first, with the words it holds. Each entry's lock is held until it is decided.
const left = new Map();
let note = null;

function offer(old) {
  const entry = stored(old) ?? copies.get(old); // of one page, what the browser holds is never older than what the site does
  const now = boxes();
  const same = (fields) => Object.entries(fields).every(([at, text]) => now.has(at) && value(now.get(at)) === text);
  if (!entry || same(entry.fields)) return drop(old);
  return new Promise((decided) => {
    left.set(old, { ...entry, decided });
    show();
  });
}

// The site is told in any case: its copy may be on its way.
function drop(old) {
  forget(old);
  if (address) send(old, {});
}

// The words of a box's label; of one in a row, which row it is.
function label(at) {
  const box = boxes().get(at);
  const name = box?.labels?.[0]?.textContent.trim().replace(/:$/, "") ?? box?.getAttribute("aria-label") ?? "";
  const row = box?.closest(".inline-related, details.fold")?.querySelector(".inline_label, summary h2")?.textContent.trim();
  return row ? `${row}: ${name}` : name;
}

// From a few words before the first that differs from what the box shows.
function difference(at, text) {
  const box = boxes().get(at);
  const plain = (html) => new DOMParser().parseFromString(html.replace(/<\//g, " </"), "text/html").body.textContent.replace(/\s+/g, " ").trim();
  if (box && !/^(textarea|text|url|email)$/.test(box.type)) return "";
  const [mine, other] = [plain(text), box ? plain(value(box)) : ""];
  let from = 0;
  while (from < mine.length && mine[from] === other[from]) from += 1;
  const start = from < 40 ? 0 : mine.lastIndexOf(" ", from - 30) + 1;
  return mine && `${start ? "…" : ""}${mine.slice(start, start + 140)}${mine.length > start + 140 ? "…" : ""}`;
}

function summary(entry) {
  const row = words.content.querySelector("[data-entry]").cloneNode(true);
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  row.querySelector("time").textContent = format.formatRange?.(Math.min(entry.since, entry.at), entry.at) ?? format.format(entry.at);
  row.querySelector("[data-here]").hidden = Boolean(entry.device);
  row.querySelector("[data-there]").hidden = !entry.device;
  row.querySelector("[data-device]").textContent = entry.device ?? "";
  const list = row.querySelector("[data-words]");
  for (const [at, text] of Object.entries(entry.fields)) {
    const parts = [["dt", label(at)], ["dd", difference(at, text)]];
    list.append(...parts.filter(([, part]) => part).map(([tag, textContent]) => Object.assign(document.createElement(tag), { textContent })));
  }
  return row;
}

const overtaken = (entry) => seen && entry.seen?.split(" ")[0] !== seen.value.split(" ")[0];

function show() {
  const entries = [...left.values()].sort((one, other) => other.at - one.at);
  note?.remove();
  note = words.content.firstElementChild.cloneNode(true);
  const part = (what) => note.querySelector(`[data-${what}]`);
  part("entries").replaceChildren(...entries.map(summary));
  part("overtaken").hidden = !keeps || !entries.some(overtaken);
  words.before(note);
  part("put").addEventListener("click", () => putAll(entries, part));
  part("throw").addEventListener("click", () => {
    decide(drop);
    note.remove();
    note = null;
  });
}

async function putAll(entries, part) {
  const old = entries.filter(overtaken).at(-1)?.seen;
  const homeless = entries.flatMap((entry) => {
    const fields = putBack(entry.fields);
    carried = { ...fields, ...carried };
    return Object.values(fields).filter((text) => text && text !== "on");
  });
  if (old) seen.value = old; // so that saving shows both texts first
  write();
  taken = [...taken, ...left.keys()].slice(-20);
  tellNames();
  decide(forget);
  for (const what of ["choice", "entries"]) part(what).remove();
  part("left").hidden = homeless.length === 0;
  for (const text of new Set(homeless)) part("left").append(Object.assign(document.createElement("pre"), { textContent: text }));
  if (part("left").hidden) note.remove();
  note = null;
  const first = boxes().get(Object.keys(entries[0].fields)[0]);
  (editors.get(first)?.commands ?? first)?.focus();
  if (await push()) taken.forEach(drop); // the site holds them under this page's name now
}

function decide(act) {
  for (const [old, { decided }] of left) {
    act(old);
    decided();
  }
  left.clear();
}

if (form) {
  if (failed && sent?.startsWith(page)) {
    name = sent; // the form came back with what was typed
    carried = stored(name)?.fields ?? {};
  }
  claim();
  for (const old of new Set([...entries(page), ...copies.keys()])) if (old !== name) locks.request(old, () => offer(old));
  if (keeps) (form.querySelector("[data-keep-state]") ?? form.querySelector(".submit-row"))?.append(state);
  if (form.querySelector("textarea")) {
    form.addEventListener("input", write);
    form.addEventListener("change", write);
    form.addEventListener("submit", () => {
      write();
      leaving = true;
      sessionStorage.setItem(SENT, name);
    });
    addEventListener("pagehide", sendLast);
    document.addEventListener("visibilitychange", () => document.hidden && sendLast());
    addEventListener("online", push);
    addEventListener("pageshow", () => {
      leaving = false;
    });
    if (Object.keys(carried).length) later();
  }
}

// Whether there is anything in a form that is not stored: also what came back with an error.
const chosen = (box) => [...box.options].filter((option) => option.selected).map((option) => option.value).join();
const first = new Map([...document.querySelectorAll("select")].map((box) => [box, [...box.options].filter((option) => option.defaultSelected).map((option) => option.value).join()]));

function changed(box) {
  if (!box.name || box.name.includes("__prefix__") || box.type === "hidden" || box.type === "submit") return false;
  if (box.type === "file") return box.files.length > 0;
  if (box.type === "checkbox" || box.type === "radio") return box.checked !== box.defaultChecked;
  if (box.type === "select-one") return first.has(box) ? value(box) !== (first.get(box) || box.options[0]?.value || "") : value(box) !== "";
  if (box.type === "select-multiple") return chosen(box) !== (first.get(box) ?? "");
  return box.value !== loaded(box);
}

const dirty = (of) => failed || [...of.elements].some(changed);

for (const button of document.querySelectorAll("button.way-on")) {
  const link = Object.assign(document.createElement("a"), { href: button.value });
  link.append(...button.childNodes);
  button.hidden = true;
  button.before(link);
  link.addEventListener("click", (event) => {
    if (!dirty(button.form)) return;
    event.preventDefault();
    if (!button.dataset.ask || confirm(button.dataset.ask)) button.form.requestSubmit(button);
  });
}
for (const link of document.querySelectorAll(".object-tools a[data-ask]")) {
  link.addEventListener("click", (event) => {
    const of = document.querySelector("#content-main form[id]");
    if (of && dirty(of) && !confirm(link.dataset.ask)) event.preventDefault();
  });
}
