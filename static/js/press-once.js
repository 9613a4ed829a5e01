// A button that is pressed twice sends its form once: the first answer is the one that is shown. (The site itself acts once, too.)
"use strict";

const AGAIN = 3000; // milliseconds: a form whose answer is a file stays on the screen
const sentForms = new WeakSet();

document.addEventListener("submit", (event) => {
  if (sentForms.has(event.target)) return event.preventDefault();
  if (event.defaultPrevented) return;
  sentForms.add(event.target);
  setTimeout(() => sentForms.delete(event.target), AGAIN);
});
addEventListener("pageshow", () => [...document.forms].forEach((form) => sentForms.delete(form)));
