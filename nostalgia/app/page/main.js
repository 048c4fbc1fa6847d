// Starts the page, and shows every change of the session.

import { drawAlbums } from "./albums.js";
import { call, enter, follow } from "./api.js";
import { drawBar } from "./bar.js";
import { fill, h, onRelease, toggle } from "./dom.js";
import { choose, drawEmpty, errors, forgetError, listenForPhotos } from "./intake.js";
import { drawPanel } from "./panel.js";
import { announce } from "./progress.js";
import { drawStage } from "./stage.js";
import { changed, ofKind, photo, receive, state, subscribe } from "./state.js";
import { drawHistory, drawPhotos } from "./strips.js";
import { language, speak, t, translatePage } from "./words.js";

const place = (id) => document.getElementById(id);
let drivers = "";

function draw() {
  const current = photo();
  const albums = ofKind("album");
  toggle(place("empty"), !current && !state.ended);
  toggle(place("desk"), Boolean(current) && !state.ended);
  drawNotices(place("notices"));
  if (state.ended) {
    for (const id of ["photos", "history", "albums"]) toggle(place(id), false);
    return;
  }
  drawPhotos(place("photos"));
  drawEmpty(place("empty"), albums.length > 0);
  if (current) {
    drawStage(place("stage"), current);
    drawBar(place("bar"), current);
    drawPanel(place("panel"), current);
  }
  drawAlbums(place("albums"), albums);
  drawHistory(place("history"));
  announce(place("live"));
  const latest = state.items.get("drivers")?.latest ?? "";
  if (latest !== drivers) {
    drivers = latest;
    learn();
  }
}

function drawNotices(where) {
  const lost = !state.connected && !state.ended;
  fill(where, [language, lost, state.ended, errors], () => [
    state.ended && h("div", { className: "locked" },
      h("h2", {}, t(`ended.${state.ended}.title`)), h("p", {}, t(`ended.${state.ended}.text`)),
      h("p", {}, h("code", {}, "nostalgia app"))),
    lost && h("p", { className: "notice", role: "alert" }, t("connection.lost")),
    ...errors.map((error, index) => h("div", { className: "notice bad", role: "alert" },
      h("p", {}, error.name && h("strong", {}, error.name, ": "), error.text),
      h("button", { className: "plain", id: `notice-${index}`, onclick: () => forgetError(index) },
        t("dismiss")))),
  ]);
}

async function learn() {
  try {
    state.about = await call("GET", "/api/about");
  } catch (error) {
    if (error.status === 401) state.ended = "locked";
  }
  changed();
}

async function start() {
  const languages = place("language");
  languages.value = language;
  languages.addEventListener("change", () => {
    speak(languages.value);
    translatePage();
    changed();
  });
  translatePage();
  place("picker").addEventListener("change", (event) => choose(event.target));
  subscribe(draw);
  onRelease(changed);
  try {
    await enter();
  } catch (error) {
    state.ended = error.status ? "locked" : "lost";
    changed();
    return;
  }
  changed();
  listenForPhotos();
  learn();
  await follow(receive, (connected, error) => {
    state.connected = connected;
    if (error) state.ended = "locked";
    changed();
  });
}

start();
