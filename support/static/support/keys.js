// The keys of every page: Ctrl-K the palette, "/" the search, "?" what the keys are.
"use strict";

(() => {
  const KEYS = [
    ["Ctrl K", "go to a page, or find anybody"],
    ["/", "write into the search box"],
    ["?", "show these keys"],
    ["↑ ↓ Enter", "choose in the palette"],
    ["Esc", "close what is open"],
  ];
  const find = document.getElementById("find");
  const hint = document.querySelector(".find .keys");
  if (hint) hint.hidden = false;

  const help = document.createElement("dialog");
  help.className = "palette keys-help";
  help.setAttribute("aria-labelledby", "keys-title");
  const title = Object.assign(document.createElement("h2"), { id: "keys-title", textContent: "Keys" });
  const rows = document.createElement("dl");
  for (const [key, meaning] of KEYS) {
    const name = document.createElement("dt");
    name.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    rows.append(name, Object.assign(document.createElement("dd"), { textContent: meaning }));
  }
  const close = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: "Close" });
  close.addEventListener("click", () => help.close());
  help.append(title, rows, close);
  document.body.append(help);

  const writing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

  document.addEventListener("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey;
    if (command && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      help.close();
      document.dispatchEvent(new Event("palette:open"));
    } else if (command || event.altKey || writing(event.target) || document.querySelector("dialog[open]")) {
      return;
    } else if (event.key === "/" && find) {
      event.preventDefault();
      find.focus();
      find.select();
    } else if (event.key === "?") {
      event.preventDefault();
      help.showModal();
    }
  });
})();
