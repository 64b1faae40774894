// Paints the part of a picture that is to be drawn anew. Without it, the form's rectangle says which part that is.

const form = document.querySelector("[data-mask-form]");
const figure = document.getElementById("mask-figure");
if (form && figure) begin(form, figure);

function begin(form, figure) {
  const width = Number(form.dataset.maskWidth), height = Number(form.dataset.maskHeight);
  const section = form.closest("details"), clear = form.querySelector("[data-mask-clear]");
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height, className: "mask__canvas" });
  canvas.setAttribute("aria-hidden", "true");
  figure.append(canvas);
  const brush = canvas.getContext("2d");
  let last = null, painted = false;

  const show = () => { canvas.hidden = !section.open; };
  section.addEventListener("toggle", show);
  show();

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * width / box.width, (event.clientY - box.top) * height / box.height];
  };
  const paint = (event) => {
    const [x, y] = place(event);
    brush.strokeStyle = getComputedStyle(canvas).color;
    brush.lineWidth = Math.max(width, height) / 9;
    brush.lineCap = brush.lineJoin = "round";
    brush.beginPath();
    brush.moveTo(...(last ?? [x, y]));
    brush.lineTo(x, y);
    brush.stroke();
    last = [x, y];
    painted = true;
    clear.hidden = false;
  };
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); last = null; paint(event); });
  canvas.addEventListener("pointermove", (event) => { if (event.buttons) paint(event); });
  canvas.addEventListener("pointerup", () => { last = null; });
  clear.addEventListener("click", () => {
    brush.clearRect(0, 0, width, height);
    painted = false;
    clear.hidden = true;
  });
  form.addEventListener("submit", () => { form.elements.mask.value = painted ? asMask(canvas) : ""; });
}

// Black where nothing was painted, transparent where something was.
function asMask(canvas) {
  const mask = document.createElement("canvas");
  Object.assign(mask, { width: canvas.width, height: canvas.height });
  const ink = mask.getContext("2d");
  ink.fillRect(0, 0, mask.width, mask.height);
  ink.globalCompositeOperation = "destination-out";
  // Drawn several times over, so that the soft edge of a stroke is cut out whole.
  for (let round = 0; round < 8; round++) ink.drawImage(canvas, 0, 0);
  return mask.toDataURL("image/png");
}
