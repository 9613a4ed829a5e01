// The writing coach: asks for new notes when somebody has typed and stopped for a moment. One question at a time.
"use strict";

const panel = document.querySelector("#coach");
const form = panel && panel.closest("form");
let waiting = 0;
let asking = false;
let again = false;

async function ask() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  const answer = await fetch(panel.dataset.address, { method: "POST", body, redirect: "error" }).catch(() => null);
  const status = panel.querySelector(".coach-status");
  status.textContent = answer && answer.ok ? "" : status.dataset.old;
  if (answer && answer.ok) show(await answer.text());
  asking = false;
  if (again) {
    again = false;
    later();
  }
}

// What was unfolded stays so; nobody who reads in the panel loses their place.
function show(html) {
  const advice = panel.querySelector(".coach-advice");
  if (advice.contains(document.activeElement)) {
    advice.addEventListener("focusout", () => setTimeout(show, 0, html), { once: true });
    return;
  }
  const open = [...advice.querySelectorAll("details[open]")].map((each) => each.id);
  advice.innerHTML = html;
  for (const id of open) {
    const part = document.getElementById(id);
    if (part) part.open = true;
  }
  mark();
}

// In the rail beside the text stands how many notes each part has.
function mark() {
  for (const old of document.querySelectorAll(".rail .marks")) old.remove();
  for (const row of panel.querySelectorAll(".coach-figures tbody tr")) {
    const count = Number(row.querySelector("td")?.textContent);
    const box = row.querySelector("a")?.hash.slice(1);
    const fold = box && document.getElementById(box)?.closest(".fold");
    const link = fold && count && document.querySelector(`.rail a[href="#${CSS.escape(fold.id)}"]`);
    if (!link) continue;
    const marks = link.querySelector(".marks") ?? Object.assign(document.createElement("small"), { className: "marks", title: panel.dataset.notes });
    marks.textContent = Number(marks.textContent) + count;
    link.append(marks);
  }
}

function later() {
  clearTimeout(waiting);
  waiting = setTimeout(ask, 1500);
}

if (form) {
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  if (panel.querySelector(".coach-figures")) mark();
  else ask();
}
