// Free hours on a case, not needed: arrow keys between the boxes, no more ticks than can be offered, their number on the button.
"use strict";

const form = document.querySelector("#hours");
const boxes = () => [...form.querySelectorAll("input[name=t]")];
const middle = (box) => {
  const place = box.getBoundingClientRect();
  return [place.x + place.width / 2, place.y + place.height / 2];
};
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const nearest = (from, [across, down]) => {
  const [x, y] = middle(from);
  const reachable = boxes().filter((box) => box.closest(".grid") && !box.disabled).map((box) => {
    const [left, top] = middle(box);
    const along = (left - x) * across + (top - y) * down;
    return { box, along, cost: along + 3 * Math.abs(across ? top - y : left - x) };
  });
  return reachable.filter((each) => each.along > 4).sort((one, other) => one.cost - other.cost)[0];
};

const count = (button) => {
  const ticked = boxes().filter((box) => box.checked).length;
  boxes().forEach((box) => { box.disabled = !box.checked && ticked >= Number(form.dataset.most); });
  if (ticked) button.textContent = ticked === 1 ? button.dataset.one : button.dataset.many.replace("#", ticked);
};

if (form) {
  const button = form.querySelector("[data-many]"), words = button.textContent;
  const show = () => { button.textContent = words; count(button); };
  form.addEventListener("change", show);
  form.addEventListener("keydown", (event) => {
    if (!WAYS[event.key] || event.target.name !== "t" || !event.target.closest(".grid")) return;
    const next = nearest(event.target, WAYS[event.key]);
    if (next) { event.preventDefault(); next.box.focus(); }
  });
  addEventListener("pageshow", show);
}
