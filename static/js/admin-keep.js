// Keeps what is typed into forms of public content until it is saved: through a crash, a closed tab, an ended sign-in.
// Each opened page has an entry of its own in this browser and holds a lock of its name, so that a page is offered only
// what no living page holds. `_keep.html` marks the forms; messages of the class “saved” tell that a form was stored.
// And: the buttons that save a form and lead on (`_way_on.html`) are links while nothing was typed.
"use strict";

const own = `keep:${document.currentScript.dataset.user}:`;
const page = `${own}${location.pathname}:`;
const SENT = "keep-sent";
const FORGOTTEN = 14 * 24 * 60 * 60 * 1000; // milliseconds
const locks = navigator.locks ?? { request: (name, act) => act() };
const words = document.querySelector("#keep");
const form = words?.closest("form");
const seen = form?.elements.namedItem("seen");
const failed = document.querySelector(".errornote, .errorlist") !== null;

const entries = (start) => Object.keys(localStorage).filter((name) => name.startsWith(start));
const forget = (name) => localStorage.removeItem(name);

for (const name of entries("keep:")) if (JSON.parse(localStorage.getItem(name)).at < Date.now() - FORGOTTEN) forget(name);

const sent = sessionStorage.getItem(SENT);
sessionStorage.removeItem(SENT);
if (sent && document.querySelector(".messagelist .saved")) forget(sent);

document.querySelector("#logout-form")?.addEventListener("submit", () => entries(own).forEach(forget));

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

const value = (box) => (box.type === "checkbox" ? box.checked : box.value);

function loaded(box) {
  if (box.type === "checkbox") return box.defaultChecked;
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
  if (box.type === "checkbox") box.checked = text;
  else box.value = text;
  editors.get(box)?.commands.setContent(text);
}

function addRows(places) {
  for (const at of places) {
    const set = at.match(/^(.+)\+\d+-/)?.[1];
    for (let more = 100; set && more && !boxes().has(at); more--) document.querySelector(`#${CSS.escape(set)}-group .add-row a`)?.click();
  }
}

// Puts words back where nothing else was typed; returns those that have no box.
function putBack(fields) {
  addRows(Object.keys(fields));
  const now = boxes();
  const left = {};
  for (const [at, text] of Object.entries(fields)) {
    const box = now.get(at);
    if (box && value(box) === loaded(box)) fill(box, text);
    if (!box || value(box) !== text) left[at] = text;
  }
  return left;
}

let name = `${page}${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
let carried = {};

function write() {
  const fields = { ...carried, ...typed() };
  if (Object.keys(fields).length === 0) return forget(name);
  try {
    localStorage.setItem(name, JSON.stringify({ at: Date.now(), seen: seen?.value, fields }));
  } catch {
    // The browser gives no more room: what is on the screen is all there is.
  }
}

// All that was left here stands in one note, newest first, with the words it holds. Each entry's lock is held until it is decided.
const left = new Map();
let note = null;

function offer(old) {
  const entry = JSON.parse(localStorage.getItem(old));
  const now = boxes();
  const same = (fields) => Object.entries(fields).every(([at, text]) => now.has(at) && value(now.get(at)) === text);
  if (!entry || same(entry.fields)) return forget(old);
  return new Promise((decided) => {
    left.set(old, { ...entry, decided });
    show();
  });
}

function label(at) {
  const box = boxes().get(at);
  return box?.labels?.[0]?.textContent.trim().replace(/:$/, "") ?? box?.getAttribute("aria-label") ?? "";
}

function summary(entry) {
  const row = words.content.querySelector("[data-entry]").cloneNode(true);
  const when = { dateStyle: "medium", timeStyle: "short" };
  row.querySelector("time").textContent = new Date(entry.at).toLocaleString(document.documentElement.lang, when);
  const texts = Object.entries(entry.fields).map(([at, text]) => {
    const plain = new DOMParser().parseFromString(String(text), "text/html").body.textContent.trim();
    return !plain || typeof text === "boolean" ? label(at) : `${label(at)}: “${plain.slice(0, 80)}${plain.length > 80 ? "…" : ""}”`;
  });
  row.querySelector("[data-words]").textContent = texts.join("; ");
  return row;
}

const overtaken = (entry) => seen && entry.seen?.split(" ")[0] !== seen.value.split(" ")[0];

function show() {
  const entries = [...left.values()].sort((one, other) => other.at - one.at);
  note?.remove();
  note = words.content.firstElementChild.cloneNode(true);
  const part = (what) => note.querySelector(`[data-${what}]`);
  part("entries").replaceChildren(...entries.map(summary));
  part("overtaken").hidden = !entries.some(overtaken);
  form.prepend(note);
  part("put").addEventListener("click", () => {
    const old = entries.filter(overtaken).at(-1)?.seen;
    const homeless = entries.flatMap((entry) => {
      const fields = putBack(entry.fields);
      carried = { ...fields, ...carried };
      return Object.values(fields).filter((text) => typeof text === "string" && text);
    });
    if (old) seen.value = old; // so that saving shows both texts first
    write();
    done();
    part("choice").remove();
    part("entries").remove();
    part("left").hidden = homeless.length === 0;
    for (const text of new Set(homeless)) part("left").append(Object.assign(document.createElement("pre"), { textContent: text }));
    if (part("left").hidden) note.remove();
    note = null;
  });
  part("throw").addEventListener("click", () => {
    done();
    note.remove();
    note = null;
  });
}

function done() {
  for (const [old, { decided }] of left) {
    forget(old);
    decided();
  }
  left.clear();
}

if (form) {
  if (failed && sent?.startsWith(page)) {
    name = sent; // the form came back with what was typed
    carried = JSON.parse(localStorage.getItem(name))?.fields ?? {};
  }
  locks.request(name, () => new Promise(() => {}));
  for (const old of entries(page)) if (old !== name) locks.request(old, () => offer(old));
  if (form.querySelector("textarea")) {
    form.addEventListener("input", write);
    form.addEventListener("change", write);
    form.addEventListener("submit", () => {
      write();
      sessionStorage.setItem(SENT, name);
    });
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
  return box.value !== box.defaultValue;
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
