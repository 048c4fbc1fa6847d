// What came of a photo: saving it, another try, and the report in plain words.

import { media } from "./api.js";
import { h, icon } from "./dom.js";
import { attempt } from "./intake.js";
import { applyButton } from "./bar.js";
import { choicesOf, clipsOf, isBusy, state } from "./state.js";
import { adviceWords, driverName, number, stillWords, t } from "./words.js";

const wanted = new Set();

/** The outcome of the clip that is shown. gif: its copy, if one was asked for. */
export function result(photo, clip, gif, make) {
  if (clip.look === "quick") return [h("p", { className: "faint" }, t("quick.text"))];
  if (clip.look === "restored") return restoredPicture(clip);
  return [
    h("h2", {}, t("result.title")),
    h("div", { className: "buttons" },
      h("a", { className: "button primary", id: "save", href: media(clip.clip), download: clip.save_as },
        icon("save"), t("save")),
      gifButton(clip, gif),
      h("a", { className: "button quiet", id: "save-still", href: media(clip.poster),
        download: clip.save_as.replace(/\.\w+$/, ".jpg") }, t("save.still")),
      h("button", { className: "quiet", id: "another", onclick: () => make(photo, "clip", others(photo)) },
        icon("again"), t("another"))),
    gif?.state === "failed" && h("p", { className: "notice bad", role: "alert", lang: "en" }, gif.error.text),
    !clip.result.clip.label && h("p", { className: "consent" }, t("label.hint"), " ",
      h("button", { className: "plain", id: "label-add", onclick: () => withLabel(photo, make) }, t("label.add"))),
    report(photo, clip),
  ];
}

function withLabel(photo, make) {
  choicesOf(photo.id).fine.label = true;
  state.applied += 1;
  make(photo, "clip");
}

/** The still picture with restored faces, beside which the slider shows the photo. */
function restoredPicture(clip) {
  return [
    h("h2", {}, t("restored.title")),
    h("div", { className: "buttons" },
      h("a", { className: "button primary", id: "save-restored", href: media(clip.clip), download: clip.save_as },
        icon("save"), t("save"))),
    h("p", { className: "faint" }, t("restored.text")),
    ...clip.result.warnings.map((text) => h("p", { className: "warning", lang: "en" }, text)),
  ];
}

/** Makes the clip as a GIF, and saves it. */
function gifButton(clip, gif) {
  const id = "save-gif";
  if (gif && isBusy(gif)) {
    return h("span", { className: "saving" },
      h("progress", { max: 1, value: 0, id: `share-${gif.id}`, "aria-label": t("progress.gif") }),
      h("button", { className: "plain", id: "cancel-gif", onclick: () => attempt("POST", `/api/clips/${gif.id}/cancel`) },
        t("cancel")));
  }
  if (gif?.state === "done") {
    const link = h("a", { className: "button quiet", id, href: media(gif.clip), download: gif.save_as }, t("save.gif"));
    if (wanted.delete(gif.id)) setTimeout(() => link.click());
    return link;
  }
  const ask = async () => {
    const made = await attempt("POST", `/api/clips/${clip.id}/gif`);
    if (made) wanted.add(made.id);
  };
  return h("button", { className: "quiet", id, onclick: ask }, t("save.gif"));
}

/** For each moved face, the driver that suits it best among those that it did not have yet. */
function others(photo) {
  const had = clipsOf(photo.id).filter((clip) => clip.state === "done" && clip.look === "clip")
    .flatMap((clip) => clip.result.faces.filter((face) => face.driver).map((face) => `${face.number} ${face.driver}`));
  const fresh = (face) => face.drivers.find((name) => !had.includes(`${face.number} ${name}`)) ?? "auto";
  return Object.fromEntries(photo.faces.filter((face) => face.drivers).map((face) => [face.number, fresh(face)]));
}

function moves(face, one) {
  const words = t("report.moved", { driver: driverName(face.driver + (face.mirrored ? ":mirrored" : "")) });
  return one ? words[0].toUpperCase() + words.slice(1) : `${t("face.short", { n: number(face.number) })} ${words}`;
}

function report(photo, clip) {
  const { faces, clip: facts, warnings, seconds } = clip.result;
  const moved = faces.filter((face) => face.moved);
  const advice = moved.flatMap((face) => face.advice.map((each) => ({ face, each })));
  const one = faces.length === 1;
  return h("details", { className: "report", open: advice.length > 0 },
    h("summary", { id: "report" }, t("report.title")),
    h("ul", {},
      moved.map((face) => h("li", {}, moves(face, one))),
      faces.filter((face) => !face.moved).map((face) => h("li", {},
        `${t("face.short", { n: number(face.number) })} `,
        t("report.still", { reason: stillWords(photo.faces.find((each) => each.number === face.number && each.still) ?? face) })))),
    advice.length > 0 && h("h3", {}, t("report.advice")),
    advice.length > 0 && h("ul", {}, advice.map(({ face, each }, index) => h("li", {},
      one ? "" : h("strong", {}, t("face.short", { n: number(face.number) }), " "), adviceWords(each), " ",
      applyButton(photo, each, `report-${index}`)))),
    warnings.map((text) => h("p", { className: "warning", lang: "en" }, text)),
    h("p", { className: "faint" }, t("report.facts", {
      width: facts.width, height: facts.height, seconds: number(facts.duration_s, 1),
      size: number(facts.size_kib / 1024, 1), took: number(seconds, 1),
    })));
}
