// The prose editor: what is pasted or dropped from elsewhere is made ours by the site (foundation/prose/foreign.py), which says
// what it left out. It goes where it was pasted, whatever is typed meanwhile. Without an answer its plain words go there.
"use strict";

{
  const FOREIGN = /<(?!\/?(?:p|h3|h4|ul|ol|li|blockquote|strong|em|a|br|sup|sub|table|tbody|tr|th|td|colgroup|col|meta)\b)[a-z]/i;
  const words = () => document.querySelector("#paste-words").dataset;
  let waiting = 0;
  let last = Promise.resolve();

  async function ask(html, form) {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.set("html", html.replace(/data:[^"'\s<>)]{100,}/g, "")); // pictures, which are left out anyway
    const options = { method: "POST", body, redirect: "error", signal: AbortSignal.timeout(10000) };
    const answer = await fetch(words().address, options).catch(() => null);
    return answer?.ok ? answer.json() : null;
  }

  function holdBack(event) {
    if (!waiting) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    last.then(() => event.target.requestSubmit(event.submitter));
  }

  document.addEventListener("submit", holdBack, true);

  document.addEventListener("prose-editor:ready", ({ detail: { editor, textarea } }) => {
    const note = Object.assign(document.createElement("div"), { className: "help pasted" });
    const places = new Set();
    note.setAttribute("role", "status");
    (textarea.closest(".flex-container") ?? textarea.closest(".prose-editor")).after(note);
    editor.on("transaction", ({ transaction, appendedTransactions = [] }) => {
      for (const { mapping } of [transaction, ...appendedTransactions]) for (const each of places) each.at = each.at.map(mapping);
    });

    function say(sentences) {
      note.replaceChildren(...sentences.map((textContent) => Object.assign(document.createElement("p"), { textContent })));
    }

    async function put(html, text, place) {
      const found = await ask(html, textarea.form);
      places.delete(place);
      editor.view.dispatch(editor.state.tr.setSelection(place.at.resolve(editor.state.doc)));
      if (found) editor.view.pasteHTML(found.html || "<p></p>");
      else editor.view.pasteText(text);
      waiting -= 1;
      say(found ? found.notes : [words().failed]);
    }

    function take(event, data) {
      const html = data?.getData("text/html");
      if (!html || (html.includes("data-pm-slice") && !FOREIGN.test(html))) return false; // copied in an editor of ours
      const place = { at: editor.state.selection.getBookmark() };
      const text = data.getData("text/plain");
      places.add(place);
      waiting += 1;
      say([words().waiting]);
      last = last.then(() => put(html, text, place));
      event.preventDefault();
      return true;
    }

    function drop(view, event) {
      if (view.dragging) return false; // moved within this editor
      const at = view.posAtCoords({ left: event.clientX, top: event.clientY });
      if (at && event.dataTransfer?.getData("text/html")) editor.commands.setTextSelection(at.pos);
      return take(event, event.dataTransfer);
    }

    // Before the editor itself reads them, which our policy would report for every style in them.
    const handleDOMEvents = { paste: (view, event) => take(event, event.clipboardData), drop };
    editor.setOptions({ editorProps: { ...editor.options.editorProps, handleDOMEvents } });
  });
}
