// The photo on its mount: with numbered faces, with a box drawn by hand, or alive.

import { media } from "./api.js";
import { placeBadges } from "./badges.js";
import { calm, fill, h, icon } from "./dom.js";
import { attempt } from "./intake.js";
import { marker } from "./marker.js";
import { changed, choicesOf, forgetFaces, isChosen, shownClip, state } from "./state.js";
import { language, number, t } from "./words.js";

const NOTES = { quick: "quick.note", restored: "restored.note" };
let player = null;

/** Show the photo, or the clip that was made of it. */
export function drawStage(where, photo) {
  const clip = shownClip(photo.id);
  const marking = state.marking === photo.id;
  const boxes = photo.faces.map((face) => [face.box_xyxy, isChosen(photo, face)]);
  // What is being drawn by hand is not drawn anew by news of the server.
  const key = marking ? [language, photo.id, photo.picture] : [
    language, photo.id, photo.state, photo.picture, photo.error, photo.turn, photo.box, boxes, clip?.id, compares(clip),
  ];
  fill(where, key, () => {
    player = null;
    return [
      photo.turn > 0 && !clip && lyingOnItsSide(photo),
      frame(photo, clip, marking),
      tools(photo, clip, marking),
    ];
  });
}

/** True if the photo lies over what was made of it; over a restored picture it does until it is put away. */
const compares = (clip) => Boolean(clip && (state.compare[clip.look] ?? clip.look === "restored"));

function lyingOnItsSide(photo) {
  return h("div", { className: "notice" }, h("p", {}, t("turn.lying")),
    h("button", { className: "primary", id: "upright", onclick: () => turn(photo, photo.turn) },
      icon("turn"), t("turn.upright")));
}

async function turn(photo, turns) {
  forgetFaces(photo.id);
  await attempt("POST", `/api/photos/${photo.id}/turn`, { turns });
  changed();
}

function frame(photo, clip, marking) {
  const print = h("div", { className: "print" });
  let bar = null;
  if (photo.state === "failed") print.append(failure(photo));
  else if (photo.state === "reading" || !photo.picture) print.append(h("p", { className: "reading" }, t("photo.reading")));
  else if (clip?.look === "restored") showRestored(print, photo, clip);
  else if (clip) showClip(print, photo, clip);
  else bar = showPhoto(print, photo, marking);
  const wide = photo.width && photo.width / photo.height;
  return h("figure", { className: `frame ${wide > 1.15 ? "wide" : ""}` }, print, bar,
    h("figcaption", { dir: "auto" }, photo.name, clip && clip.look !== "clip" && ` – ${t(NOTES[clip.look])}`));
}

/** As large as the window allows, yet a small photo at most three times its size. */
function size(print, width, height) {
  print.style.width = `min(${(66 * width) / height}vh, ${3 * width}px)`;
}

function failure(photo) {
  return h("div", { className: "failure", role: "alert" }, h("p", {}, h("strong", {}, t("photo.failed"))),
    h("p", { lang: "en" }, photo.error.text));
}

function showPhoto(print, photo, marking) {
  size(print, photo.width, photo.height);
  print.append(h("img", {
    className: "still", src: media(photo.picture), width: photo.width, height: photo.height,
    alt: t("photo.alt", { name: photo.name, n: number(photo.faces.length) }),
  }));
  if (marking) {
    const [layer, bar] = marker(photo);
    print.append(layer);
    return bar;
  }
  for (const face of photo.faces) {
    const box = h("span", {
      className: isChosen(photo, face) ? "box chosen" : "box", "aria-hidden": "true",
      onclick: () => { choicesOf(photo.id).faces[face.number] = !isChosen(photo, face); changed(); },
    }, h("span", {}, number(face.number)));
    const [left, top, right, bottom] = face.box_xyxy;
    box.style.left = `${(left / photo.width) * 100}%`;
    box.style.top = `${(top / photo.height) * 100}%`;
    box.style.width = `${((right - left) / photo.width) * 100}%`;
    box.style.height = `${((bottom - top) / photo.height) * 100}%`;
    print.append(box);
  }
  placeBadges(print);
  return null;
}

