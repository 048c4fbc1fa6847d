// What the page knows: the items of the session, and what this page has chosen.

const KEY = "nostalgia-choices";
const listeners = new Set();
let planned = false;

const stored = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");

export const state = {
  /** @type {Map<string, object>} items of the session by their id */
  items: new Map(),
  /** drivers, controls and version; see /api/about */
  about: { drivers: [], controls: [], version: "" },
  connected: true,
  ended: false,
  /** id of the photo on the desk */
  photo: stored.photo ?? null,
  /** photo -> id of the clip that its stage shows, "" for the photo itself */
  shown: stored.shown ?? {},
  /** photo -> choices: faces, drivers, strengths, fine */
  choices: stored.choices ?? {},
  /** photo -> true while a box is drawn by hand */
  marking: null,
  /** look of a clip -> true while the photo lies over it */
  compare: {},
  /** counts changes of fine controls that were made outside their fold */
  applied: 0,
};

/** Call a function after every change, once per frame; returns what ends that. */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Something has changed. */
export function changed() {
  const { photo, shown, choices } = state;
  sessionStorage.setItem(KEY, JSON.stringify({ photo, shown, choices }));
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => {
    planned = false;
    for (const listener of listeners) listener();
  });
}

/** Take over changes of the session; the first ones of a stream are everything there is. */
export function receive(changes, first) {
  if (first) state.items = new Map();
  for (const item of changes.items) state.items.set(item.id, item);
  for (const id of changes.gone) state.items.delete(id);
  const photos = ofKind("photo");
  if (!state.items.has(state.photo)) state.photo = photos.at(-1)?.id ?? null;
  changed();
}

/** Items of a kind, oldest first. */
export const ofKind = (kind) =>
  [...state.items.values()].filter((item) => item.kind === kind).sort((a, b) => a.order - b.order);

export const photo = () => state.items.get(state.photo) ?? null;

/** Clips of a photo, oldest first. */
export const clipsOf = (id) => ofKind("clip").filter((clip) => clip.photo === id);

export const isBusy = (clip) => clip.state === "waiting" || clip.state === "running";

/** The clip that the stage of a photo shows, null for the photo itself. */
export function shownClip(id) {
  const clip = state.items.get(state.shown[id]);
  return clip?.state === "done" ? clip : null;
}

/** What was chosen for a photo; `fine` holds only what differs from the defaults. */
export function choicesOf(id) {
  state.choices[id] ??= { faces: {}, drivers: {}, strengths: {}, fine: {} };
  return state.choices[id];
}

/** Forget the choices of single faces, whose numbers have changed. */
export function forgetFaces(id) {
  const { fine } = choicesOf(id);
  state.choices[id] = { faces: {}, drivers: {}, strengths: {}, fine };
  delete state.shown[id];
}

/** True if a face is to be moved. */
export const isChosen = (photo, face) => choicesOf(photo.id).faces[face.number] ?? face.moves === true;

/** The options of a clip, as the server takes them; only what differs from the defaults. */
export function optionsOf(photo) {
  const { drivers, strengths, fine } = choicesOf(photo.id);
  const chosen = photo.faces.filter((face) => isChosen(photo, face)).map((face) => face.number);
  const moving = photo.faces.filter((face) => face.moves).map((face) => face.number);
  const options = { ...fine };
  if (String(chosen) !== String(moving)) options.faces = chosen;
  const own = Object.entries(drivers).filter(([face, name]) => chosen.includes(+face) && name !== "auto");
  if (own.length) options.face_drivers = Object.fromEntries(own);
  const forces = Object.entries(strengths).filter(([face, s]) => chosen.includes(+face) && s !== 1);
  if (forces.length) options.face_strengths = Object.fromEntries(forces);
  return options;
}
