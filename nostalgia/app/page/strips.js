// Two strips: the photos of the session, and what was made of them.

import { media } from "./api.js";
import { fill, h, icon, toggle } from "./dom.js";
import { attempt, pick } from "./intake.js";
import { makeAll } from "./panel.js";
import { changed, clipsOf, isBusy, ofKind, state } from "./state.js";
import { language, number, t } from "./words.js";

const isMade = (photo) => clipsOf(photo.id).some((clip) => clip.look === "clip" && clip.state !== "failed");

/** The photos, one beside the other. */
export function drawPhotos(where) {
  const photos = ofKind("photo");
  toggle(where, photos.length > 0);
  const open = photos.filter((photo) => photo.state === "ready" && photo.faces.length && !isMade(photo));
  const key = photos.map((photo) => [photo.id, photo.state, photo.picture, photo.faces?.length, isMade(photo)]);
  fill(where, [language, state.photo, key, open.length], () => [
    h("h2", { className: "unseen" }, t("photos")),
    h("ul", { className: "strip" },
      photos.map((photo) => h("li", {}, thumbnail(photo))),
      h("li", {}, h("button", { className: "tile add", id: "add-photo", onclick: pick, title: t("add") },
        icon("add"), h("span", { className: "unseen" }, t("add"))))),
    open.length > 1 && h("button", { className: "quiet", id: "make-all", onclick: () => makeAll(open) },
      t("make.all", { n: number(open.length) })),
  ]);
}

function thumbnail(photo) {
  const choose = () => {
    state.photo = photo.id;
    state.marking = null;
    changed();
  };
  const words = photo.state === "failed" ? t("photo.failed") : photo.state === "reading" ? t("photo.reading") : "";
  return h("button", {
    className: `tile ${photo.state}`, id: `tile-${photo.id}`, onclick: choose, title: photo.name,
    "aria-current": photo.id === state.photo ? "true" : null,
  },
  photo.picture ? h("img", { src: media(photo.picture), alt: "" }) : h("span", photo.state === "failed" ? { className: "alarm", "aria-hidden": "true" } : { className: "wait" },
      photo.state === "failed" && "!"),
  h("span", { className: "unseen" }, `${photo.name} ${words}`));
}

/** The clips of this session, the newest first. */
export function drawHistory(where) {
  const clips = ofKind("clip").filter((clip) => ["clip", "restored"].includes(clip.look)).reverse();
  toggle(where, clips.length > 0);
  const key = clips.map((clip) => [clip.id, clip.state, clip.poster]);
  fill(where, [language, state.photo, state.shown, key], () => [
    h("h2", {}, t("history")),
    h("ul", { className: "strip clips" }, clips.map(card)),
  ]);
  for (const clip of clips.filter(isBusy)) {
    const bar = document.getElementById(`bar-${clip.id}`);
    if (bar) bar.value = clip.share;
  }
}

function card(clip) {
  const photo = state.items.get(clip.photo);
  const name = photo?.name ?? clip.name;
  const show = () => {
    state.photo = clip.photo;
    state.shown[clip.photo] = clip.id;
    changed();
    document.getElementById("stage").scrollIntoView({ block: "nearest" });
  };
  const isShown = clip.photo === state.photo && state.shown[clip.photo] === clip.id;
  const label = t(clip.look === "restored" ? "history.restored" : "history.item",
    { name, n: clip.take, state: t(`state.${clip.state}`) });
  const picture = clip.poster ? media(clip.poster) : photo?.picture && media(photo.picture);
  return h("li", { className: clip.state },
    h("button", {
      className: "tile", id: `clip-${clip.id}`, onclick: show, title: name, disabled: clip.state !== "done",
      "aria-current": isShown ? "true" : null,
    },
    picture && h("img", { src: picture, alt: "", loading: "lazy" }),
    clip.state === "done" && clip.look === "clip" && icon("play"), h("span", { className: "unseen" }, label)),
    isBusy(clip) && h("progress", { max: 1, value: 0, id: `bar-${clip.id}`, "aria-label": label }),
    h("button", {
      className: "small", id: `drop-${clip.id}`, title: t(isBusy(clip) ? "cancel" : "remove"),
      "aria-label": `${t(isBusy(clip) ? "cancel" : "remove")}: ${label}`,
      onclick: () => (isBusy(clip) ? attempt("POST", `/api/clips/${clip.id}/cancel`)
        : attempt("DELETE", `/api/clips/${clip.id}`)),
    }, icon("close")));
}
