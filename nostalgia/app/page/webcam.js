// One's own performance: recorded in the page or taken from a video, checked as any driving clip, deleted unless kept.

import { call } from "./api.js";
import { h, icon } from "./dom.js";
import { complain } from "./intake.js";
import { changed, choicesOf, state, subscribe } from "./state.js";
import { number, t } from "./words.js";

const LEAST_S = 3, MOST_S = 10;
const TYPES = ["video/mp4;codecs=avc1", "video/webm;codecs=vp8", "video/webm"];

/** Record a performance for a face, or choose a video. The camera is opened by a button, never by itself. */
export function openWebcam(photo, face) {
  let stream = null, recorder = null, timer = 0, recording = null, used = false, closed = false, filmed = true;
  const view = h("video", { muted: true, playsInline: true, autoplay: true, "aria-label": t("webcam.view") });
  const status = h("p", { role: "status" }, t("webcam.text"));
  const clock = h("progress", { max: MOST_S, value: 0, hidden: true, "aria-label": t("webcam.clock") });
  const buttons = h("div", { className: "buttons" });
  const dialog = h("dialog", { className: "sheet narrow", "aria-labelledby": "webcam-title" },
    h("header", {}, h("h2", { id: "webcam-title" }, t("webcam.title")),
      h("button", { className: "small", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close"))),
    h("div", { className: "camera" }, view), clock, status, buttons);

  const button = (id, words, act, kind = "quiet") => h("button", { className: kind, id: `webcam-${id}`, onclick: act }, words);
  const offer = (...shown) => {
    buttons.replaceChildren(...shown);
    buttons.querySelector(".primary")?.focus();
  };

  const chooser = h("input", { type: "file", accept: "video/*", id: "webcam-file", hidden: true, onchange: () => {
    filmed = false;
    if (chooser.files.length) send(chooser.files[0]);
  } });

  function start() {
    status.textContent = t("webcam.text");
    offer(button("open", t("webcam.start"), open, "primary"), button("choose", t("webcam.choose"), () => chooser.click()));
  }

  async function open() {
    filmed = true;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 }, facingMode: "user" }, audio: false });
      if (closed) return closeCamera(); // allowed after the dialog was left
    } catch {
      status.textContent = t("webcam.refused");
      return;
    }
    view.srcObject = stream;
    view.classList.add("live");
    status.textContent = t("webcam.ready");
    offer(button("record", t("webcam.record"), record, "primary"));
  }

  function record() {
    const type = TYPES.find((each) => MediaRecorder.isTypeSupported(each));
    const parts = [];
    recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    recorder.addEventListener("stop", () => send(new Blob(parts, { type: recorder.mimeType.split(";")[0] })));
    const began = performance.now();
    recorder.start();
    clock.hidden = false;
    status.textContent = t("webcam.recording");
    const stop = button("stop", t("webcam.stop"), () => recorder.stop(), "primary");
    stop.disabled = true;
    offer(stop);
    timer = setInterval(() => {
      const seconds = (performance.now() - began) / 1000;
      clock.value = seconds;
      stop.disabled = seconds < LEAST_S;
      if (seconds >= MOST_S && recorder.state === "recording") recorder.stop();
    }, 100);
  }

  async function send(film) {
    clearInterval(timer);
    if (closed) return;
    closeCamera();
    clock.hidden = true;
    view.src = URL.createObjectURL(film);
    view.loop = true;
    view.play().catch(() => {});
    status.textContent = t("webcam.checking");
    offer();
    try {
      recording = (await call("PUT", "/api/recordings", film)).id;
    } catch (error) {
      complain(error);
      dialog.close();
      return;
    }
    if (closed) return forget();
    look();
  }

  function look() {
    const item = state.items.get(recording);
    if (!item || dialog.dataset.state === item.state + (item.error?.text ?? "")) return;
    dialog.dataset.state = item.state + (item.error?.text ?? "");
    const again = button("again", t(filmed ? "webcam.again" : "webcam.choose"), () => {
      forget();
      dialog.dataset.state = "";
      view.removeAttribute("src");
      if (filmed) open();
      else { chooser.value = ""; start(); }
    });
    if (item.state === "failed") {
      status.textContent = item.error.text;
      offer(again);
    }
    if (item.state !== "ready") return;
    status.textContent = [t("webcam.good", { n: number(item.seconds, 1) }), ...item.warnings, item.error?.text ?? ""].join(" ");
    const name = h("input", { id: "webcam-name", maxLength: 40, pattern: "[\\p{L}][\\p{L}\\p{N}_\\-]*", placeholder: t("webcam.name.example") });
    offer(button("use", t("webcam.use"), use, "primary"), again,
      h("details", {}, h("summary", {}, t("webcam.keep")), h("p", { className: "help" }, t("webcam.keep.text")),
        h("label", { htmlFor: "webcam-name" }, t("webcam.name")), name,
        button("keep", t("webcam.keep.do"), () => keep(name))));
  }

  function use() {
    used = true;
    choicesOf(photo.id).drivers[face.number] = `recording:${recording}`;
    changed();
    dialog.close();
  }

  async function keep(name) {
    if (!name.value || !name.reportValidity()) return;
    try {
      await call("POST", `/api/recordings/${recording}/keep`, { name: name.value });
    } catch (error) {
      status.textContent = error.message;
      return;
    }
    used = true;
    choicesOf(photo.id).drivers[face.number] = name.value;
    changed();
    dialog.close();
  }

  function closeCamera() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    view.srcObject = null;
    view.classList.remove("live");
  }

  function forget() {
    if (recording) call("DELETE", `/api/recordings/${recording}`).catch(() => {});
    recording = null;
  }

  dialog.addEventListener("close", () => {
    clearInterval(timer);
    closed = true;
    if (recorder?.state === "recording") recorder.stop();
    closeCamera();
    if (!used) forget();
    end();
    dialog.remove();
    document.getElementById(`face-${face.number}-driver`)?.focus();
  });
  const end = subscribe(look);
  dialog.append(chooser);
  start();
  document.body.append(dialog);
  dialog.showModal();
}

