// Searching by a picture: dropped on a search box, pasted into it, or chosen. It is shrunk here, so that little is sent.
// Without this file the form sends the file as it is.
"use strict";

(() => {
  const EDGE = 640; // pixels along the longer side; the server keeps fewer

  // A file that the browser cannot read is sent as it is: the server may read it, or say what is wrong with it.
  async function shrunk(file) {
    try {
      const whole = await createImageBitmap(file);
      const scale = Math.min(1, EDGE / Math.max(whole.width, whole.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(whole.width * scale));
      canvas.height = Math.max(1, Math.round(whole.height * scale));
      const ink = canvas.getContext("2d");
      ink.imageSmoothingQuality = "high";
      ink.drawImage(whole, 0, 0, canvas.width, canvas.height);
      const data = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
      return new File([data], "picture.png", { type: data.type });
    } catch {
      return file;
    }
  }

  async function send(form, file) {
    form.closest(".searchbar")?.setAttribute("aria-busy", "true");
    document.getElementById("announcer").textContent = "Searching by the picture";
    const files = new DataTransfer();
    files.items.add(await shrunk(file));
    form.elements.file.files = files.files;
    form.submit();
  }

  const pictures = (files) => [...files].filter((file) => file.type.startsWith("image/"));

  for (const form of document.querySelectorAll("[data-picture-form]")) {
    const bar = form.closest(".searchbar") || form;
    const over = (isOver) => bar.classList.toggle("is-over", isOver);
    form.classList.add("drop--live");
    form.elements.file.addEventListener("change", () => form.elements.file.files.length && send(form, form.elements.file.files[0]));
    bar.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      over(true);
    });
    bar.addEventListener("dragleave", (event) => bar.contains(event.relatedTarget) || over(false));
    bar.addEventListener("drop", (event) => {
      over(false);
      const [file] = event.dataTransfer.files;
      if (!file) return;
      event.preventDefault();
      event.stopPropagation(); // on the upload page too, what falls on the search box is searched by
      send(form, file);
    });
    // Text that comes with a picture of itself, as from a word processor, is text.
    bar.addEventListener("paste", (event) => {
      const [file] = pictures(event.clipboardData.files);
      if (!file || event.clipboardData.types.includes("text/plain")) return;
      event.preventDefault();
      event.stopPropagation();
      send(form, file);
    });
  }

  // Back to a page as it was left: it is not busy any more.
  addEventListener("pageshow", () => {
    for (const bar of document.querySelectorAll(".searchbar[aria-busy]")) bar.removeAttribute("aria-busy");
  });
})();
