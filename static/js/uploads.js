// The upload page: many files dropped, pasted or chosen, each sent by itself with its progress. Without this file the form sends them all.
"use strict";

(() => {
  const form = document.querySelector("[data-upload]");
  const sending = document.getElementById("upload-sending");
  const template = document.getElementById("upload-row");
  const AT_ONCE = 2;
  const queue = [];
  let active = 0;

  function addRow(name) {
    const row = template.content.firstElementChild.cloneNode(true);
    row.querySelector(".upload__name").textContent = name;
    sending.append(row);
    return row;
  }

  function say(row, text) {
    row.querySelector(".upload__state").textContent = text;
  }

  // The row stays, with the reason, until it is closed: the server knows nothing of it.
  function refuse(row, text) {
    say(row, text);
    row.querySelector("progress").remove();
    const close = row.querySelector("button");
    close.hidden = false;
    close.ariaLabel = `Close: ${row.querySelector(".upload__name").textContent}`;
    close.addEventListener("click", () => row.remove());
  }

  function finish(request, row) {
    if (request.status === 200 || request.status === 422) row.remove();
    else if (request.status === 0) refuse(row, "The server cannot be reached. Send it again.");
    else refuse(row, "The server did not take it. Reload the page and send it again.");
    document.body.dispatchEvent(new Event("uploaded"));
    active -= 1;
    sendNext();
  }

  function send(file, row) {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("file", file, file.name);
    request.upload.addEventListener("progress", (event) => {
      row.querySelector("progress").value = event.loaded / event.total;
      say(row, event.loaded < event.total ? `${Math.round((event.loaded / event.total) * 100)} %` : "Storing");
    });
    request.addEventListener("loadend", () => finish(request, row));
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.send(body);
  }

  function sendNext() {
    while (active < AT_ONCE && queue.length) {
      active += 1;
      send(...queue.shift());
    }
  }

  function take(files) {
    for (const file of files) {
      const row = addRow(file.name);
      if (file.size > Number(form.dataset.limit)) refuse(row, `The file is larger than ${form.dataset.limitText}.`);
      else if (file.size === 0) refuse(row, "The file is empty.");
      else queue.push([file, row]);
    }
    sendNext();
  }

  form.classList.add("drop--live");
  form.elements.file.addEventListener("change", () => {
    take([...form.elements.file.files]);
    form.elements.file.value = "";
  });
  form.addEventListener("submit", (event) => event.preventDefault());

  document.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    form.classList.add("drop--over");
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || form.classList.remove("drop--over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("drop--over");
    take([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => take([...event.clipboardData.files]));

  addEventListener("beforeunload", (event) => {
    if (active || queue.length) event.preventDefault();
  });
})();
