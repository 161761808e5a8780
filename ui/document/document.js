// The document around the pages. Python sends
//   {language, words: {what Streamlit says in English: the same in the reader's language}, session,
//    shortcuts: {title, on, close, keys: [[key, what it does]]}}
// Streamlit takes the browser's language for dates and numbers and speaks English for the rest; here
// the reader has chosen a language. Blanks in words, such as {name}, stand for any text.

const TEXTS = ["aria-label", "aria-valuetext", "placeholder", "title"];
const WRITTEN = '[data-testid="stHtml"], [data-testid="stMarkdownContainer"], canvas';
const OWN = '[data-testid="stFileUploaderDropzone"]';
const BLANK = /\{(\w+)\}/g;
const ALL = { subtree: true, childList: true, characterData: true, attributeFilter: TEXTS };

let words = { exact: new Map(), patterns: [] };
let focused = null;

function months(language) {
  const name = (one, month) =>
    new Intl.DateTimeFormat(one, { month: "long", timeZone: "UTC" }).format(new Date(Date.UTC(2026, month)));
  return Array.from({ length: 12 }, (_, month) => {
    const number = String(month + 1).padStart(2, "0");
    return [`${number} – ${name("en", month)}`, `${number} – ${name(language, month)}`];
  });
}

function read({ language, words }) {
  const exact = new Map(months(language));
  const patterns = [];
  for (const [said, meant] of Object.entries(words)) {
    if (!said.match(BLANK)) exact.set(said, meant);
    else {
      const escaped = said.replace(/[.+?^$()|[\]\\]/g, "\\$&");
      patterns.push([new RegExp(`^${escaped.replace(BLANK, "(?<$1>.+)")}$`, "s"), meant]);
    }
  }
  return { exact, patterns };
}

function translated(text) {
  const exact = words.exact.get(text);
  if (exact !== undefined) return exact;
  for (const [pattern, meant] of words.patterns) {
    const found = pattern.exec(text);
    if (found) return meant.replace(BLANK, (_, name) => translated(found.groups[name]));
  }
  return text;
}

// Attributes, and texts outside of what shows what people wrote; where a file is dropped nobody did.
function translate(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    const parent = node.parentElement;
    if (parent?.closest(WRITTEN) && !parent.closest(OWN)) return;
    const text = translated(node.nodeValue);
    if (text !== node.nodeValue) node.nodeValue = text;
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  for (const name of TEXTS) {
    const said = node.getAttribute(name);
    const text = said && translated(said);
    if (text !== said) node.setAttribute(name, text);
  }
}

function translateAll(root) {
  translate(root);
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) translate(walker.currentNode);
}

function hasDialog(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return false;
  return node.matches('[role="dialog"]') || node.querySelector('[role="dialog"]') !== null;
}

function giveFocusBack() {
  if (focused?.isConnected) focused.focus({ preventScroll: true });
}

const observer = new MutationObserver((changes) => {
  for (const change of changes) {
    if (change.type !== "childList") translate(change.target);
    for (const node of change.addedNodes) translateAll(node);
    if ([...change.removedNodes].some(hasDialog)) giveFocusBack();
  }
});

// Streamlit remembers what had the focus before a dialog, but not inside of a component; nor does
// the document hear of focus that moves inside of one, only of focus that leaves it.
function remember(event) {
  const node = event.composedPath()[0];
  if (!node.closest('[role="dialog"]')) focused = node;
}

function speak(data) {
  document.documentElement.lang = data.language;
  const own = { configurable: true };
  Object.defineProperty(navigator, "language", { ...own, get: () => data.language });
  Object.defineProperty(navigator, "languages", { ...own, get: () => [data.language] });
  window.dispatchEvent(new Event("languagechange"));
  words = read(data);
  translateAll(document.body);
}

// Until the browser is closed for thirty days, as long as the API keeps it.
function keep(session) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const age = session ? 30 * 24 * 3600 : 0;
  document.cookie = `galope_session=${session}; path=/; max-age=${age}; SameSite=Strict${secure}`;
}

