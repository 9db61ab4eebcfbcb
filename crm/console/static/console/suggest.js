// Customers as you type, under the search field of their list; and a button that copies.
(() => {
  "use strict";

  const PAUSE = 120; // milliseconds without a key before the server is asked

  function attach(box) {
    const input = box.querySelector("input[type=text], input[type=search]");
    if (!input) return;
    const list = document.createElement("div");
    list.className = "console-suggestions";
    list.id = "console-suggestions";
    list.setAttribute("role", "listbox");
    list.hidden = true;
    box.append(list);
    input.setAttribute("autocomplete", "off");
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");

    let timer = 0;
    let asked = null;
    let selected = -1;

    const links = () => [...list.querySelectorAll("a")];

    function show(open) {
      list.hidden = !open;
      input.setAttribute("aria-expanded", String(open));
      if (!open) select(-1);
    }

    function select(index) {
      selected = index;
      links().forEach((link, i) => link.setAttribute("aria-selected", String(i === index)));
    }

    function draw(customers) {
      list.replaceChildren();
      for (const customer of customers) {
        const link = document.createElement("a");
        link.href = customer.url;
        link.setAttribute("role", "option");
        const name = document.createElement("strong");
        name.textContent = customer.name;
        const details = document.createElement("span");
        details.textContent = [`#${customer.id}`, customer.details].filter(Boolean).join(" · ");
        link.append(name, details);
        list.append(link);
      }
      if (!customers.length) {
        const nobody = document.createElement("p");
        nobody.textContent = box.dataset.nobody;
        list.append(nobody);
      }
      show(true);
    }

    async function ask(text) {
      if (asked) asked.abort();
      asked = new AbortController();
      const url = `${box.dataset.suggest}?q=${encodeURIComponent(text)}`;
      try {
        const answer = await fetch(url, { signal: asked.signal, credentials: "same-origin" });
        if (answer.ok && input.value.trim() === text) draw((await answer.json()).customers);
      } catch (problem) {
        if (problem.name !== "AbortError") show(false);
      }
    }

    input.addEventListener("input", () => {
      clearTimeout(timer);
      const text = input.value.trim();
      if (!text) {
        show(false);
        return;
      }
      timer = setTimeout(() => ask(text), PAUSE);
    });
    input.addEventListener("keydown", (event) => {
      const all = links();
      if (event.key === "Escape") {
        show(false);
      } else if (list.hidden || !all.length) {
        return;
      } else if (event.key === "ArrowDown") {
        event.preventDefault();
        select((selected + 1) % all.length);
      } else if (event.key === "ArrowUp") {
        event.preventDefault();
        select((selected - 1 + all.length) % all.length);
      } else if (event.key === "Enter" && selected >= 0) {
        event.preventDefault();
        window.location.assign(all[selected].href);
      }
    });
    document.addEventListener("click", (event) => {
      if (!box.contains(event.target)) show(false);
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-suggest]").forEach(attach);
    document.querySelectorAll("[data-copy]").forEach((button) => {
      button.addEventListener("click", async () => {
        const text = document.querySelector(button.dataset.copy).textContent;
        await navigator.clipboard.writeText(text);
        button.textContent = button.dataset.copied;
      });
    });
  });
})();
