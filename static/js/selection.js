// Picking many images quickly: ranges with Shift, all that a search finds, Escape for none. Without this file the
// checkboxes and the bar's buttons do their work all the same.
"use strict";

let last = null;

const form = () => document.getElementById("selection");
const boxes = () => [...document.querySelectorAll(".tile__pick input")];
const everything = () => form()?.elements.everything;

function tell() {
  if (!form()) return;
  const picked = boxes().filter((box) => box.checked).length;
  const count = everything().checked ? everything().dataset.everything : String(picked);
  form().querySelector("[data-selected]").textContent = `${count} selected`;
}

// From the box that was clicked before to this one, all become as this one is.
function pickRange(box) {
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  if (from < 0) return;
  for (const other of all.slice(from, to + 1)) other.checked = box.checked;
}

function pickAll(checked) {
  for (const box of boxes()) box.checked = checked;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.(".tile__pick input");
  if (!box) return;
  if (event.shiftKey && last && last !== box) pickRange(box);
  last = box;
  if (!box.checked) everything().checked = false;
  tell();
});

// Shift and a click would select the page's text.
document.addEventListener("mousedown", (event) => event.shiftKey && event.target.closest?.(".tile__pick") && event.preventDefault());

document.addEventListener("change", (event) => {
  if (event.target !== everything()) return;
  pickAll(event.target.checked);
  tell();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && form() && !document.querySelector("details.menu[open]")) form().reset();
  const panel = event.key === "Enter" && event.target.matches?.("input") && event.target.closest("#selection .menu__panel");
  if (!panel) return;
  event.preventDefault();
  panel.querySelector("button[type=submit]").click();
});

document.addEventListener("toggle", (event) => {
  if (event.target.open && event.target.closest?.("#selection")) event.target.querySelector("input")?.focus();
}, true);

document.addEventListener("htmx:afterSettle", () => {
  if (everything()?.checked) pickAll(true);
  tell();
});

document.addEventListener("DOMContentLoaded", tell);
document.addEventListener("reset", () => setTimeout(tell));
