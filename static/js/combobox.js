// Completing tags: a list below every [data-complete] box, for the arrow keys, the pointer and screen readers.
// data-complete is the address that answers. With data-complete-after, only what follows these words at the end of the
// text is completed: "tag: -tag:" in a search. Without this file the boxes are plain.
"use strict";

const WAIT = 120; // milliseconds of rest before the server is asked
let timer = 0;
let asked = 0;

function listOf(input) {
  let list = document.getElementById(`${input.id}-options`);
  if (list) return list;
  list = document.createElement("ul");
  list.id = `${input.id}-options`;
  list.className = "options";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Tags");
  input.after(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  close(input, list);
  return list;
}

function close(input, list) {
  list.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

// The text before what is completed, what is completed, and whether there is anything to complete.
function typed(input) {
  const leads = input.dataset.completeAfter?.split(" ");
  if (!leads) return ["", input.value.trim()];
  const found = input.value.match(/^(.*(?:^|\s))(-?tag:)"?([^"]*)$/i);
  return found && leads.includes(found[2].toLowerCase()) ? [found[1] + found[2], found[3]] : ["", ""];
}

function choose(input, option) {
  const [before] = typed(input);
  const name = option.dataset.name;
  input.value = before ? `${before}${name.includes(" ") ? `"${name}"` : name} ` : name;
  close(input, listOf(input));
  input.dispatchEvent(new Event("input", { bubbles: true }));
  clearTimeout(timer);
}

function fill(input, tags) {
  const list = listOf(input);
  list.replaceChildren(...tags.map(({ name, count }, number) => {
    const option = document.createElement("li");
    option.id = `${list.id}-${number}`;
    option.dataset.name = name;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const sum = document.createElement("span");
    sum.textContent = count.toLocaleString();
    option.append(name, " ", sum);
    return option;
  }));
  if (tags.length && document.activeElement === input) {
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    input.removeAttribute("aria-activedescendant");
  } else close(input, list);
}

async function ask(input) {
  const [, start] = typed(input);
  const number = ++asked;
  if (!start) return fill(input, []);
  try {
    const answer = await fetch(`${input.dataset.complete}?q=${encodeURIComponent(start)}`);
    const { tags } = await answer.json();
    if (number === asked) fill(input, tags);
  } catch {
    fill(input, []); // completing is a convenience: without the server, people type on
  }
}

function move(input, list, step) {
  const options = [...list.children];
  const present = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = options[(present + step + options.length + (present < 0 && step < 0 ? 1 : 0)) % options.length];
  for (const option of options) option.setAttribute("aria-selected", String(option === next));
  input.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("input", (event) => {
  if (!event.isTrusted || !event.target.matches("[data-complete]")) return;
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT, event.target);
});

// Before other listeners: Enter on an option chooses it and does not send the form.
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-complete]") || event.isComposing) return;
  const list = listOf(event.target);
  if (list.hidden) return;
  const option = list.querySelector("[aria-selected=true]");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.target, list, event.key === "ArrowDown" ? 1 : -1);
  else if (event.key === "Enter" && option) choose(event.target, option);
  else if (event.key === "Escape") close(event.target, list);
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("mousedown", (event) => {
  const option = event.target.closest?.(".options [role=option]");
  if (!option) return;
  event.preventDefault();
  choose(document.getElementById(option.parentElement.id.replace(/-options$/, "")), option);
});

document.addEventListener("focusin", (event) => event.target.matches("[data-complete]") && listOf(event.target));
document.addEventListener("focusout", (event) => event.target.matches("[data-complete]") && close(event.target, listOf(event.target)));
