// Moves the bars of orders of card numbers; the page is drawn again when the last one is over.
(() => {
  "use strict";

  const EVERY = 1000; // milliseconds
  const LONGEST = 15000; // between two attempts while the server does not answer

  const list = document.querySelector("[data-orders]");
  if (!list) return;
  let wait = EVERY;

  function draw(order) {
    const line = list.querySelector(`[data-order="${order.id}"]`);
    if (!line) return;
    line.querySelector("[data-made]").textContent = order.made;
    line.querySelector("[data-state]").textContent = order.state;
    const bar = line.querySelector("progress");
    if (bar) bar.value = order.percent;
  }

  async function ask() {
    try {
      const answer = await fetch(list.dataset.orders, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const { orders } = await answer.json();
      orders.forEach(draw);
      wait = EVERY;
      if (orders.every((order) => order.over)) {
        // Not by reload(): after an order that was refused, that would send the form again.
        window.location.assign(window.location.pathname);
        return;
      }
    } catch {
      wait = Math.min(LONGEST, wait * 2);
    }
    window.setTimeout(ask, wait);
  }

  window.setTimeout(ask, EVERY);
})();
