// Browsers give up on autofocus while a page is still being laid out; the form asks again.
(() => {
  "use strict";

  function focusFirst() {
    const input = document.querySelector(".console-form [autofocus]");
    const active = document.activeElement;
    if (input && (!active || active === document.body)) input.focus();
  }

  if (document.readyState === "complete") focusFirst();
  else window.addEventListener("load", focusFirst);
})();
