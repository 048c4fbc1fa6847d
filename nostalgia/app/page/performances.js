// The dialog in which a face gets its performance: a performer who moves, and how strongly.

import { inMemory, media } from "./api.js";
import { calm, h, icon } from "./dom.js";
import { changed, choicesOf, ofKind, state } from "./state.js";
import { openWebcam } from "./webcam.js";
import { driverName, driverTitle, number, t } from "./words.js";

/** Let the user choose the performance of a face. */
export function openPerformances(photo, face) {
  const choices = choicesOf(photo.id);
  const chosen = choices.drivers[face.number] ?? "auto";
  const strength = choices.strengths[face.number] ?? 1;
  const name = t("face.name", { n: number(face.number), all: number(photo.faces.length) });
  const shownStrength = h("output", {}, `${number(strength * 100)} %`);
  const dialog = h("dialog", { className: "sheet", "aria-labelledby": "performances-title" },
    h("header", {},
      h("img", { src: media(face.picture), alt: "", width: 56, height: 56 }),
      h("h2", { id: "performances-title" }, t("performances.title", { name })),
      h("button", { className: "small", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close"))),
    h("label", { className: "slider" }, h("span", {}, t("option.strength")), shownStrength,
      h("input", {
        type: "range", min: 0, max: 2, step: 0.05, value: strength, "aria-label": t("option.strength"),
        oninput: (event) => {
          choices.strengths[face.number] = +event.target.value;
          shownStrength.textContent = `${number(event.target.value * 100)} %`;
          changed();
        },
      })),
    h("div", { className: "performers", role: "radiogroup", "aria-label": t("performances.choose") },
      cards(face).map((card) => performer(card, chosen, (driver) => {
        choices.drivers[face.number] = driver;
        changed();
      }))),
    h("footer", {},
      h("button", { className: "quiet", onclick: () => { dialog.close(); openWebcam(photo, face); } },
        icon("camera"), t("webcam.open")),
      h("span", { className: "gap" }),
      photo.faces.length > 1 && h("button", {
        className: "quiet", onclick: () => {
          for (const each of photo.faces) {
            choices.drivers[each.number] = choices.drivers[face.number] ?? "auto";
            choices.strengths[each.number] = choices.strengths[face.number] ?? 1;
          }
          changed();
          dialog.close();
        },
      }, t("performances.all")),
      h("button", { className: "primary", onclick: () => dialog.close() }, t("done"))));
  dialog.addEventListener("close", () => {
    watcher.disconnect();
    dialog.remove();
    document.getElementById(`face-${face.number}-driver`)?.focus();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  const watcher = previews(dialog);
  dialog.querySelector("input:checked")?.focus();
}

/** Auto first, then recordings of this session, then the bank: what suits the face best comes first. */
function cards(face) {
  const order = new Map((face.drivers ?? []).map((name, place) => [name, place]));
  const bank = [...state.about.drivers].sort((a, b) =>
    b.own - a.own || (order.get(a.name) ?? 99) - (order.get(b.name) ?? 99));
  return [
    { name: "auto", title: t("driver.auto.text", { driver: driverName(face.driver) }), auto: face.driver },
    ...ofKind("recording").filter((each) => each.state === "ready").map((each) => ({
      name: `recording:${each.id}`, title: t("recording.seconds", { n: number(each.seconds, 1) }), clip: each.picture,
    })),
    ...bank,
  ];
}

function performer(card, chosen, choose) {
  const auto = card.auto && state.about.drivers.find((driver) => driver.name === card.auto);
  const clip = card.clip ?? auto?.clip;
  const title = card.name === "auto" || card.name.startsWith("recording:") ? card.title : driverTitle(card);
  return h("label", { className: "performer" },
    h("input", {
      type: "radio", name: "performer", value: card.name, checked: card.name === chosen,
      onchange: () => choose(card.name),
    }),
    clip ? h("video", {
      muted: true, loop: true, playsInline: true, preload: "none", "data-clip": clip, tabIndex: -1,
      "aria-hidden": "true",
    }) : h("span", { className: "no-clip", "aria-hidden": "true" }, icon("play")),
    h("span", { className: "who" }, h("strong", {}, driverName(card.name)), h("span", {}, title)));
}

/** Performers in view move; with reduced motion, only the one under the pointer or with the focus. */
function previews(dialog) {
  const play = async (video) => {
    if (!video.src) video.src = await inMemory(video.dataset.clip);
    video.play().catch(() => {});
  };
  const watcher = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      if (isIntersecting && !calm.matches) play(target);
      else if (isIntersecting) inMemory(target.dataset.clip).then((src) => { target.src = src; target.preload = "auto"; });
      else target.pause();
    }
  });
  for (const label of dialog.querySelectorAll(".performer")) {
    const video = label.querySelector("video");
    if (!video) continue;
    watcher.observe(video);
    const start = () => play(video);
    const stop = () => calm.matches && video.pause();
    for (const event of ["pointerenter", "focusin"]) label.addEventListener(event, start);
    for (const event of ["pointerleave", "focusout"]) label.addEventListener(event, stop);
  }
  return watcher;
}
