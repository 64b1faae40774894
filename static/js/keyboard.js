// Keys for grids and image pages, and the way back to the same place in a list. Every page works without this file.
"use strict";

(() => {
  const LIST = "list";
  const links = () => [...document.querySelectorAll(".grid .tile > a")];
  const store = (key, value) => sessionStorage.setItem(key, JSON.stringify(value));
  const stored = (key) => JSON.parse(sessionStorage.getItem(key) || "null");
  const place = () => `place:${location.pathname}${location.search}`;
  const isTyping = (target) => target.isContentEditable || target.matches("input:not([type=checkbox]), textarea, select");
  const say = (text) => (document.getElementById("announcer").textContent = text);

  // Grids: left and right go in order, up and down to the tile of the next row that is nearest.
  function inNextRow(from, all, isDown) {
    const start = from.getBoundingClientRect();
    const middle = (box) => box.left + box.width / 2;
    const boxes = all.map((link) => ({ link, box: link.getBoundingClientRect() }));
    const beyond = boxes.filter(({ box }) => (isDown ? box.top >= start.bottom - 1 : box.bottom <= start.top + 1));
    const edge = Math[isDown ? "min" : "max"](...beyond.map(({ box }) => box.top));
    const row = beyond.filter(({ box }) => Math.abs(box.top - edge) < 2);
    row.sort((one, other) => Math.abs(middle(one.box) - middle(start)) - Math.abs(middle(other.box) - middle(start)));
    return row[0]?.link;
  }

  function neighbor(key, from) {
    const all = links();
    if (key === "ArrowRight") return all[all.indexOf(from) + 1];
    if (key === "ArrowLeft") return all[all.indexOf(from) - 1];
    return inNextRow(from, all, key === "ArrowDown");
  }

  // Without a tile in focus, up and down scroll as ever; left and right step into the grid where one looks at it.
  function moveInGrid(event) {
    const tile = document.activeElement.closest?.(".grid .tile");
    const from = tile?.querySelector(":scope > a");
    const isAcross = /^Arrow(Left|Right)$/.test(event.key);
    const target = from ? neighbor(event.key, from) : isAcross && links().find((link) => link.getBoundingClientRect().top >= 0);
    if (!target) return;
    event.preventDefault();
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest" });
  }

  // The images of the list that was last opened: left and right on an image's page go through them.
  const steps = document.getElementById("image-steps");

  function showSteps() {
    const list = stored(LIST) || [];
    const index = list.indexOf(location.pathname);
    if (!steps || index === -1) return;
    for (const [rel, target] of [["prev", list[index - 1]], ["next", list[index + 1]]]) {
      const link = steps.querySelector(`[rel=${rel}]`);
      link.hidden = !target;
      if (target) link.href = target;
    }
    steps.hidden = false;
  }

  // In place of this page, so that Back leads to the list, however many images were looked at.
  function step(link) {
    if (link && !link.hidden) location.replace(link.href);
  }

  function favorite() {
    const tile = document.activeElement.closest?.(".tile");
    const heart = tile ? tile.querySelector(".heart") : document.querySelector("[data-shortcut=f]");
    if (!heart) return;
    if (heart.ariaPressed) say(heart.ariaPressed === "true" ? "Not a favorite any more" : "A favorite now");
    heart.click();
  }

  function search(event) {
    const box = document.querySelector("main input[type=search]") || document.querySelector("input[type=search]");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/") search(event);
    if (event.key === "?") document.getElementById("keys").showModal();
    if (event.key === "f") favorite();
    if (!event.key.startsWith("Arrow") || event.shiftKey) return;
    const isInGrid = document.activeElement.closest?.(".grid");
    if (steps && !isInGrid && event.key === "ArrowLeft") step(steps.querySelector("[rel=prev]"));
    else if (steps && !isInGrid && event.key === "ArrowRight") step(steps.querySelector("[rel=next]"));
    else moveInGrid(event);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".grid .tile > a");
    if (link) store(LIST, [...link.closest(".grid").querySelectorAll(".tile > a")].map((other) => other.pathname));
    const stepLink = event.target.closest("#image-steps a");
    if (!stepLink || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    step(stepLink);
  });

  // Back: the pages of the list that had come are fetched again, then the place is where it was.
  const more = () => document.querySelector(".grid .pager[hx-get]");

  function arrived(pager) {
    return new Promise((resolve) => {
      const ends = ["htmx:afterSettle", "htmx:responseError", "htmx:sendError"];
      const end = (event) => {
        ends.forEach((name) => document.removeEventListener(name, end));
        resolve(event.type === "htmx:afterSettle");
      };
      ends.forEach((name) => document.addEventListener(name, end));
      pager.setAttribute("data-hx-revealed", "true");
      window.htmx.trigger(pager, "revealed");
    });
  }

  async function goBack() {
    const was = stored(place());
    if (!was || performance.getEntriesByType("navigation")[0]?.type !== "back_forward") return;
    let isThere = true;
    while (isThere && links().length < was.tiles && more()) isThere = await arrived(more());
    scrollTo({ top: was.top, behavior: "instant" });
    const opened = links().find((link) => link.pathname === stored("opened"));
    opened?.focus({ preventScroll: true });
    opened?.scrollIntoView({ block: "nearest" });
  }

  addEventListener("pagehide", () => {
    if (links().length) store(place(), { tiles: links().length, top: scrollY });
    if (steps) store("opened", location.pathname);
  });

  showSteps();
  addEventListener("load", goBack);
})();
