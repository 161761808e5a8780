// The document around the pages. Python sends
//   {language, words: {what Streamlit says in English: the same in the reader's language}, session}
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

let spoken = null;
let kept = null;

export default function ({ data }) {
  if (spoken === null) {
    document.addEventListener("focusout", remember);
    observer.observe(document.body, ALL);
  }
  if (data && data.session !== kept) keep((kept = data.session));
  if (data && data.language !== spoken) speak(data);
  spoken = data?.language ?? spoken;
}
