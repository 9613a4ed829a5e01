// The edit page of an edition: opens what an address names, brings the editor when a text is opened, adds rows, saves by the keys,
// and stands after saving where one stood. Without this script folds and anchors work by themselves.
"use strict";

const form = document.querySelector("#edition_form");
const prose = document.querySelector("#prose-editor");
const STOOD = `stood:${location.pathname}`;

// The editor and what belongs to it: once, when somebody goes towards a text.
let modules = null;
function load() {
  modules ??= (async () => {
    document.head.append(prose.content.cloneNode(true));
    await Promise.all(["editor", "paste", "links"].map((name) => import(`portal/${name}`)));
    return import("django-prose-editor/configurable");
  })();
  return modules;
}

async function equip(fold) {
  const box = fold.querySelector(":scope > .inside > .box > textarea[data-prose]");
  if (!box) return;
  const { createEditor } = await load();
  box.setAttribute("data-django-prose-editor-configurable", prose.dataset.config);
  await createEditor(box);
}

for (const fold of form.querySelectorAll(".fold")) if (fold.open) equip(fold);
form.addEventListener("toggle", (event) => {
  if (event.target.open && event.target.matches(".fold")) equip(event.target);
}, true);
for (const sign of ["pointerover", "focusin"]) {
  form.addEventListener(sign, (event) => event.target.closest?.(".section > summary, .rail") && load(), { passive: true });
}

// What an address names is opened, with all that is around it.
function open(place) {
  for (let fold = place?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  place?.scrollIntoView();
}
const named = () => document.getElementById(decodeURIComponent(location.hash.slice(1)));
addEventListener("hashchange", () => open(named()));
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='#']");
  if (link && link.hash === location.hash) open(named());
});

// Where one stands: the part in sight that is open last, and how far the page is scrolled.
function place() {
  const here = document.activeElement?.closest(".fold") ?? [...form.querySelectorAll(".fold[open]")].find((fold) => fold.getBoundingClientRect().bottom > 120);
  return here?.id ?? "";
}

form.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.name !== "_continue") return;
  if (!button.value) button.value = place();
  const folds = [...form.querySelectorAll("details[open][id]")].map((each) => each.id);
  const top = document.getElementById(button.value)?.getBoundingClientRect().top;
  sessionStorage.setItem(STOOD, JSON.stringify({ at: button.value, top, folds, scrolled: scrollY }));
});

async function stand() {
  const stood = JSON.parse(sessionStorage.getItem(STOOD) ?? "null");
  sessionStorage.removeItem(STOOD);
  const wrong = document.querySelector(".errornote");
  if (!stood || wrong || location.hash.slice(1) !== stood.at) return open(wrong ? null : named());
  const folds = stood.folds.map((id) => document.getElementById(id)).filter((fold) => fold?.matches("details"));
  for (const fold of folds) fold.open = true;
  const here = () => (named() ? scrollBy(0, named().getBoundingClientRect().top - stood.top) : scrollTo(0, stood.scrolled));
  here();
  await Promise.all(folds.map(equip)); // an editor is higher than its plain box
  if (document.readyState !== "complete") await new Promise((loaded) => addEventListener("load", loaded, { once: true }));
  setTimeout(here, 50); // its buttons come a moment later
}
stand();

// Ctrl+S, Cmd+S.
addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-stand]"));
});

// Boxes that are seldom needed: when their fold is opened, or words are to be put back into them. Until then hidden ones hold the same.
function unpack(fold) {
  const packed = fold.querySelector(":scope > noscript");
  if (!packed) return;
  for (const box of fold.querySelectorAll(":scope > input[type=hidden]")) box.remove();
  packed.outerHTML = packed.textContent; // a <noscript> is mere text where scripts run
}
form.addEventListener("toggle", (event) => {
  if (event.target.open && event.target.matches(".more-boxes")) unpack(event.target);
}, true);
form.addEventListener("boxes-wanted", () => form.querySelectorAll(".more-boxes").forEach(unpack));

// Rows: of each kind one empty form stands in a template.
for (const group of form.querySelectorAll("[data-rows]")) {
  const total = form.elements.namedItem(`${group.dataset.rows}-TOTAL_FORMS`);
  group.querySelector("[name=_more]").addEventListener("click", (event) => {
    event.preventDefault();
    const row = group.querySelector(":scope > template").content.firstElementChild.cloneNode(true);
    for (const packed of row.querySelectorAll("noscript")) packed.textContent = packed.textContent.replaceAll("__prefix__", total.value);
    for (const part of [row, ...row.querySelectorAll("*")]) {
      for (const each of part.attributes) if (each.value.includes("__prefix__")) each.value = each.value.replaceAll("__prefix__", total.value);
    }
    total.value = Number(total.value) + 1;
    group.querySelector(".add-row").before(row);
    equip(row);
    row.querySelector("select, input:not([type=hidden])").focus();
  });
}

// Reviewers: a click takes one more, or one less.
form.elements.namedItem("asked")?.addEventListener("mousedown", (event) => {
  if (event.target.tagName !== "OPTION") return;
  event.preventDefault();
  event.target.selected = !event.target.selected;
  event.target.parentElement.dispatchEvent(new Event("change", { bubbles: true }));
});

// The picture library: what fits the words typed last, proposed below every box that asks.
const list = document.querySelector("#library-pictures");
let waiting = 0;
async function propose(words) {
  const answer = await fetch(`${list.dataset.address}&term=${encodeURIComponent(words)}`, { redirect: "error" }).catch(() => null);
  const { results } = answer?.ok ? await answer.json() : { results: [] };
  list.replaceChildren(...results.map(({ id, text }) => Object.assign(document.createElement("option"), { value: `${text} (#${id})` })));
}
for (const sign of ["focusin", "input"]) {
  form.addEventListener(sign, (event) => {
    if (event.target.getAttribute("list") !== list.id) return;
    clearTimeout(waiting);
    waiting = setTimeout(propose, 200, event.target.value);
  });
}

// As families read it: asked for when it is opened.
const reader = document.querySelector("#reader");
reader?.addEventListener("toggle", async () => {
  const page = reader.querySelector(".phone");
  if (!reader.open || page.childElementCount) return;
  const answer = await fetch(reader.dataset.address, { redirect: "error" }).catch(() => null);
  if (answer?.ok) page.innerHTML = await answer.text();
  else page.textContent = page.dataset.failed;
});
