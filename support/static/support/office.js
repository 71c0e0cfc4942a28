// Keeps relative times and the open page fresh, adds older lines in place, copies. All works without it.
"use strict";

(() => {
  const NEAR = 24 * 3600;
  const IN_FLIGHT = 2000;
  const QUIET = 10000;
  const LONGEST = 60000;

  const amount = (seconds) => {
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    return `${Math.floor(seconds / 3600)} h`;
  };

  const refreshTimes = () => {
    for (const time of document.querySelectorAll("time[data-live]")) {
      const seconds = Math.round((Date.parse(time.dateTime) - Date.now()) / 1000);
      if (Math.abs(seconds) >= NEAR) continue;
      const rest = seconds >= 60 && seconds < 3600 ? ` ${seconds % 60} s` : ""; // what is to come counts down
      const text = Math.abs(seconds) < 2 ? "now" : seconds > 0 ? `in ${amount(seconds)}${rest}` : `${amount(-seconds)} ago`;
      if (time.textContent !== text) time.textContent = text;
    }
  };

  const read = async (address) => {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, redirect: "error" });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    return answer;
  };
  const pageAt = async (address) =>
    new DOMParser().parseFromString(await (await read(address)).text(), "text/html");

  // Nothing is replaced under somebody's keyboard focus, selection or open form.
  const occupied = (part) =>
    part.contains(document.activeElement) ||
    part.querySelector("details[open]") !== null ||
    (getSelection().toString() && part.contains(getSelection().anchorNode));

  // Relative times differ in every answer and are no change.
  const likeness = (part) => part.innerHTML.replace(/(<time[^>]*>)[^<]*/g, "$1").replace(/csrfmiddlewaretoken"[^>]*/g, "");

  // A line may stand for several that are folded into it.
  const keysOf = (line) => {
    const folded = [...line.querySelectorAll("[data-key]")].map((each) => each.dataset.key);
    return folded.length ? folded : [line.dataset.key];
  };
  const shownOf = (list, line) =>
    new Set(keysOf(line).map((key) => list.querySelector(`:scope > [data-key="${key}"], :scope > :has([data-key="${key}"])`)).filter(Boolean));

  // A list that was lengthened keeps its older lines: newer ones go on top, changed ones are replaced.
  const mergeLines = (part, next) => {
    const list = part.querySelector("ol");
    let place = list.firstElementChild;
    for (const line of [...next.querySelectorAll("ol > [data-key]")]) {
      const known = shownOf(list, line);
      if (known.size) {
        place = [...known].at(-1).nextElementSibling;
        // At the end of the fresh page a stretch may be cut off that is whole here.
        if (known.size === 1 && keysOf([...known][0]).length > keysOf(line).length) continue;
        known.forEach((each) => each.remove());
      }
      list.insertBefore(line, place);
    }
  };

  const refreshParts = async () => {
    // What a refused form shows stands at the form's address, which answers no GET.
    const own = document.querySelector("[data-address]");
    const fresh = await pageAt(own ? own.dataset.address : location.href);
    let left = false;
    for (const part of document.querySelectorAll("[data-part]")) {
      const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!next || likeness(next) === likeness(part)) continue;
      if (occupied(part)) left = true;
      else if (part.dataset.lengthened) mergeLines(part, next);
      else part.replaceWith(next);
    }
    const now = document.querySelector("[data-mark]");
    const then = fresh.querySelector("[data-mark]");
    if (now && then && !left) now.dataset.mark = then.dataset.mark;
    refreshTimes();
  };

  const busy = () => document.querySelector("[data-in-flight]") !== null;

  // Quiet pages ask a cheap address whether anything changed; pages without one ask at their own pace.
  const pace = () => {
    if (busy()) return IN_FLIGHT;
    if (document.querySelector("[data-mark-url]")) return QUIET;
    const every = document.querySelector("[data-every]");
    return every ? Math.max(2, Number(every.dataset.every)) * 1000 : 0;
  };

  const look = async () => {
    const mark = document.querySelector("[data-mark-url]");
    if (mark && !busy()) {
      const said = await (await read(mark.dataset.markUrl)).json();
      if (said.mark === mark.dataset.mark) return;
    }
    await refreshParts();
  };

  let failures = 0;
  let timer = 0;
  const tick = async () => {
    if (!document.hidden && pace()) {
      try {
        await look();
        failures = 0;
      } catch {
        failures += 1; // signed out, or the server is away: ask more and more rarely
      }
    }
    wait();
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(tick, Math.min((pace() || QUIET) * 2 ** failures, LONGEST));
  };

  const lengthen = async (link) => {
    link.setAttribute("aria-busy", "true");
    try {
      const part = link.closest("[data-part]");
      const fresh = (await pageAt(link.href)).querySelector(`[data-part="${part.dataset.part}"]`);
      const lines = [...fresh.querySelectorAll("ol > [data-key]")];
      part.querySelector("ol").append(...lines);
      part.dataset.lengthened = "yes";
      const next = fresh.querySelector("[data-older]");
      if (next) link.replaceWith(next);
      else link.remove();
      if (lines.length) {
        lines[0].tabIndex = -1;
        lines[0].focus({ preventScroll: true });
      }
      refreshTimes();
    } catch {
      location.href = link.href;
    }
  };

  const copy = async (link) => {
    const label = link.textContent;
    try {
      await navigator.clipboard.writeText(await (await read(link.dataset.copy)).text());
      link.textContent = "Copied";
      setTimeout(() => (link.textContent = label), 2000);
    } catch {
      location.href = link.href; // no clipboard here: the page with the text
    }
  };

  document.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    for (const [selector, act] of [["[data-older]", lengthen], ["[data-copy]", copy]]) {
      const link = event.target.closest(selector);
      if (!link) continue;
      event.preventDefault();
      act(link);
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) tick();
  });
  setInterval(refreshTimes, 1000);
  wait();
})();
