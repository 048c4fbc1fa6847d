// A box round a face that was not found: drawn with the pointer, or moved with the arrow keys.

import { h } from "./dom.js";
import { attempt } from "./intake.js";
import { changed, forgetFaces, state } from "./state.js";
import { t } from "./words.js";

const STEP = 0.02;
const LEAST = 0.01;

/** The layer over a photo in which a box is drawn, and the bar below it. */
export function marker(photo) {
  // Shares of the photo: left, top, right, bottom.
  let box = [0.38, 0.28, 0.62, 0.62];
  let from = null;
  const shape = h("span", { className: "box drawn" });
  const layer = h("div", {
    className: "marker", id: "marker", tabIndex: 0, role: "application", "aria-label": t("mark.help"),
  }, shape);
  const help = h("p", { className: "marker-help" }, t("mark.help"));
  const accept = h("button", { className: "primary", id: "mark-accept", onclick: () => done() }, t("mark.accept"));

  function show() {
    shape.style.left = `${box[0] * 100}%`;
    shape.style.top = `${box[1] * 100}%`;
    shape.style.width = `${(box[2] - box[0]) * 100}%`;
    shape.style.height = `${(box[3] - box[1]) * 100}%`;
  }
  function at(event) {
    const place = layer.getBoundingClientRect();
    const share = (value) => Math.min(Math.max(value, 0), 1);
    return [share((event.clientX - place.left) / place.width), share((event.clientY - place.top) / place.height)];
  }
  function done() {
    const [left, top, right, bottom] = box;
    if (right - left < LEAST || bottom - top < LEAST) return;
    state.marking = null;
    forgetFaces(photo.id);
    attempt("POST", `/api/photos/${photo.id}/box`, {
      box: [left * photo.width, top * photo.height, right * photo.width, bottom * photo.height],
    });
    changed();
  }
  layer.addEventListener("pointerdown", (event) => {
    from = at(event);
    layer.setPointerCapture(event.pointerId);
  });
  layer.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = at(event);
    box = [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1])];
    show();
  });
  layer.addEventListener("pointerup", () => { from = null; });
  layer.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Enter") done();
    if (!way) return;
    event.preventDefault();
    const [x, y] = way.map((each) => each * STEP);
    const moved = event.shiftKey ? [box[0], box[1], box[2] + x, box[3] + y] : [box[0] + x, box[1] + y, box[2] + x, box[3] + y];
    if (moved.every((edge) => edge >= 0 && edge <= 1) && moved[2] > moved[0] && moved[3] > moved[1]) box = moved;
    show();
  });
  show();
  requestAnimationFrame(() => {
    layer.scrollIntoView({ block: "nearest" });
    layer.focus({ preventScroll: true });
  });
  return [layer, h("div", { className: "marker-bar" }, help, accept)];
}
