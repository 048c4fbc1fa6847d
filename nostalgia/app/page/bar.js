// The bar of faces below the photo, numbered from left to right; each with its performance.

import { media } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { openPerformances } from "./performances.js";
import { changed, choicesOf, isChosen, shownClip, state } from "./state.js";
import { adviceWords, driverName, known, language, number, stillWords, t } from "./words.js";

/** Every found face. */
export function drawBar(where, photo) {
  const choices = choicesOf(photo.id);
  const key = [language, photo.id, photo.state, photo.faces, photo.error, choices, state.marking, photo.warnings, shownClip(photo.id)?.id];
  fill(where, key, () => {
    if (photo.state === "failed" || photo.state === "reading") return [];
    if (state.marking === photo.id) return [];
    if (!photo.faces.length) return [noFaces(photo)];
    return [
      h("h2", { className: "unseen" }, t("faces")),
      h("ul", { className: "faces" }, photo.faces.map((face) => card(photo, face))),
      !shownClip(photo.id) && advice(photo),
      ...(photo.warnings ?? []).map((text) => h("p", { className: "warning", lang: "en" }, text)),
    ];
  });
}

function noFaces(photo) {
  if (photo.state !== "ready") return h("p", { className: "faint" }, t("faces.looking"));
  return h("div", { className: "no-face" },
    h("p", {}, h("strong", {}, t("faces.none"))), h("p", {}, t("faces.none.text")),
    h("button", { className: "quiet", id: "mark-here", onclick: () => { state.marking = photo.id; changed(); } },
      icon("mark"), t("mark")));
}

function card(photo, face) {
  const choices = choicesOf(photo.id);
  const chosen = isChosen(photo, face);
  const id = `face-${face.number}`;
  const name = t("face.name", { n: number(face.number), all: number(photo.faces.length) });
  const driver = choices.drivers[face.number] ?? "auto";
  const strength = choices.strengths[face.number] ?? 1;
  const under = [driver === "auto" && face.driver && driverName(face.driver), strength !== 1 && `${number(strength * 100)} %`]
    .filter(Boolean);
  const choose = (event) => {
    choices.faces[face.number] = event.target.checked;
    changed();
  };
  return h("li", { className: chosen ? "face chosen" : "face" },
    h("label", { className: "portrait" },
      h("input", { type: "checkbox", id, checked: chosen, onchange: choose, "aria-label": t("face.move", { name }) }),
      h("img", { src: media(face.picture), alt: name, width: 112, height: 112 }),
      h("span", { className: "badge", "aria-hidden": "true" }, number(face.number)),
      h("span", { className: "tick", "aria-hidden": "true" }, icon("check"))),
    chosen && h("button", {
      className: "performance", id: `${id}-driver`, onclick: () => openPerformances(photo, face),
      "aria-label": t("face.performance", { name, driver: driverName(driver) }),
    }, driverName(driver), under.length > 0 && h("span", { className: "faint" }, under.join(" · "))),
    !chosen && face.still && h("p", { className: "reason" }, stillWords(face)));
}

function advice(photo) {
  const found = photo.faces.filter((face) => isChosen(photo, face))
    .flatMap((face) => (face.advice ?? []).map((each) => ({ face, each })));
  if (!found.length) return null;
  return h("details", { className: "advice", open: found.length < 3 },
    h("summary", {}, t("advice.title", { n: number(found.length) })),
    h("ul", {}, found.map(({ face, each }, index) => h("li", {},
      h("strong", {}, t("face.short", { n: number(face.number) }), " "), adviceWords(each), " ",
      applyButton(photo, each, `advice-${face.number}-${index}`)))));
}

/** A button that sets the options that a piece of advice names, if this page has them. */
export function applyButton(photo, advice, id) {
  const choices = choicesOf(photo.id);
  const { faces, ...others } = advice.changes;
  if (Array.isArray(faces)) return onlyFaces(photo, faces, id);
  const changes = Object.entries(others).filter(([name]) =>
    state.about.controls.some((control) => control.name === name));
  if (!changes.length) return null;
  const words = changes.map(([name, value]) => t("advice.value", { option: t(`option.${name}`), value: valueWords(name, value) })).join(", ");
  const done = changes.every(([name, value]) => choices.fine[name] === value);
  if (done) return h("span", { className: "faint" }, t("advice.done", { words }));
  return h("button", {
    className: "plain", id,
    onclick: () => { Object.assign(choices.fine, Object.fromEntries(changes)); state.applied += 1; changed(); },
  }, t("advice.apply", { words }));
}

/** A button that chooses exactly these faces. */
function onlyFaces(photo, numbers, id) {
  const choose = () => {
    for (const face of photo.faces) choicesOf(photo.id).faces[face.number] = numbers.includes(face.number);
    changed();
  };
  return h("button", { className: "plain", id, onclick: choose },
    t("advice.faces", { faces: numbers.map((each) => number(each)).join(", ") }));
}

/** A value of an option in words. */
export function valueWords(name, value) {
  if (value === true) return t("on");
  if (value === false) return t("off");
  if (typeof value === "number") return number(value, 2);
  return known(`value.${value}`) ? t(`value.${value}`) : value ?? t(`none.${name}`);
}