// ---------------------------------------------------------------------------------------- shortcuts

const OFF = "galope_shortcuts_off";
const TYPING = "input, textarea, select, [contenteditable]";
const LISTED = '[class*="st-key-today-"] a, [class*="st-key-pick-"] a';

let shortcuts = null;
let help = null;

function make(tag, text, ...children) {
  const one = document.createElement(tag);
  if (text) one.textContent = text;
  one.append(...children);
  return one;
}

// The next or the previous of the leads that are listed, or row of the table. The board has its own.
function step(side) {
  const listed = [...document.querySelectorAll(LISTED)];
  if (listed.length) {
    const at = listed.indexOf(document.activeElement);
    listed[at < 0 ? 0 : Math.min(Math.max(at + side, 0), listed.length - 1)].focus();
    return;
  }
  const table = document.querySelector('[data-testid="stDataFrame"] canvas[tabindex]');
  table?.focus();
  const key = side > 0 ? "ArrowDown" : "ArrowUp";
  table?.dispatchEvent(new KeyboardEvent("keydown", { key, code: key, bubbles: true, cancelable: true }));
}

function search() {
  const box = document.querySelector('[class*="st-key-q"] input, .st-key-partners_q input');
  box?.focus();
  box?.select();
}

function create() {
  const link = document.querySelector('[data-testid="stSidebarNavLink"][href$="/create"]');
  if (link) link.click();
}

// A dialog of the browser's own: it holds the focus, closes by Escape and gives the focus back.
function showHelp() {
  help?.remove();
  const rows = shortcuts.keys.map(([key, text]) => make("tr", "", make("th", "", make("kbd", key)), make("td", text)));
  const box = make("input");
  box.type = "checkbox";
  box.checked = !localStorage.getItem(OFF);
  box.onchange = () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"));
  const label = make("label", "", box, ` ${shortcuts.on}`);
  const close = make("button", shortcuts.close);
  close.onclick = () => help.close();
  const title = make("h2", shortcuts.title);
  title.id = "g-keys-title";
  help = make("dialog", "", title, make("table", "", make("tbody", "", ...rows)), label, close);
  help.className = "g-keys";
  help.setAttribute("aria-labelledby", title.id);
  document.body.append(help);
  help.showModal();
}

const DONE_BY = { "/": search, n: create, j: () => step(1), k: () => step(-1), "?": showHelp };

// Letters alone do something only where nobody writes and no dialog is open; who speaks to the
// computer may turn them off, all but the one that turns them on again.
function press(event) {
  const does = DONE_BY[event.key];
  if (!does || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.composedPath()[0].matches?.(TYPING) || document.querySelector('[role="dialog"], dialog[open]')) return;
  if (localStorage.getItem(OFF) && event.key !== "?") return;
  if ((event.key === "j" || event.key === "k") && document.querySelector(".st-key-board")) return;
  event.preventDefault();
  does();
}

// Where Streamlit meets a part of a page that it has no place for, it takes the whole page away and
// stays so. It is loaded again, unless that was just tried.
const SOON = 10_000; // milliseconds
const LOADED = "galope_loaded_again";

function revive() {
  const root = document.getElementById("root");
  if (root.childElementCount || Date.now() - Number(sessionStorage.getItem(LOADED)) < SOON) return;
  sessionStorage.setItem(LOADED, Date.now());
  location.reload();
}

let spoken = null;
let kept = null;

export default function ({ data }) {
  if (spoken === null) {
    document.addEventListener("focusout", remember);
    document.addEventListener("keydown", press);
    observer.observe(document.body, ALL);
    new MutationObserver(revive).observe(document.getElementById("root"), { childList: true });
  }
  if (data) shortcuts = data.shortcuts;
  if (data && data.session !== kept) keep((kept = data.session));
  if (data && data.language !== spoken) speak(data);
  spoken = data?.language ?? spoken;
}
