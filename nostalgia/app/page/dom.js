// Elements from values: no text ever becomes markup.

/** An element. Properties beginning with "on" are listeners; null and false leave one out. */
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element && !["list", "form"].includes(key)) element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat(2)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

const ICONS = {
  play: "M5 3v14l12-7z", pause: "M4 3h4.500v14H4zm7.500 0H16v14h-4.500z",
  turn: "M10 3V0l5 4-5 4V5a5 5 0 1 0 5 5h2a7 7 0 1 1-7-7z",
  mark: "M2 2h5v2H4v3H2zm11 0h5v5h-2V4h-3zM2 13h2v3h3v2H2zm14 0h2v5h-5v-2h3zM9 6h2v3h3v2h-3v3H9v-3H6V9h3z",
  close: "M4.500 3 10 8.500 15.500 3 17 4.500 11.500 10 17 15.500 15.500 17 10 11.500 4.500 17 3 15.500 8.500 10 3 4.500z",
  add: "M9 3h2v6h6v2h-6v6H9v-6H3V9h6z", check: "M7.500 15.500 2.500 10.500 4 9l3.500 3.500L16 4l1.500 1.500z",
  compare: "M9 1h2v18H9zM2 4h5v12H2zm11 0h5v12h-5zm1.500 1.500v9h2v-9z",
  save: "M9 2h2v8l3-3 1.400 1.400L10 13.800 4.600 8.400 6 7l3 3zM3 14h2v2h10v-2h2v4H3z",
  camera: "M2 5h10v10H2zm11 4 5-3v8l-5-3z", again: "M10 4V1L5 5l5 4V6a4.500 4.500 0 1 1-4.500 4.500h-2A6.500 6.500 0 1 0 10 4z",
};

/** A small drawing, which screen readers skip. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const shown = new WeakMap();

/** What the pointer or the space bar presses now: it stays until it is let go, or the click is lost. */
let pressed = null;
let letGo = null;

/** Call a function when what was pressed has been let go, and places may be filled again. */
export function onRelease(listener) {
  const press = (target) => { clearTimeout(letGo); pressed = target; };
  const release = () => {
    if (pressed) letGo = setTimeout(() => { pressed = null; listener(); }); // after the click
  };
  addEventListener("pointerdown", (event) => press(event.target), true);
  addEventListener("keydown", (event) => event.key === " " && press(event.target), true);
  for (const name of ["pointerup", "pointercancel", "keyup", "blur"]) addEventListener(name, release);
}

/**
 * Fill a place anew if what it shows has changed; the focus stays where it was. While something in it
 * is pressed it waits.
 * @param {Element} place
 * @param {unknown} key what it shows, as plain values
 * @param {() => (Node|string|null|false)[]} build
 */
export function fill(place, key, build) {
  const text = JSON.stringify(key);
  if (shown.get(place) === text || (pressed && place.contains(pressed))) return false;
  shown.set(place, text);
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  place.replaceChildren(...build().filter((child) => child !== null && child !== false));
  if (focused) {
    const successor = document.getElementById(focused) ?? place.querySelector("button:enabled, a, input");
    successor?.focus({ preventScroll: true });
  }
  return true;
}

/** Show or hide an element. */
export function toggle(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}

export const calm = matchMedia("(prefers-reduced-motion: reduce)");
