// What to do with the photo: bring it to life, fine controls, progress, and what came of it.

import { calm, fill, h, icon } from "./dom.js";
import { attempt } from "./intake.js";
import { progressOf, showProgress } from "./progress.js";
import { result } from "./result.js";
import { applyButton } from "./bar.js";
import { changed, choicesOf, clipsOf, isBusy, isChosen, optionsOf, shownClip, state } from "./state.js";
import { known, language, number, t } from "./words.js";

const ASKED = "nostalgia-asked";
const asked = new Set(JSON.parse(sessionStorage.getItem(ASKED) ?? "[]")); // a reload keeps them
const PANELS = ["Motion", "Restoration", "Clip"];
let open = false;

/** Ask for a clip ("clip"), a quick look ("quick") or a restored picture; it is shown when it is ready. */
export async function make(photo, look, drivers = null) {
  if (drivers) Object.assign(choicesOf(photo.id).drivers, drivers);
  const made = await attempt("POST", `/api/photos/${photo.id}/clips`, { look, options: optionsOf(photo) });
  if (!made) return;
  asked.add(made.id);
  keepAsked();
  state.marking = null;
  changed();
}

/** Ask for a clip of each of these photos. */
export async function makeAll(photos) {
  for (const photo of photos) await make(photo, "clip");
}

function keepAsked() {
  sessionStorage.setItem(ASKED, JSON.stringify([...asked]));
}

function showFinished(photo) {
  const done = clipsOf(photo.id).filter((clip) => asked.has(clip.id) && clip.state === "done");
  for (const clip of done) {
    asked.delete(clip.id);
    keepAsked();
    state.shown[photo.id] = clip.id;
    changed();
    document.getElementById("stage").scrollIntoView({ block: "nearest" });
  }
}

/** The panel beside the photo. */
export function drawPanel(where, photo) {
  showFinished(photo);
  if (!where.firstChild) where.append(...["act", "outcome", "more"].map((name) => h("div", { className: name })));
  const [act, outcome, more] = ["act", "outcome", "more"].map((name) => where.querySelector(`.${name}`));
  where.hidden = photo.state === "failed";
  const clips = clipsOf(photo.id);
  const busy = clips.filter((clip) => isBusy(clip) && !clip.of);
  const failed = clips.filter((clip) => !clip.of).at(-1);
  const chosen = photo.faces.filter((face) => isChosen(photo, face)).length;
  const shown = shownClip(photo.id);
  const isOutcome = Boolean(shown && shown.look !== "quick");
  if (isOutcome !== (where.firstChild === outcome)) where.insertBefore(outcome, isOutcome ? act : more);
  const made = clips.some((clip) => clip.look === "clip" && clip.state === "done");
  const works = busy.map((clip) => clip.id);
  const { fine } = choicesOf(photo.id);
  const can = photo.state === "ready" && chosen > 0;
  fill(act, [language, photo.id, photo.state, works, chosen, failed?.error, made, isOutcome, fine], () => [
    ...busy.map(progressOf),
    !busy.length && h("div", { className: "buttons" },
      h("button", {
        className: isOutcome ? "quiet large" : "primary large", id: "bring", disabled: !can,
        onclick: () => make(photo, "clip"),
      }, icon("play"), t(made ? "bring.again" : "bring")),
      h("button", {
        className: "quiet", id: "quick", disabled: !can, onclick: () => make(photo, "quick"),
      }, t("quick")),
      h("button", {
        className: "quiet", id: "restore", disabled: !can || fine.enhance === 0, onclick: () => make(photo, "restored"),
      }, t("restore"))),
    !busy.length && photo.state === "ready" && photo.faces.length > (chosen ? 1 : 0) && h("p", { className: "faint" },
      t(chosen ? "faces.chosen" : "faces.choose", { n: number(chosen), all: number(photo.faces.length) })),
    !busy.length && failed?.state === "failed" && trouble(photo, failed),
  ]);
  busy.forEach(showProgress);
  const gif = shown && clips.findLast((clip) => clip.look === "gif" && clip.of === shown.id);
  fill(outcome, [language, shown, gif?.id, gif?.state, gif?.error, photo.picture],
    () => (shown ? result(photo, shown, gif, make) : []));
  if (gif) showProgress(gif);
  fill(more, [language, photo.id, state.about.controls.length, state.applied], () => [fold(photo)]);
}

function trouble(photo, clip) {
  return h("div", { className: "notice bad", role: "alert" }, h("p", { lang: "en" }, clip.error.text),
    applyButton(photo, { changes: clip.error.changes ?? {} }, "trouble-apply"));
}

function fold(photo) {
  const { fine } = choicesOf(photo.id);
  const controls = state.about.controls;
  const reset = () => {
    choicesOf(photo.id).fine = {};
    state.applied += 1;
    changed();
  };
  return h("details", { className: "fold", open, ontoggle: (event) => { open = event.target.open; } },
    h("summary", { id: "more" }, t("more")),
    PANELS.map((panel) => h("fieldset", {}, h("legend", {}, t(`panel.${panel}`)),
      controls.filter((control) => control.panel === panel && known(`option.${control.name}`))
        .map((control) => field(control, fine)))),
    h("button", { className: "quiet", id: "reset", onclick: reset }, t("reset")));
}

/** One control; a value that is the default is left out of what is sent. */
function field(control, fine) {
  const { name } = control;
  const value = fine[name] ?? control.default;
  const put = (given) => {
    if (given === control.default || given === null) delete fine[name];
    else fine[name] = given;
    changed();
  };
  const id = `fine-${name}`;
  const help = known(`help.${name}`) ? t(`help.${name}`) : control.help;
  const described = { id, "aria-describedby": `${id}-help` };
  const words = t(`option.${name}`);
  const note = h("p", { className: "help", id: `${id}-help` }, help);
  if (typeof control.default === "boolean") {
    return h("div", { className: "field check" }, h("label", {},
      h("input", { ...described, type: "checkbox", checked: value, onchange: (event) => put(event.target.checked) }),
      words), note);
  }
  if (control.choices.length) {
    // The default comes first, by its own name; the choice that it stands for is left out.
    const others = control.choices.filter((choice) => t(`value.${choice}`) !== t(`none.${name}`));
    const choices = control.default === null ? ["", ...others] : control.choices;
    return h("div", { className: "field" }, h("label", { htmlFor: id }, words),
      h("select", { ...described, onchange: (event) => put(event.target.value || null) },
        choices.map((choice) => h("option", { value: choice, selected: choice === (value ?? "") },
          choice ? t(`value.${choice}`) : t(`none.${name}`)))), note);
  }
  const [least, most] = control.limits;
  if (most <= 2) {
    const output = h("output", {}, number(value, 2));
    return h("div", { className: "field" }, h("label", { htmlFor: id, className: "with-output" }, words, output),
      h("input", {
        ...described, type: "range", min: least, max: most, step: 0.05, value,
        oninput: (event) => { output.textContent = number(event.target.value, 2); put(+event.target.value); },
      }), note);
  }
  return h("div", { className: "field" }, h("label", { htmlFor: id }, words),
    h("input", {
      ...described, type: "number", min: least, max: Math.min(most, 2 ** 31), value: value ?? "",
      step: name === "duration_s" ? 0.1 : 1, placeholder: control.default === null ? t(`none.${name}`) : "",
      onchange: (event) => {
        if (event.target.reportValidity()) put(event.target.value === "" ? null : +event.target.value);
      },
    }), note);
}

calm.addEventListener("change", changed);
