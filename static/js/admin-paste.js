// The prose editor: turns what is pasted from elsewhere into what our texts can hold, by the rules of
// foundation/prose/foreign.py, and says what it changed. Styles are read as text, since our policy empties `node.style`.
"use strict";

{
  const HEADINGS = { H1: "h3", H2: "h3", H5: "h4", H6: "h4" };
  const BLOCK_TAGS = "ADDRESS ARTICLE ASIDE CAPTION CENTER DD DETAILS DIALOG DIV DL DT FIELDSET FIGCAPTION FIGURE FOOTER FORM HEADER HGROUP LEGEND MAIN NAV OPTGROUP OPTION PRE SEARCH SECTION SUMMARY".split(" ");
  const UNSEEN = "script,style,template,title,meta,link,noscript,rp,datalist,annotation,annotation-xml,mphantom,desc,metadata";
  const DRAWN = "audio,video,canvas,iframe"; // what they hold is unseen, but they part words
  const PLACED = "mroot,munder,mover,munderover,mmultiscripts,mtable,mtr,mfenced"; // parts of formulas are apart
  const SCRIPTS = { msup: ["", "sup"], msub: ["", "sub"], msubsup: ["", "sub", "sup"] };
  const PARTING = `${BLOCK_TAGS.join()},p,ul,ol,li,blockquote,table,td,th,h1,h2,h3,h4,h5,h6,hr,br`;
  const BREAK = Symbol("break");
  const OURS = /^(?:https:|tel:|mailto:|#|\/(?![/\\]))/i;

  function styled(element) {
    const pairs = (element.dataset.style ?? "").toLowerCase().matchAll(/([\w-]+)\s*:\s*([^;]*)/g);
    return Object.fromEntries([...pairs].map(([, name, value]) => [name, value.replace("!important", "").trim()]));
  }

  const isHidden = (style) => style.display === "none" || /hidden|collapse/.test(style.visibility ?? "") || style["mso-hide"] === "all";
  const isStruck = (element, style) => /^(DEL|S|STRIKE)$/.test(element.tagName) || /line-through/.test(`${style["text-decoration"]} ${style["text-decoration-line"]}`);
  const bold = (style) => (/^\d+$/.test(style["font-weight"]) ? style["font-weight"] >= 600 : { bold: true, bolder: true, normal: false, lighter: false }[style["font-weight"]]);
  const slanted = (style) => ({ italic: true, oblique: true, normal: false })[style["font-style"]];

  function script(element, style) {
    if (/^(SUP|SUB)$/.test(element.tagName)) return element.tagName.toLowerCase();
    if (/^(TD|TH|TR)$/.test(element.tagName)) return "";
    const raised = style["font-variant-position"] ?? style["vertical-align"] ?? "";
    const [height] = (style["mso-text-raise"] ?? raised).match(/^[+-]?[\d.]*[1-9]/) ?? [""];
    return height ? (height.startsWith("-") ? "sub" : "sup") : { super: "sup", "text-top": "sup", sub: "sub", "text-bottom": "sub" }[raised] ?? "";
  }

  function isBlock(element, style) {
    if (!/^(none)?$/.test(style.float ?? "") || /absolute|fixed/.test(style.position ?? "")) return true;
    if (/^(inline|contents)/.test(style.display ?? "")) return false;
    return BLOCK_TAGS.includes(element.tagName) || !/^(|none|initial|inherit|unset|revert)$/.test(style.display ?? "");
  }

  function keepsLines(tag, style, around) {
    if (style["white-space"]) return /pre|break-spaces/.test(style["white-space"]);
    return /^(PRE|LISTING|TEXTAREA)$/.test(tag) || around;
  }

  // Each word takes the weight, slant and height with it that hold for it; what may not stay goes, and is noted.
  function walk(node, marks, told) {
    for (const child of [...node.childNodes]) {
      if (child.nodeType === Node.TEXT_NODE) for (const line of lined(child, marks.raw)) if (line.data.trim()) wrap(line, marks);
      if (child.nodeType === Node.COMMENT_NODE) child.remove();
      if (child.nodeType === Node.ELEMENT_NODE) enter(child, marks, told);
    }
  }

  // The text in its lines, where they are seen.
  function lined(text, raw) {
    const found = [text];
    for (let at = text.data.indexOf("\n"); raw && at >= 0; at = text.data.indexOf("\n")) {
      text = text.splitText(at);
      text.deleteData(0, 1);
      text.before(document.createElement("br"));
      found.push(text);
    }
    return found;
  }

  function wrap(text, marks) {
    for (const name of ["strong", "em", "sup", "sub"]) {
      if (!marks[name]) continue;
      text = around(name, text);
    }
  }

  function enter(element, marks, told) {
    const style = styled(element);
    if (isStruck(element, style) && element.textContent.trim()) told.struck.push(element.textContent.trim());
    if (element.hidden || isHidden(style) || isStruck(element, style)) {
      const parted = element.matches(PARTING) || isBlock(element, style) || element.querySelector(PARTING); // what stood around a block stays apart
      return element.replaceWith(parted ? document.createElement("div") : "");
    }
    const tag = element.tagName;
    if (marks.laid && !element.matches(PARTING)) for (const side of ["before", "after"]) element[side](document.createElement("div"));
    const own = { ...marks, raw: keepsLines(tag, style, marks.raw), laid: /^(inline-)?(flex|grid)$/.test(style.display) };
    own.strong = bold(style) ?? (/^(B|STRONG)$/.test(tag) || marks.strong);
    own.em = slanted(style) ?? (/^(I|EM)$/.test(tag) || marks.em);
    const height = script(element, style);
    const upon = (marks.sup || marks.sub) && (!marks[height] || element.previousSibling?.textContent.trim());
    if (height && upon) element.prepend(height === "sup" ? "^" : "_"); // the editor holds no script upon a script
    else if (height) own[height] = true;
    walk(element, own, told);
    if (tag === "A") link(element, told);
    else if (tag === "Q") element.replaceWith("“", ...element.childNodes, "”");
    else if (tag === "RT") element.replaceWith(" (", ...element.childNodes, ")");
    else if (tag === "INPUT") element.replaceWith(` ${/^(|text|search|number|tel|url|email|date)$/.test(element.type) ? element.value : ""} `);
    else if (tag === "TEXTAREA" || tag === "BUTTON") element.replaceWith(" ", ...element.childNodes, " ");
    else if (tag === "IMG") told.pictures += element.replaceWith(" ") ?? 1;
    else if (tag === "HR" || isBlock(element, style)) into("div", element);
    else if (HEADINGS[tag]) into(HEADINGS[tag], element);
    else if (/^(B|STRONG|I|EM|SUP|SUB|SPAN|FONT|INS|U|OBJECT)$/.test(tag) || !(element instanceof HTMLElement)) element.replaceWith(...element.childNodes);
  }

  function into(name, element) {
    const block = document.createElement(name);
    block.append(...element.childNodes);
    element.replaceWith(block);
  }

  function link(element, told) {
    const address = (element.getAttribute("href") ?? "").trim();
    if (/^www\.[^/]+\./i.test(address)) element.setAttribute("href", `https://${address}`);
    else if (!OURS.test(address)) {
      if (address) told.links.push(address);
      element.replaceWith(...element.childNodes);
    }
  }

  // A row becomes a line, its cells apart, each in its place; a row of one cell is only a frame.
  function lines(table, told) {
    const spanning = [];
    const found = document.createElement("div");
    let many = false;
    for (const caption of table.querySelectorAll(":scope > caption, :scope > div")) found.append(caption);
    for (const row of table.rows) {
      const cells = [];
      const skip = () => { while (spanning[cells.length]) { spanning[cells.length]--; cells.push(null); } };
      for (const cell of row.cells) {
        skip();
        for (let column = 0; column < Math.min(cell.colSpan, 50); column++) {
          if (cell.rowSpan > 1) spanning[cells.length] = cell.rowSpan - 1;
          cells.push(column ? null : cell);
        }
      }
      skip();
      while (cells.length && !cells.at(-1)) cells.pop();
      const line = document.createElement(cells.length === 1 ? "div" : "p");
      if (cells.length === 1) line.append(...cells[0].childNodes);
      else cells.forEach((cell, place) => line.append(place ? " | " : "", ...(cell ? flat(cell) : [])));
      many ||= cells.length > 1;
      if (line.textContent.replace(/[|\s]/g, "")) found.append(line);
    }
    told.tables += many;
    table.replaceWith(found);
  }

  // The content of a cell on one line: where a block or a line began, something to see.
  function flat(cell) {
    const kept = [];
    let apart = false;
    for (const part of parts(cell)) {
      const blank = part !== BREAK && !part.textContent.trim();
      if (part === BREAK) apart = kept.length > 0;
      else if (!(blank && (apart || !kept.length))) {
        if (apart) kept.push("; ");
        apart = false;
        kept.push(part);
      }
    }
    return kept;
  }

  function parts(node) {
    return [...node.childNodes].flatMap((child) => (/^(P|DIV|LI|UL|OL|H3|H4|BLOCKQUOTE|BR)$/.test(child.nodeName) ? [BREAK, ...parts(child), BREAK] : [child]));
  }

  // What is said between the parts of a formula and of a drawing, so that no numbers are joined.
  function formulas(body) {
    for (const struck of body.querySelectorAll("menclose[notation*=strike]")) into("s", struck);
    for (const [name, scripts] of Object.entries(SCRIPTS))
      for (const whole of body.querySelectorAll(name))
        [...whole.children].forEach((part, place) => scripts[place] && around(scripts[place], part));
    for (const root of body.querySelectorAll("msqrt")) root.before("√(") ?? root.after(")");
    for (const part of body.querySelectorAll(`mfrac > :nth-child(2), :is(${PLACED}) > :nth-child(n + 2)`))
      part.before(part.parentNode.localName === "mfrac" ? "/" : " ");
    for (const whole of body.querySelectorAll(`mfrac,mspace,svg,text,${PLACED}`)) whole.before(" ") ?? whole.after(" ");
  }

  function around(name, node) {
    const outer = document.createElement(name);
    node.replaceWith(outer);
    outer.append(node);
    return outer;
  }

  function ours(html, told) {
    const bare = /<table/i.test(html) ? html : html.replace(/<(\/?)(?:t[dhr]|tbody|thead|tfoot|caption)\b/gi, "<$1div");
    const unstyled = bare.replace(/<[^<>]*>/g, (tag) => tag.replace(/\sstyle\s*=/gi, " data-style=")); // no style, no word of the policy
    const body = new DOMParser().parseFromString(unstyled, "text/html").body;
    for (const element of body.querySelectorAll(UNSEEN)) element.remove();
    for (const element of body.querySelectorAll(DRAWN)) element.replaceWith(" ");
    formulas(body);
    walk(body, {}, told);
    for (const table of [...body.querySelectorAll("table")].reverse()) lines(table, told);
    return body.innerHTML.replaceAll("\u00ad", "");
  }

  function words(told, texts) {
    const list = (found) => [...new Set(found)].map((each) => `“${each.slice(0, 200)}”`).join(", ");
    return [
      told.tables ? texts.tables : "",
      told.struck.length ? `${texts.struck} ${list(told.struck)}` : "",
      told.links.length ? `${texts.links} ${list(told.links)}` : "",
      told.pictures ? texts.pictures : "",
    ].filter(Boolean);
  }

  document.addEventListener("prose-editor:ready", ({ detail: { editor, textarea } }) => {
    const texts = document.querySelector("#paste-words")?.dataset ?? {};
    const note = Object.assign(document.createElement("div"), { className: "help pasted" });
    note.setAttribute("role", "status");
    textarea.closest(".prose-editor").after(note);
    const transformPastedHTML = (html) => {
      if (html.includes("data-pm-slice")) return html; // copied in an editor of ours
      const told = { tables: 0, struck: [], links: [], pictures: 0 };
      const turned = ours(html, told);
      note.replaceChildren(...words(told, texts).map((text) => Object.assign(document.createElement("p"), { textContent: text })));
      return turned;
    };
    editor.setOptions({ editorProps: { ...editor.options.editorProps, transformPastedHTML } });
  });
}
