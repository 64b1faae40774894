// Small conveniences. Every page works without this file.
"use strict";

// Theme: the cookie is read by the server, so that the next page arrives in the right colors. No cookie follows the system.
const systemTheme = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

function switchTheme() {
  const root = document.documentElement;
  const next = (root.dataset.theme || systemTheme()) === "dark" ? "light" : "dark";
  if (next === systemTheme()) {
    delete root.dataset.theme;
    document.cookie = "theme=; path=/; max-age=0; samesite=lax";
  } else {
    root.dataset.theme = next;
    document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax`;
  }
}

// Toasts: plain good news leaves by itself; anything with an Undo or a problem stays until dismissed.
const TOAST_SECONDS = 6;

function scheduleToasts(root) {
  for (const toast of root.querySelectorAll(".toast")) {
    if (toast.querySelector("form") || toast.matches(".toast--error, .toast--warning")) continue;
    setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), TOAST_SECONDS * 1000);
  }
}

function showToast(text, level = "success") {
  const toasts = document.getElementById("messages");
  if (!toasts) return;
  const toast = document.createElement("div");
  toast.className = `toast toast--${level} toast--plain`;
  const paragraph = document.createElement("p");
  paragraph.className = "toast__text";
  paragraph.textContent = text;
  toast.append(paragraph);
  toasts.append(toast);
  setTimeout(() => toast.remove(), TOAST_SECONDS * 1000);
}

// Links: data-copy holds a path or an address, or nothing for this page.
async function copyLink(control) {
  const address = new URL(control.dataset.copy || location.href, location.href).href;
  try {
    await navigator.clipboard.writeText(address);
    showToast("Link copied.");
  } catch {
    showToast(address);
  }
}

// Studio: [data-full-prompt] shows what the model will be told. The checked style carries data-template ("photo of {prompt}").
function previewPrompt(form) {
  const output = form.querySelector("[data-full-prompt]");
  if (!output) return;
  const prompt = form.elements.prompt.value.trim().replace(/\s+/g, " ");
  const style = form.querySelector("[data-template]:checked, select [data-template]:checked");
  const template = style?.dataset.template || "{prompt}";
  const lead = template.split("{prompt}")[0];
  const words = prompt.toLowerCase().replace(/^(an?|the) /, "");
  const doubled = lead && words.startsWith(lead.trim().toLowerCase());
  output.textContent = doubled ? prompt : template.replace("{prompt}", () => prompt);
  output.closest("[data-full-prompt-row]")?.toggleAttribute("hidden", !prompt);
}

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-theme-toggle], [data-dismiss], [data-copy]");
  if (control?.matches("[data-theme-toggle]")) switchTheme();
  if (control?.matches("[data-dismiss]")) control.closest(".toast")?.remove();
  if (control?.matches("[data-copy]")) copyLink(control);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("form");
  if (form?.elements.prompt) previewPrompt(form);
});

// Cards are replaced while they are polled, which screen readers miss or repeat: each card's data-announce is said once, when it changes.
const announced = new Map();

document.addEventListener("htmx:afterSettle", (event) => {
  const card = event.target.closest?.("[data-announce]");
  if (!card || announced.get(card.id) === card.dataset.announce) return;
  announced.set(card.id, card.dataset.announce);
  document.getElementById("announcer").textContent = card.dataset.announce;
});

// In the studio, Enter sends and Shift+Enter breaks the line.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
  if (!event.target.matches(".prompt-box textarea")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

document.addEventListener("htmx:responseError", () => showToast("That did not work. Reload the page and try again.", "error"));
document.addEventListener("htmx:sendError", () => showToast("The server cannot be reached. Check the connection.", "error"));
document.addEventListener("htmx:oobAfterSwap", (event) => event.target.id === "messages" && scheduleToasts(event.target));

document.addEventListener("DOMContentLoaded", () => {
  scheduleToasts(document);
  for (const card of document.querySelectorAll("[data-announce]")) announced.set(card.id, card.dataset.announce);
  for (const output of document.querySelectorAll("form [data-full-prompt]")) previewPrompt(output.closest("form"));
});
