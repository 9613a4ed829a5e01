// The prose editor: names its edit box as the label and the help text of its field do. Its buttons have letters and signs instead of
// an icon font of 128 KB, and are one stop of the Tab key, as a toolbar is: the arrow keys go from button to button.
"use strict";

// TipTap would write a <style> element, which our policy refuses. It looks for one first, so it finds this inert one;
// the rules themselves stand in css/admin.css.
const inert = document.createElementNS("urn:inert", "style");
inert.setAttribute("data-tiptap-style", "");
document.head.append(inert);

const SIGNS = {
  notes: "Text", format_list_bulleted: "• List", format_list_numbered: "1. List", tune: "1, 2, 3", format_quote: "“ ”", format_bold: "B",
  format_italic: "I", subscript: "x₂", superscript: "x²", insert_link: "Link", link_off: "No link", grid_on: "Table", call_merge: "Join cells",
  call_split: "Split cell", undo: "↶", redo: "↷",
};

function toolbar(bar) {
  const buttons = [...bar.querySelectorAll("button")];
  bar.setAttribute("role", "toolbar");
  for (const button of buttons) {
    button.tabIndex = button === buttons[0] ? 0 : -1;
    if (!SIGNS[button.textContent]) continue;
    button.textContent = SIGNS[button.textContent];
    button.classList.remove("material-icons");
  }
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const shown = buttons.filter((button) => button.offsetParent);
    const at = shown.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = shown[(at + step + shown.length) % shown.length];
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  });
}

document.addEventListener("prose-editor:ready", (event) => {
  const { editor, textarea } = event.detail;
  const label = document.querySelector(`label[for="${textarea.id}"]`);
  label.id ||= `${textarea.id}_label`;
  const attributes = { "aria-labelledby": label.id, "aria-multiline": "true" };
  if (textarea.hasAttribute("aria-describedby")) attributes["aria-describedby"] = textarea.getAttribute("aria-describedby");
  editor.setOptions({ editorProps: { attributes } });
  editor.on("create", () => textarea.parentElement.querySelectorAll(".prose-menubar").forEach(toolbar)); // the menu comes a moment later
  label.addEventListener("click", () => editor.commands.focus());
});
