// Albums of the folders and trees that were named when the page was started.

import { fill, h, icon, toggle } from "./dom.js";
import { attempt } from "./intake.js";
import { language, number, stageWords, t, timeLeft, known } from "./words.js";

const busy = (album) => album.state === "waiting" || album.state === "running";

/** Every album: its plan, its run, and its page. */
export function drawAlbums(where, albums) {
  toggle(where, albums.length > 0);
  if (where.children.length !== albums.length) where.replaceChildren(...albums.map(() => h("article", { className: "album" })));
  albums.forEach((album, index) => {
    const article = where.children[index];
    if (!article.firstChild) article.append(h("div"), h("div"));
    const [head, table] = article.children;
    fill(head, [language, { ...album, states: null }], () => heading(album));
    fill(table, [language, album.plan, album.states], () => (album.plan ? [plan(album)] : []));
  });
}

function heading(album) {
  const act = (name) => () => attempt("POST", `/api/albums/${album.id}/${name}`);
  const open = album.plan?.open ?? 0;
  return [
    h("h2", { dir: "auto" }, t("album.title", { name: album.name })),
    album.state === "planning" && !album.plan && h("p", { className: "faint" }, t("album.planning")),
    album.plan && h("p", {}, t("album.plan", { n: number(album.plan.rows.length + album.plan.more), open: number(open) })),
    album.plan?.form === "folder" && h("p", { className: "consent" }, t("album.folder")),
    album.error && h("p", { className: "notice bad", role: "alert", lang: "en" }, album.error.text),
    busy(album) && h("div", { className: "progress" },
      h("p", { className: "stage-name" }, h("span", {}, album.state === "waiting" ? t("state.waiting") : stageWords(album.stage ?? "reading the tree")),
        h("span", { className: "faint" }, `${number((album.share ?? 0) * 100)} % ${timeLeft(album.left)}`)),
      h("progress", { max: 1, value: album.share ?? 0, "aria-label": t("album.progress", { name: album.name }) })),
    album.plan && h("div", { className: "buttons" },
      busy(album) ? h("button", { className: "quiet", id: `stop-${album.id}`, onclick: act("stop") }, icon("pause"), t("album.stop"))
        : open > 0 && h("button", { className: "primary", id: `run-${album.id}`, onclick: act("run") }, icon("play"),
          t(album.plan.page ? "album.go.on" : "album.make", { n: number(open) })),
      album.plan.page && h("button", { className: busy(album) ? "quiet" : "primary", id: `open-${album.id}`, onclick: act("open") }, t("album.open"))),
    album.plan && h("p", { className: "faint" }, t("album.place"), " ", h("code", {}, album.plan.output)),
  ];
}

function plan(album) {
  const states = album.states ?? {};
  const isFolder = album.plan.form === "folder";
  const rows = album.plan.rows.map((row) => {
    const state = states[row.key] ?? row.state;
    const secret = row.state === "skipped-living";
    return h("tr", { className: `is-${state}` },
      !isFolder && h("td", { dir: "auto" }, secret ? t("album.living") : row.who || "–"), h("td", { dir: "auto" }, row.picture),
      h("td", { className: "what" }, known(`album.state.${state}`) ? t(`album.state.${state}`) : state),
      h("td", { lang: "en" }, states[row.key] && state !== row.state ? "" : row.reason));
  });
  // A folder does not say who is in its pictures.
  const names = isFolder ? ["picture", "what", "why"] : ["who", "picture", "what", "why"];
  return h("details", { className: "plan", open: album.plan.rows.length <= 12 },
    h("summary", {}, t("album.rows")),
    h("div", { className: "scrolls", tabIndex: 0, role: "region", "aria-label": t("album.rows") },
      h("table", {}, h("thead", {}, h("tr", {}, names.map((name) => h("th", { scope: "col" }, t(`album.${name}`))))),
        h("tbody", {}, rows))),
    album.plan.warnings.map((text) => h("p", { className: "warning", lang: "en" }, text)));
}
