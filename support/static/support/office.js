// Keeps relative times fresh, and the page while something is in flight. Everything works without it.
"use strict";

(() => {
  const NEAR = 24 * 3600;

  const amount = (seconds) => {
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    return `${Math.floor(seconds / 3600)} h`;
  };

  const refreshTimes = () => {
    for (const time of document.querySelectorAll("time[data-live]")) {
      const seconds = Math.round((Date.parse(time.dateTime) - Date.now()) / 1000);
      if (Math.abs(seconds) >= NEAR) continue;
      const text = Math.abs(seconds) < 2 ? "now" : seconds > 0 ? `in ${amount(seconds)}` : `${amount(-seconds)} ago`;
      if (time.textContent !== text) time.textContent = text;
    }
  };

  const busy = () => document.querySelector("[data-in-flight]") !== null;
  const occupied = (part) =>
    part.contains(document.activeElement) || (getSelection().toString() && part.contains(getSelection().anchorNode));

  const refreshParts = async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-part]")) {
      const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
      // Nothing is replaced under somebody's keyboard focus or selection.
      if (next && !occupied(part) && next.outerHTML !== part.outerHTML) part.replaceWith(next);
    }
    refreshTimes();
  };

  let wait = 2000;
  const tick = async () => {
    if (!document.hidden && busy()) {
      try {
        await refreshParts();
        wait = Math.min(wait * 1.2, 15000);
      } catch {
        wait = 30000; // signed out or offline: ask rarely
      }
    } else {
      wait = 2000;
    }
    setTimeout(tick, wait);
  };

  setInterval(refreshTimes, 1000);
  document.addEventListener("DOMContentLoaded", () => setTimeout(tick, wait));
})();
