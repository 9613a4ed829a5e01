// Names for screen readers where Django's admin has none: search boxes of autocomplete fields, empty table headings.
"use strict";

function nameThem(root) {
  for (const box of root.querySelectorAll(".select2-container")) {
    const select = box.previousElementSibling;
    const label = select && document.querySelector(`label[for="${select.id}"]`);
    if (!label) continue;
    const name = label.textContent.trim().replace(/:$/, "");
    for (const part of box.querySelectorAll(".select2-search__field, .select2-selection")) {
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", name);
    }
    for (const part of box.querySelectorAll(".select2-selection__clear")) {
      if (part.parentElement.tagName === "UL") part.parentElement.setAttribute("role", "group");
    }
  }
  for (const heading of root.querySelectorAll("th.original:empty")) {
    const words = document.createElement("span");
    words.className = "visually-hidden";
    words.textContent = heading.closest(".inline-group").querySelector("h2").textContent.trim();
    heading.append(words);
  }
}

window.addEventListener("load", () => {
  nameThem(document);
  document.addEventListener("formset:added", (event) => setTimeout(() => nameThem(event.target)));
});
