// A click on a library picture sets the focus that every crop keeps in sight; the two number boxes say the same.
"use strict";

{
  const frame = document.querySelector(".focus");
  const boxes = ["id_focus_x", "id_focus_y"].map((id) => document.getElementById(id));
  if (frame && boxes.every(Boolean)) {
    const ring = frame.querySelector("circle");
    const draw = () => boxes.forEach((box, at) => ring.setAttribute(["cx", "cy"][at], `${box.value}%`));
    frame.addEventListener("click", (event) => {
      const area = frame.getBoundingClientRect();
      boxes[0].value = Math.round(((event.clientX - area.left) / area.width) * 100);
      boxes[1].value = Math.round(((event.clientY - area.top) / area.height) * 100);
      draw();
    });
    for (const box of boxes) box.addEventListener("input", draw);
  }
}
