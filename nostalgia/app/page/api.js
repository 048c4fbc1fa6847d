// Calls of the server. The token travels in a header of our own, never in a cookie or an address.

const KEY = "nostalgia-token";
const channel = new BroadcastChannel("nostalgia");
let token = sessionStorage.getItem(KEY) ?? "";

// A second page of the same address may have the token: channels are closed to other ports.
channel.addEventListener("message", (event) => {
  if (event.data === "token?" && token) channel.postMessage({ token });
});

/** An error that the server answers: kind, text, changes. */
export class Refused extends Error {
  constructor(status, error) {
    super(error?.text ?? "");
    this.status = status;
    this.kind = error?.kind ?? "";
    this.changes = error?.changes ?? {};
  }
}

/** Get the right to call: by the code in the address, from before, or from another page. */
export async function enter() {
  const code = /^#c=([\w-]+)$/.exec(location.hash)?.[1];
  if (location.hash) history.replaceState(null, "", location.pathname);
  if (code) {
    try {
      keep((await call("POST", "/api/enter", { code })).token);
    } catch (error) {
      if (!token && !(await fromAnotherPage())) throw error;
    }
  } else if (!token && !(await fromAnotherPage())) {
    throw new Refused(401, { kind: "code", text: "" });
  }
}

function keep(given) {
  token = given;
  sessionStorage.setItem(KEY, token);
}

function fromAnotherPage() {
  return new Promise((resolve) => {
    const listen = (event) => {
      if (!event.data?.token) return;
      keep(event.data.token);
      end(true);
    };
    const end = (found) => {
      channel.removeEventListener("message", listen);
      resolve(found);
    };
    channel.addEventListener("message", listen);
    channel.postMessage("token?");
    setTimeout(() => end(false), 500);
  });
}

/** Call the server; `body` is sent as JSON, or as it is if it is a Blob. */
export async function call(method, path, body, headers = {}) {
  const sent = { method, headers: { "X-Nostalgia-Token": token, ...headers } };
  if (body instanceof Blob) {
    sent.body = body;
    sent.headers["Content-Type"] = body.type || "application/octet-stream";
  } else if (method === "POST") {
    sent.body = JSON.stringify(body ?? {});
    sent.headers["Content-Type"] = "application/json";
  }
  const reply = await fetch(path, sent);
  const values = reply.status === 204 ? null : await reply.json().catch(() => null);
  if (!reply.ok) throw new Refused(reply.status, values?.error);
  return values;
}

/** Send a photo; its name is for people to read and is no path. */
export function sendPhoto(file) {
  return call("PUT", "/api/photos", file, { "X-File-Name": encodeURIComponent(file.name ?? "") });
}

/**
 * Follow the changes of the session while the page is visible.
 * @param {(changes: {items: object[], gone: string[]}, first: boolean) => void} tell
 * @param {(connected: boolean, error?: Refused) => void} connection
 */
export async function follow(tell, connection) {
  for (;;) {
    if (document.hidden) await visible();
    const stop = new AbortController();
    const hide = () => document.hidden && stop.abort();
    document.addEventListener("visibilitychange", hide);
    try {
      const headers = { "X-Nostalgia-Token": token };
      const reply = await fetch("/api/changes", { headers, signal: stop.signal });
      if (!reply.ok) throw new Refused(reply.status);
      connection(true);
      await lines(reply.body, tell);
      connection(false);
    } catch (error) {
      if (error.status === 401) return connection(false, error);
      if (!stop.signal.aborted) connection(false);
    } finally {
      document.removeEventListener("visibilitychange", hide);
    }
    if (!document.hidden) await new Promise((resolve) => setTimeout(resolve, 800));
  }
}

async function lines(body, tell) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let first = true;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const part of parts) {
      tell(JSON.parse(part), first);
      first = false;
    }
  }
}

function visible() {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
  });
}

/** Address of a picture or a clip. */
export const media = (id) => `/media/${id}`;

const blobs = new Map();

/** A small clip in memory, so that many of them hold no connection. */
export function inMemory(id) {
  if (!blobs.has(id)) {
    blobs.set(id, fetch(media(id)).then((reply) => reply.blob()).then(URL.createObjectURL));
  }
  return blobs.get(id);
}
