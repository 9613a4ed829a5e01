// Keeps what is typed into forms of public content until it is saved: through a crash, a closed tab, an ended sign-in.
// Each opened page has an entry of its own in this browser and holds a lock of its name, so that a page is offered only
// what no living page holds. `_keep.html` marks the forms; messages of the class “saved” tell that a form was stored.
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

function offer(old) {
  const entry = JSON.parse(localStorage.getItem(old));
  const now = boxes();
  if (!entry || Object.entries(entry.fields).every(([at, text]) => now.has(at) && value(now.get(at)) === text)) return forget(old);
  const note = words.content.firstElementChild.cloneNode(true);
  const part = (what) => note.querySelector(`[data-${what}]`);
  const overtaken = seen && entry.seen?.split(" ")[0] !== seen.value.split(" ")[0];
  note.querySelector("time").textContent = new Date(entry.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  part("overtaken").hidden = !overtaken;
  form.prepend(note);
  return new Promise((decided) => {
    part("put").addEventListener("click", () => {
      const left = putBack(entry.fields);
      if (overtaken) seen.value = entry.seen; // so that saving shows both texts first
      carried = { ...carried, ...left };
      write();
      forget(old);
      part("choice").remove();
      part("left").hidden = Object.keys(left).length === 0;
      for (const text of Object.values(left)) part("left").append(Object.assign(document.createElement("pre"), { textContent: text }));
      if (part("left").hidden) note.remove();
      decided();
    });
    part("throw").addEventListener("click", () => {
      forget(old);
      note.remove();
      decided();
    });
  });
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
