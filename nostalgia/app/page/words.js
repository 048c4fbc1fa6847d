// The words of the page, in the language of its reader. Another language is one file in words/, its
// import here, and its lines in index.html.

import de from "./words/de.js";
import en from "./words/en.js";
import zh from "./words/zh.js";

const LANGUAGES = { en, de, zh };
const KEY = "nostalgia-language";

function preferred() {
  const wanted = [localStorage.getItem(KEY), ...navigator.languages];
  return wanted.map((name) => name?.slice(0, 2)).find((name) => name in LANGUAGES) ?? "en";
}

export let language = preferred();

/** Change the language of the page, now and for later visits. */
export function speak(name) {
  language = name;
  localStorage.setItem(KEY, name);
}

/** The words of a key, with {values} filled in; English where a translation is missing. */
export function t(key, values = {}) {
  const text = LANGUAGES[language][key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** True if there are words for a key. */
export const known = (key) => key in LANGUAGES[language] || key in en;

/** A number in the manner of the language. */
export function number(value, digits = 0) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
}

/** The time left, in words; empty if nobody knows. */
export function timeLeft(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 100) return t("left.seconds", { n: number(Math.max(seconds, 1)) });
  return t("left.minutes", { n: number(seconds / 60) });
}

/** What a piece of advice says: in English the library's own words, elsewhere those of its kind. */
export function adviceWords(advice) {
  const key = `advice.${advice.kind}`;
  if (language !== "en" && key in LANGUAGES[language]) return t(key);
  return `${advice.text[0].toUpperCase()}${advice.text.slice(1)}. ${sentence(advice.what_to_do)}`;
}

/** Why a face stays still. */
export function stillWords(face) {
  const key = `still.${face.still}`;
  return language !== "en" && key in LANGUAGES[language] ? t(key) : face.reason;
}

const sentence = (text) => (text ? `${text[0].toUpperCase()}${text.slice(1)}.` : "");

/** Name of a stage of the work. */
export const stageWords = (stage) => (known(`stage.${stage}`) ? t(`stage.${stage}`) : stage);

/** Title of a driver. */
export function driverTitle(driver) {
  const key = `driver.${driver.name}`;
  return language !== "en" && key in LANGUAGES[language] ? t(key) : driver.title;
}

/** Name of a driver, as a card shows it. */
export function driverName(name) {
  if (!name || name === "auto") return t("driver.auto");
  if (name === "recording" || name.startsWith("recording:")) return t("driver.recording");
  const [plain, mirrored] = name.split(":");
  const key = `name.${plain}`;
  const words = language !== "en" && key in LANGUAGES[language] ? t(key) : plain.replaceAll("-", " ");
  return words[0].toUpperCase() + words.slice(1) + (mirrored ? ` (${t("driver.mirrored")})` : "");
}

/** Put the words of the language into the parts of the page that are always there. */
export function translatePage() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = t(element.dataset.word);
  }
}
