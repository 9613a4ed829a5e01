// The prose editor: finds a page of ours and links the selected words to it, or else its title.
"use strict";

document.addEventListener("prose-editor:ready", (event) => {
  const { editor, textarea } = event.detail;
  const search = document.querySelector("#link-search");
  const box = search.content.firstElementChild.cloneNode(true);
  const [words, list, told] = ["input", "ul", "[role=status]"].map((part) => box.querySelector(part));
  const language = () => document.querySelector("select[name=language]")?.value || search.dataset.language;

  function link(title, address) {
    const chain = editor.chain().focus();
    if (editor.state.selection.empty && !editor.isActive("link")) {
      chain.insertContent([{ type: "text", text: title, marks: [{ type: "link", attrs: { href: address } }] }]).run();
    } else {
      chain.extendMarkRange("link").setLink({ href: address }).run();
    }
    box.open = false;
  }

  function row([title, address, kind]) {
    const [item, button, note] = ["li", "button", "span"].map((tag) => document.createElement(tag));
    button.type = "button";
    button.textContent = title;
    button.addEventListener("click", () => link(title, address));
    note.className = "quiet";
    note.textContent = ` ${kind}, ${address}`;
    item.append(button, note);
    return item;
  }

  async function ask() {
    const query = new URLSearchParams({ q: words.value, language: language(), as: "data" });
    const answer = await fetch(`${search.dataset.address}?${query}`, { redirect: "error" }).catch(() => null);
    const pages = answer && answer.ok ? (await answer.json()).pages : [];
    list.replaceChildren(...pages.map(row));
    told.textContent = pages.length ? "" : answer && answer.ok ? search.dataset.nothing : search.dataset.failed;
  }

  box.querySelector("button").addEventListener("click", ask);
  words.addEventListener("keydown", (press) => {
    if (press.key !== "Enter") return;
    press.preventDefault();
    ask();
  });
  (textarea.closest(".flex-container") ?? textarea.closest(".prose-editor")).after(box);
});
