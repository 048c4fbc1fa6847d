// Progress: a bar for the eye, sentences for screen readers.

import { h } from "./dom.js";
import { attempt } from "./intake.js";
import { clipsOf, isBusy, ofKind, photo, shownClip } from "./state.js";
import { number, stageWords, t, timeLeft } from "./words.js";

const QUARTERS = 4;
const LIVE = { quick: "live.quick", restored: "live.restored" };
let said = "";

/** The place of the work on one clip: stage, share, time left, and Cancel; `showProgress` fills it. */
export function progressOf(clip) {
  return h("div", { className: "progress" },
    h("p", { className: "stage-name" }, h("span", { className: "stage" }), h("span", { className: "faint left" })),
    h("progress", { max: 1, value: 0, id: `share-${clip.id}`, "aria-label": t(`progress.${clip.look}`) }),
    h("button", {
      className: "quiet", id: `cancel-${clip.id}`,
      onclick: () => attempt("POST", `/api/clips/${clip.id}/cancel`),
    }, t("cancel")));
}

/** Show how far the work on a clip is, in the place that it has. */
export function showProgress(clip) {
  const bar = document.getElementById(`share-${clip.id}`);
  if (!bar) return;
  const waits = clip.state === "waiting";
  bar.value = waits ? 0 : clip.share;
  const line = bar.previousElementSibling;
  if (!line) return;
  const ahead = ofKind("clip").filter((other) => isBusy(other) && other.look !== "quick" && other.order < clip.order);
  line.querySelector(".stage").textContent =
    waits ? t("queue.waits", { n: number(ahead.length) }) : stageWords(clip.stage || "reading");
  line.querySelector(".left").textContent = waits ? "" : `${number(clip.share * 100)} % ${timeLeft(clip.left)}`;
}

/** Say what has changed, a quarter of the work at a time. */
export function announce(live) {
  const current = photo();
  const text = current ? sentence(current) : "";
  if (text !== said) {
    said = text;
    live.textContent = text;
  }
  const running = ofKind("clip").find((clip) => clip.state === "running" && clip.look === "clip");
  document.title = running ? `${Math.round(running.share * 100)} % · Nostalgia` : "Nostalgia";
}

function sentence(current) {
  if (current.state === "reading") return t("photo.reading");
  const busy = clipsOf(current.id).filter(isBusy).at(-1);
  if (busy) {
    const quarter = Math.floor(busy.share * QUARTERS) * (100 / QUARTERS);
    return `${t(`progress.${busy.look}`)}: ${number(quarter)} %`;
  }
  const shown = shownClip(current.id);
  if (shown) return t(LIVE[shown.look] ?? "live.done");
  if (current.state === "failed") return current.error.text;
  return t("live.faces", { n: number(current.faces.length) });
}
