// Names for screen readers where Django's admin has none: the boxes of autocomplete fields, empty table headings.
// And what is wrong with a form comes first: it is spoken, and seen, also where the address named a place further down.
"use strict";

function nameThem() {
  for (const box of document.querySelectorAll(".select2-container:not(.select2-container--open)")) {
    const label = box.previousElementSibling && document.querySelector(`label[for="${box.previousElementSibling.id}"]`);
    if (!label) continue;
    for (const part of box.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox]")) {
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", label.textContent.trim().replace(/:$/, ""));
    }
    for (const part of box.querySelectorAll("ul, li")) part.setAttribute("role", "presentation");
  }
  for (const icon of document.querySelectorAll(".help-tooltip[aria-label]")) icon.setAttribute("role", "img");
  for (const heading of document.querySelectorAll(".inline-group th:empty")) {
    const words = document.createElement("span");
    words.className = "visually-hidden";
    words.textContent = heading.closest(".inline-group").querySelector("h2").textContent.trim();
    heading.append(words);
  }
}

// select2 makes its boxes late, and parts of them anew.
const form = document.querySelector("#content-main form");
if (form) {
  new MutationObserver(nameThem).observe(form, { childList: true, subtree: true });
  nameThem();
}

const wrong = document.querySelector("#content .errornote, #content form > .errorlist, #content form .errorlist");
if (wrong) {
  history.replaceState(history.state, "", location.pathname + location.search);
  wrong.tabIndex = -1;
  const first = () => wrong.focus();
  if (document.readyState === "complete") first();
  else addEventListener("load", first);
}
