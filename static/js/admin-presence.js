// Says every half minute that this draft is open here, and shows who else has it open. Ends with the sign-in.
"use strict";

const here = document.querySelector("[data-presence]");
const proof = document.querySelector("[name=csrfmiddlewaretoken]");

async function beat() {
  if (document.hidden) return;
  const headers = { "X-CSRFToken": proof.value };
  const answer = await fetch(here.dataset.presence, { method: "POST", headers, redirect: "error" }).catch(() => null);
  if (!answer) return;
  if (!answer.ok) return clearInterval(beating);
  const { words } = await answer.json();
  if (here.textContent !== words) here.textContent = words;
  here.hidden = !words;
}

const beating = setInterval(beat, 30_000);
document.addEventListener("visibilitychange", beat);
beat();
