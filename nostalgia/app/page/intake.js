// Photos come in: dropped anywhere, picked, or pasted.

import { call, sendPhoto } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { changed, state } from "./state.js";
import { language, t } from "./words.js";

/** Files that could not be taken, and calls that failed: name and text. */
export const errors = [];
const MOST = 4;

let sending = 0;

export function forgetError(index) {
  errors.splice(index, 1);
  changed();
}

/** Tell of an error at the top of the page. */
export function complain(error, name = "") {
  const text = error.text ?? error.message ?? "";
  errors.push({ name, text: error.status ? text : error instanceof TypeError ? t("connection.lost") : text });
  errors.splice(0, errors.length - MOST);
  changed();
}

/** Call the server and tell of errors at the top of the page; null then. */
export async function attempt(method, path, body) {
  try {
    return (await call(method, path, body)) ?? {};
  } catch (error) {
    complain(error);
    return null;
  }
}

async function take(files) {
  for (const file of files) {
    sending += 1;
    changed();
    try {
      if (file.size > state.about.upload_limit) {
        throw new Error(t("upload.large", { n: state.about.upload_limit >> 20 }));
      }
      state.photo = (await sendPhoto(file)).id;
    } catch (error) {
      complain(error, file.name);
    } finally {
      sending -= 1;
      changed();
    }
  }
}

/** Take the files of the picker. */
export function choose(picker) {
  take([...picker.files]);
  picker.value = "";
}

/** Open the picker. */
export const pick = () => document.getElementById("picker").click();

/** Take what is dropped anywhere on the window, and what is pasted. */
export function listenForPhotos() {
  const veil = document.getElementById("veil");
  let depth = 0;
  const cover = (on) => {
    depth = on;
    veil.hidden = depth <= 0;
  };
  const brings = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => {
    event.preventDefault();
    if (brings(event)) cover(depth + 1);
  });
  addEventListener("dragleave", () => cover(Math.max(depth - 1, 0)));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault(); // a drop never leaves the page
    cover(0);
    if (brings(event)) take([...event.dataTransfer.files]);
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) take(files);
  });
}

/** The first thing to see. */
export function drawEmpty(where, hasAlbums) {
  fill(where, [language, sending > 0, hasAlbums], () => [
    h("div", { className: "frame hero" },
      h("div", { className: "mount" },
        h("img", { src: "icon.svg", alt: "", width: 132, height: 132 }),
        h("h2", {}, t("empty.title")),
        h("p", {}, t(sending ? "uploading" : "empty.text")),
        h("button", { className: "primary", id: "pick", onclick: pick }, icon("add"), t("pick")),
        h("p", { className: "faint" }, t("empty.paste")))),
    !hasAlbums && h("ul", { className: "promises" },
      ["private", "faces", "formats"].map((name) =>
        h("li", {}, h("strong", {}, t(`promise.${name}.title`)), h("span", {}, t(`promise.${name}.text`))))),
  ]);
}
