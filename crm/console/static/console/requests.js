// The queue of requests: the preview beside the list, and the keys j k a r x ? of whoever decides.
(() => {
  "use strict";

  const panel = document.querySelector("[data-panel]");
  if (!panel) return;
  const split = document.querySelector("[data-requests]");
  const keys = document.querySelector("dialog.requests-keys");
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const chosen = () => rows().find((row) => row.classList.contains("requests-chosen"));
  const link = (row) => row.querySelector(".requests-link");
  let asked = null;

  // Where the list goes after the decision: the row behind this one, else the one before.
  function prepare() {
    const all = rows();
    const here = all.indexOf(chosen());
    const next = all[here + 1] || all[here - 1];
    panel.querySelectorAll("input[name=next]").forEach((input) => {
      input.value = here >= 0 && next ? next.dataset.row : input.value;
    });
    panel.querySelectorAll("input[name=back]").forEach((input) => {
      if (split) input.value = window.location.search.slice(1);
    });
  }

  async function open(row) {
    chosen()?.classList.remove("requests-chosen");
    rows().forEach((one) => link(one).removeAttribute("aria-current"));
    row.classList.add("requests-chosen");
    link(row).setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
    window.history.replaceState(null, "", link(row).href);
    asked?.abort();
    asked = new AbortController();
    panel.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(row.dataset.preview, { signal: asked.signal });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      panel.innerHTML = await answer.text();
      panel.removeAttribute("aria-busy");
      panel.scrollTop = 0;
      split.classList.add("requests-open");
      prepare();
    } catch (error) {
      // The page itself shows the same, and says what is wrong.
      if (error.name !== "AbortError") window.location.assign(link(row).href);
    }
  }

  function close() {
    split.classList.remove("requests-open");
    chosen()?.classList.remove("requests-chosen");
    const address = new URL(window.location.href);
    address.searchParams.delete("selected");
    window.history.replaceState(null, "", address);
  }

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const here = all.indexOf(chosen());
    const row = all[here < 0 ? 0 : Math.min(all.length - 1, Math.max(0, here + step))];
    if (row !== all[here]) open(row);
  }

  function approve() {
    const form = panel.querySelector("[data-approve]");
    if (!form) return;
    const twice = form.querySelector("details");
    if (twice) {
      twice.open = true;
      twice.querySelector("button").focus();
    } else {
      form.requestSubmit();
    }
  }

  const isTyping = (target) =>
    target.isContentEditable || (target.matches?.("input, select, textarea") && target.type !== "checkbox");

  const actions = {
    j: () => move(1),
    k: () => move(-1),
    a: approve,
    r: () => panel.querySelector("[data-reject] input[name=reason]")?.focus(),
    x: () => chosen()?.querySelector("input[type=checkbox]")?.click(),
    "?": () => keys?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (isTyping(event.target)) event.target.blur();
      else if (split && !keys?.open) close();
      return;
    }
    const action = actions[event.key];
    if (!action || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    action();
  });

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (event.target.closest("[data-keys]")) keys.showModal();
    if (!split) return;
    const row = event.target.closest(".requests-link")?.closest("[data-row]");
    if (row) {
      event.preventDefault();
      open(row);
    } else if (event.target.closest("[data-close]")) {
      event.preventDefault();
      close();
    }
  });

  // Ticks: the page's, all that match, and how many there are on the buttons.
  const bulk = document.querySelector("[data-bulk]");
  const ticks = () => [...document.querySelectorAll("[data-row] input[type=checkbox]")];

  function count() {
    const page = bulk.querySelector("[data-tick-page]");
    const all = bulk.querySelector("[data-tick-all]");
    if (!page) return;
    const ticked = ticks().filter((tick) => tick.checked).length;
    page.checked = ticked > 0 && ticked === ticks().length;
    page.indeterminate = ticked > 0 && !page.checked;
    for (const button of bulk.querySelectorAll("button[name=verdict]")) {
      const { all: allLabel, some, none } = button.dataset;
      const label = ticked ? some.replace("{count}", ticked) : none;
      button.textContent = all.checked ? allLabel : label;
      button.disabled = !ticked && !all.checked;
    }
  }

  bulk?.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-page]")) {
      ticks().forEach((tick) => {
        tick.checked = event.target.checked;
      });
    }
    if (event.target.matches("[data-tick-all]")) {
      ticks().forEach((tick) => {
        tick.checked = event.target.checked;
      });
    } else {
      bulk.querySelector("[data-tick-all]").checked = false;
    }
    count();
  });

  // Sent once: a second press of the key would decide the same request again.
  document.addEventListener("submit", (event) => {
    if (!panel.contains(event.target)) return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });

  document.querySelector("[data-keys]")?.removeAttribute("hidden");
  bulk?.querySelector("[data-page]")?.removeAttribute("hidden");
  if (bulk) count();
  chosen()?.scrollIntoView({ block: "nearest" });
  prepare();
})();
