// The prose editor: names its edit box as the label and the help text of its field do.
"use strict";

// TipTap would write a <style> element, which our policy refuses. It looks for one first, so it finds this inert one;
// the rules themselves stand in css/admin.css.
const inert = document.createElementNS("urn:inert", "style");
inert.setAttribute("data-tiptap-style", "");
document.head.append(inert);

document.addEventListener("prose-editor:ready", (event) => {
  const { editor, textarea } = event.detail;
  const label = document.querySelector(`label[for="${textarea.id}"]`);
  label.id ||= `${textarea.id}_label`;
  const attributes = { "aria-labelledby": label.id, "aria-multiline": "true" };
  if (textarea.hasAttribute("aria-describedby")) attributes["aria-describedby"] = textarea.getAttribute("aria-describedby");
  editor.setOptions({ editorProps: { attributes } });
  label.addEventListener("click", () => editor.commands.focus());
});
