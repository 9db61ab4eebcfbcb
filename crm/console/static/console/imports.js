// Moves the progress bar of an import once a second; the page shows the result when it is over.
(() => {
  "use strict";

  const EVERY = 1000; // milliseconds
  const LONGEST = 15000; // between two attempts while the server does not answer

  const page = document.querySelector("[data-progress]");
  if (!page) return;
  const bar = page.querySelector("[data-bar]");
  let wait = EVERY;

  function draw(progress) {
    bar.value = progress.percent;
    bar.textContent = `${progress.percent} %`;
    for (const place of page.querySelectorAll("[data-show]")) {
      const text = progress[place.dataset.show];
      place.textContent = text || (place.dataset.show === "note" ? "" : "–");
      if (place.dataset.show === "note") place.hidden = !text;
    }
    for (const place of page.querySelectorAll("[data-with]")) {
      place.hidden = !progress[place.dataset.with];
    }
  }

  async function ask() {
    try {
      const answer = await fetch(page.dataset.progress, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const progress = await answer.json();
      draw(progress);
      wait = EVERY;
      if (progress.over) {
        window.location.reload();
        return;
      }
    } catch {
      wait = Math.min(LONGEST, wait * 2);
    }
    window.setTimeout(ask, wait);
  }

  window.setTimeout(ask, EVERY);
})();
