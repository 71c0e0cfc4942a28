// The palette (Ctrl-K): pages of the menu and what the search finds while typing. All works without it.
"use strict";

(() => {
  const PAUSE = 180; // milliseconds without a key before the server is asked
  const form = document.querySelector("form.find");
  if (!form || !window.HTMLDialogElement) return;

  const make = (tag, attributes = {}, ...content) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...content);
    return element;
  };

  const field = make("input", {
    type: "text", role: "combobox", maxlength: "320", autocomplete: "off", spellcheck: "false",
    "aria-label": "Go to a page, or find a person, an event or a ticket", "aria-autocomplete": "list",
    "aria-expanded": "true", "aria-controls": "palette-list", placeholder: "Go to, or find …",
  });
  const list = make("div", { id: "palette-list", role: "listbox", "aria-label": "Pages and results" });
  const said = make("p", { class: "soft palette-said", role: "status" });
  const dialog = make("dialog", { class: "palette", "aria-label": "Go to or find" }, field, list, said);
  document.body.append(dialog);

  let chosen = -1;
  let listed = ""; // the text whose results are listed
  let timer = 0;
  let asking = null;
  const options = () => [...list.querySelectorAll("[role=option]")];

  const choose = (index) => {
    const all = options();
    chosen = all.length ? (index + all.length) % all.length : -1;
    all.forEach((each, place) => each.setAttribute("aria-selected", String(place === chosen)));
    if (chosen < 0) field.removeAttribute("aria-activedescendant");
    else {
      field.setAttribute("aria-activedescendant", all[chosen].id);
      all[chosen].scrollIntoView({ block: "nearest" });
    }
  };

  const pages = (text) => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return [...document.querySelectorAll("#menu a.entry")]
      .map((link) => ({ label: link.firstChild.textContent.trim(), detail: "Page", url: link.href }))
      .filter((page) => words.every((word) => page.label.toLowerCase().includes(word)));
  };

  const show = (text, groups) => {
    let number = 0;
    listed = text;
    list.replaceChildren(
      ...groups.filter((group) => group.hits.length).map((group, place) => {
        const head = make("div", { class: "palette-head", id: `palette-group-${place}` }, group.label);
        const hits = group.hits.map((hit) =>
          make("div", { role: "option", id: `palette-${number++}`, "data-url": hit.url },
            make("b", {}, hit.label), make("span", { class: "soft" }, hit.detail)));
        return make("div", { role: "group", "aria-labelledby": head.id }, head, ...hits);
      }));
    choose(0);
    said.textContent = number ? `${number} found` : "Nothing found. Write more, or press Escape.";
  };

  // Posted, so that no address with a name in it is kept in a log or in the browser's history.
  const ask = async (text) => {
    asking?.abort();
    asking = new AbortController();
    const body = new URLSearchParams(new FormData(form));
    body.set("q", text);
    const answer = await fetch(form.dataset.suggest, { method: "POST", body, signal: asking.signal, redirect: "error" });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    return (await answer.json()).groups;
  };

  const look = async () => {
    const text = field.value.trim();
    const own = { label: "Pages", hits: pages(text) };
    if (text.length < 2 && !/^\d$/.test(text)) return show(text, [own]);
    try {
      show(text, [...(await ask(text)), own]);
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = "The search does not answer. Press Enter in the box at the top instead.";
    }
  };

  const open = () => {
    if (dialog.open) return;
    field.value = "";
    show("", [{ label: "Pages", hits: pages("") }]);
    dialog.showModal();
    field.focus();
  };
  const go = (option) => {
    if (option) location.href = option.dataset.url;
  };
  // Enter may come before the results: then of several nobody has seen which is the first.
  const goOn = async () => {
    const text = field.value.trim();
    const seen = text === listed;
    if (!seen) {
      clearTimeout(timer);
      said.textContent = "Looking …";
      await look();
      if (text !== field.value.trim() || !dialog.open) return;
    }
    const all = text === listed ? options() : [];
    if (seen ? all[chosen] : all.length === 1) go(all[chosen]);
    else if (text && !all.length) {
      form.elements.q.value = text;
      form.requestSubmit();
    }
  };

  let entering = false; // a second Enter would break off the first one's question
  const enter = async () => {
    if (entering) return;
    entering = true;
    try {
      await goOn();
    } finally {
      entering = false;
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    asking?.abort();
    timer = setTimeout(look, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) choose(chosen + steps[event.key]);
    else if (event.key === "Enter" && !event.isComposing) enter();
    else if (event.key === "Tab") return event.preventDefault(); // the field is all there is to reach
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => go(event.target.closest("[role=option]")));
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    clearTimeout(timer);
    asking?.abort();
  });
  document.addEventListener("palette:open", open);
})();
