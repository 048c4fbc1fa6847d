"use strict";
// Plays the clips in view, muted; pauses the one under the pointer; stops all on request; shows
// whole photographs on top of the page.
(() => {
  const TOUCHED_MS = 1500;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const stopAll = document.querySelector(".stop-all");
  const whole = document.getElementById("whole");
  const clips = [];
  const places = new Map();
  let still = calm.matches;

  function setUp(figure) {
    const moving = figure.querySelector(".moving");
    const toggle = figure.querySelector(".toggle");
    if (!moving || !toggle) return;
    const isFilm = moving.tagName === "VIDEO";
    const address = moving.getAttribute("src");
    // request: what the reader asked of this clip: "play", "stop" or nothing.
    const clip = { toggle, request: "", seen: false, hovered: false, update };
    let playing = false;

    function update() {
      const wanted = clip.request === "play" || (clip.request !== "stop" && !still);
      const plays = clip.seen && wanted && !clip.hovered;
      if (plays !== playing) {
        playing = plays;
        if (isFilm) plays ? play() : moving.pause();
        else moving.hidden = !plays;
      }
      // A film out of view is unloaded: browsers keep only a few at a time.
      if (isFilm && !clip.seen && moving.hasAttribute("src")) {
        moving.removeAttribute("src");
        moving.load();
      }
      figure.classList.toggle("playing", playing);
      figure.classList.toggle("paused", !wanted);
      toggle.setAttribute("aria-label", (playing ? "Pause: " : "Play: ") + toggle.dataset.name);
    }
    function play() {
      if (!moving.hasAttribute("src")) moving.setAttribute("src", address);
      moving.play().catch((reason) => {
        if (reason.name !== "AbortError") moving.controls = true;
      });
    }
    function toggleClip() {
      clip.request = playing ? "stop" : "play";
      if (!playing) clip.hovered = false;
      update();
    }

    for (const source of figure.querySelectorAll("source")) source.remove();
    if (isFilm) moving.muted = true;
    else moving.hidden = true;
    toggle.hidden = false;
    toggle.addEventListener("click", toggleClip);
    moving.addEventListener("click", toggleClip);
    const print = figure.querySelector(".print");
    let release = 0;
    print.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") { clip.hovered = true; update(); }
    });
    print.addEventListener("pointerleave", () => {
      clip.hovered = false; update();
    });
    print.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse") return;
      clearTimeout(release);
      figure.classList.add("touched");
      release = setTimeout(() => figure.classList.remove("touched"), TOUCHED_MS);
    });
    clips.push(clip);
    places.set(print, clip);
  }

  function updateAll() {
    for (const clip of clips) clip.update();
    stopAll.textContent = still ? "Resume movement" : "Stop all movement";
  }
  function setStill(value) {
    still = value;
    for (const clip of clips) clip.request = "";
    updateAll();
  }

  // Stills are loaded as they come into view, and the others once there is time: browsers print only
  // what has been loaded.
  function loadRest(some) {
    const images = [...document.querySelectorAll("img[loading=lazy]")].slice(0, some);
    for (const image of images) image.loading = "eager";
    if (some && images.length === some) setTimeout(loadRest, 100, some);
  }
  addEventListener("load", () => loadRest(20));
  addEventListener("beforeprint", () => loadRest());

  // Browsers open a file of the reader's own disk where they would save one from the web.
  if (location.protocol === "file:") {
    for (const link of document.querySelectorAll("a.save")) {
      link.target = "_blank";
      link.addEventListener("click", () => {
        const hint = link.closest("figcaption").querySelector(".hint");
        hint.textContent = `It opens in a new tab: right-click it there, or hold it down, and choose
          Save. The same file is in the folder clips beside this page: ${link.dataset.file}`;
      });
    }
  }

  for (const link of document.querySelectorAll("a.whole")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const image = whole.querySelector("img");
      image.src = link.getAttribute("href");
      image.alt = link.dataset.text;
      whole.showModal();
    });
  }
  whole.addEventListener("click", (event) => {
    if (event.target === whole || event.target.tagName === "BUTTON") whole.close();
  });

  document.documentElement.classList.add("live");
  document.querySelectorAll("figure").forEach(setUp);
  if (!clips.length) return;
  stopAll.hidden = false;
  stopAll.addEventListener("click", () => setStill(!still));
  calm.addEventListener("change", () => setStill(calm.matches));
  document.addEventListener("keydown", (event) => {
    if (whole.open) return;
    if (event.key === "Escape") setStill(true);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const place = clips.findIndex((clip) => clip.toggle === document.activeElement);
    if (step && place >= 0 && clips[place + step]) {
      clips[place + step].toggle.focus();
      event.preventDefault();
    }
  });
  const watcher = new IntersectionObserver((changes) => {
    for (const change of changes) {
      const clip = places.get(change.target);
      clip.seen = change.isIntersecting;
      clip.update();
    }
  }, { threshold: 0.25 });
  for (const print of places.keys()) watcher.observe(print);
  updateAll();
})();
