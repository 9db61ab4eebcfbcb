// The command palette (Ctrl K): Enter opens the selected result, or the first one.
(() => {
  "use strict";

  // Unfold's own palette fails on Enter when nothing is selected, and Enter comes before the
  // results of a name that was typed quickly.
  function openFirst(palette) {
    const link = palette.items?.[0]?.querySelector("a");
    if (link) window.location = link.href;
  }

  const getText = (palette) => palette.$refs.searchInputCommand.value.trim();

  const ours = {
    loadedText: "",
    awaitedText: "",

    selectItem(addHistory, openInNewTab = false) {
      // A link that is clicked opens by itself, also in a new tab.
      if (window.event?.type === "click") return;
      if (this.loadedText !== getText(this)) {
        this.awaitedText = getText(this);
      } else if (this.currentIndex > 0) {
        this.unfoldSelectItem(addHistory, openInNewTab);
      }
    },

    handleContentLoaded(event) {
      this.unfoldHandleContentLoaded(event);
      if (event.target.id !== "command-results") return;
      this.loadedText = (
        new URL(event.detail.xhr.responseURL).searchParams.get("s") ?? ""
      ).trim();
      // The first result is selected, so the arrows go on from it.
      if (this.items?.[0]?.querySelector("a")) this.currentIndex = 1;
      const awaited = this.awaitedText;
      if (this.loadedText !== getText(this)) return;
      this.awaitedText = "";
      if (awaited && awaited === this.loadedText && this.openCommandResults) openFirst(this);
    },
  };

  // Unfold waits half a second before it searches. This listener comes before that of htmx, which
  // reads the attribute when the page has loaded.
  document.addEventListener("DOMContentLoaded", () => {
    document
      .getElementById("search-input-command")
      ?.setAttribute("hx-trigger", "input changed delay:120ms, search");
  });

  // Unfold's script comes after this one, and Alpine after both.
  document.addEventListener("alpine:init", () => {
    const unfolds = window.searchCommand;
    if (!unfolds) return;
    window.searchCommand = () => {
      const palette = unfolds();
      palette.unfoldSelectItem = palette.selectItem;
      palette.unfoldHandleContentLoaded = palette.handleContentLoaded;
      return Object.assign(palette, ours);
    };
  });
})();