function showRestored(print, photo, clip) {
  const { width, height } = clip.result.clip;
  size(print, width, height);
  print.append(h("img", {
    className: "still", src: media(clip.poster), width, height, alt: t("restored.alt", { name: photo.name }),
  }));
  if (compares(clip)) print.append(...curtain(photo, clip, print));
}

function showClip(print, photo, clip) {
  const { width, height } = clip.result.clip;
  // A quick look is small: it is shown as large as the clip will be.
  size(print, ...(clip.look === "quick" && !clip.given.crop ? [photo.width, photo.height] : [width, height]));
  const video = h("video", {
    className: "moving", src: media(clip.clip), poster: media(clip.poster), width, height, muted: true,
    loop: !clip.given.once_then_still, playsInline: true, autoplay: !calm.matches,
    "aria-label": t("clip.alt", { name: photo.name }),
  });
  const button = h("button", { className: "toggle", id: "toggle" });
  const show = () => {
    const name = t(video.paused ? "play" : "pause");
    button.replaceChildren(icon(video.paused ? "play" : "pause"));
    button.setAttribute("aria-label", name);
    button.title = name;
  };
  const flip = () => (video.paused ? video.play().catch(() => {}) : video.pause());
  for (const event of ["play", "pause"]) video.addEventListener(event, show);
  show();
  let rests = false; // under the pointer, as in Deep Nostalgia
  print.addEventListener("pointerenter", (event) => {
    if (event.pointerType !== "mouse" || video.paused || compares(clip)) return;
    rests = true;
    video.pause();
  });
  print.addEventListener("pointerleave", () => {
    if (rests) video.play().catch(() => {});
    rests = false;
  });
  button.addEventListener("click", () => { rests = false; flip(); });
  video.addEventListener("click", () => { if (!rests) flip(); });
  print.append(video);
  if (compares(clip)) print.append(...curtain(photo, clip, print));
  print.append(button);
  player = flip;
}

/** The still photo over the moving one, as far as a slider says. */
function curtain(photo, clip, print) {
  const sameCut = clip.look === "restored" || (!clip.given.crop && !clip.given.side_by_side && photo.picture);
  const still = h("img", { className: "curtain", src: media(sameCut ? photo.picture : clip.poster), alt: "" });
  const line = h("span", { className: "line", "aria-hidden": "true" });
  const slider = h("input", {
    type: "range", className: "compare", id: "compare-slider", min: 0, max: 100, value: 50,
    "aria-label": t("compare.slider"), oninput: (event) => place(event.target.value),
  });
  const place = (share) => {
    still.style.clipPath = `inset(0 ${100 - share}% 0 0)`;
    line.style.left = `${share}%`;
  };
  place(50);
  print.classList.add("comparing");
  return [still, line, slider];
}

function tools(photo, clip, marking) {
  if (photo.state === "reading") return null;
  const only = (name, words, act, on = null, symbol = name) => h("button", {
    className: "quiet", id: `tool-${name}`, onclick: act, "aria-pressed": on,
  }, icon(symbol), words);
  const failed = photo.state === "failed";
  return h("div", { className: "tools", role: "group", "aria-label": t("tools") },
    clip && only("photo", t("photo.show"), () => { state.shown[photo.id] = ""; changed(); }, null, "again"),
    clip && only("compare", t("compare"), () => { state.compare[clip.look] = !compares(clip); changed(); },
      String(compares(clip))),
    !clip && !failed && only("turn", t("turn"), () => turn(photo, 1)),
    !clip && !failed && only("mark", t(marking ? "mark.stop" : "mark"), () => {
      state.marking = marking ? null : photo.id;
      changed();
    }, String(marking)),
    !clip && photo.box && only("faces", t("mark.forget"), () => {
      forgetFaces(photo.id);
      attempt("POST", `/api/photos/${photo.id}/box`, { box: null });
    }, null, "again"),
    only("close", t("photo.remove"), () => attempt("DELETE", `/api/photos/${photo.id}`)));
}

addEventListener("keydown", (event) => {
  const { target, key } = event;
  const free = target === document.body || target.id === "work";
  if (key === " " && free && player) {
    event.preventDefault();
    player();
  }
  if (key === "Escape" && state.marking) {
    state.marking = null;
    changed();
  }
});
