// Leaving a page of questions in any way (a link, Back, another tab) hands what is typed to the draft, where it is found again.
"use strict";

const questions = document.getElementById("questions");
let unsent = false;

function keep() {
  if (!unsent) return;
  unsent = false;
  const answers = new URLSearchParams(new FormData(questions));
  answers.set("leave", "");
  navigator.sendBeacon(questions.getAttribute("action"), answers);
}

questions.addEventListener("input", () => { unsent = true; });
questions.addEventListener("submit", () => { unsent = false; });
addEventListener("pagehide", keep);
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keep(); });
