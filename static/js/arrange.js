// Dragging the images of a collection to their places. Without this file the arrows under each image do the same.
"use strict";

const ITEM = ".arrange__item";
let held = null;

function makeDraggable() {
  for (const item of document.querySelectorAll(ITEM)) item.draggable = true;
  for (const picture of document.querySelectorAll(`${ITEM} img`)) picture.draggable = false;
}

function clearTarget() {
  document.querySelector(".arrange__item--target")?.classList.remove("arrange__item--target");
}

// Dropped on an image that lies after it, an image goes behind it; on one before it, in front.
function dropBefore(target) {
  const items = [...document.querySelectorAll(ITEM)];
  return items.indexOf(held) < items.indexOf(target) ? target.nextElementSibling : target;
}

document.addEventListener("dragstart", (event) => {
  held = event.target.closest?.(ITEM);
  if (!held) return;
  held.classList.add("arrange__item--held");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", held.dataset.image);
});

document.addEventListener("dragover", (event) => {
  const target = held && event.target.closest?.(ITEM);
  if (!target) return;
  event.preventDefault();
  clearTarget();
  if (target !== held) target.classList.add("arrange__item--target");
});

document.addEventListener("drop", (event) => {
  const target = held && event.target.closest?.(ITEM);
  if (!target || target === held) return;
  event.preventDefault();
  const list = target.closest("[data-move]");
  const values = { image: held.dataset.image, before: dropBefore(target)?.dataset.image ?? list.dataset.following };
  list.insertBefore(held, dropBefore(target));
  const address = list.dataset.move + location.search;
  htmx.ajax("POST", address, { target: "#collection-arrange", swap: "outerHTML", values });
});

document.addEventListener("dragend", () => {
  held?.classList.remove("arrange__item--held");
  clearTarget();
  held = null;
});

document.addEventListener("htmx:afterSettle", makeDraggable);
document.addEventListener("DOMContentLoaded", makeDraggable);
