// The board. Python sends what one reader sees:
//   {columns: [{stage, title, mark, total, more, cards: [card]}], stages: [[code, title]], words, answered, compact}
//   card: {id, name, score, about, why: [direction, text] | null, todo, due: [state, text] | null,
//         contact, facts: [[name, text]], at, label}
// and hears of {move: {id, from, to, n}}, {open: {id, n}} and {more: {stage, n}}.
// n is when it was asked; `answered` is that of the last move that was done or refused.
// Cards are keyed: what did not change is not touched, so nothing a person does is lost.

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const SLIDE = { duration: 420, easing: "cubic-bezier(.2,.8,.2,1)" };
const LIT = 1500; // milliseconds
const FIRST = 4; // cards of a column that are drawn before the others, on a board that opens

function make(tag, name, text) {
  const one = document.createElement(tag);
  if (name) one.className = name;
  if (text !== undefined) one.textContent = text;
  return one;
}

function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Chromium moves a node without taking the focus from it; elsewhere it is given back.
function place(parent, node, before) {
  if (node.parentNode === parent && node.nextSibling === before) return;
  const root = node.getRootNode();
  const held = root.activeElement && node.contains(root.activeElement) ? root.activeElement : null;
  if (node.isConnected && parent.moveBefore) parent.moveBefore(node, before);
  else parent.insertBefore(node, before);
  if (held && root.activeElement !== held) held.focus({ preventScroll: true });
}

class Board {
  constructor(root) {
    this.root = root.querySelector(".board");
    this.said = root.querySelector(".said");
    this.tabs = root.querySelector(".tabs");
    this.root.addEventListener("scroll", () => this.press(), { passive: true });
    this.columns = new Map();
    this.cards = new Map();
    this.dragged = null;
    this.later = null;
  }

  show(data, send) {
    this.send = (what, value, n = Date.now()) => send(what, { ...value, n });
    if (this.dragged) {
      this.later = data;
      return;
    }
    // Streamlit sends all of it at every look, mostly as it was.
    const drawn = JSON.stringify(data);
    if (drawn === this.drawn) return;
    const first = this.columns.size === 0;
    if (first && data.columns.some((one) => one.cards.length > FIRST)) {
      this.open(data, send);
      return;
    }
    this.drawn = drawn;
    const before = first ? new Map() : this.places();
    this.words = data.words;
    this.stages = data.stages;
    this.answered = data.answered;
    this.root.classList.toggle("compact", data.compact);
    const seen = new Set();
    for (const [stage, column] of this.columns) {
      if (data.columns.some((one) => one.stage === stage)) continue;
      column.node.remove();
      column.tab.remove();
      this.columns.delete(stage);
    }
    for (const column of data.columns) this.drawColumn(column, seen);
    this.press();
    for (const [id, card] of this.cards) {
      if (seen.has(id)) continue;
      card.node.remove();
      this.cards.delete(id);
    }
    if (!first) this.slide(before);
  }

  // A slow phone takes a second to draw all cards: those that are seen come first.
  open(data, send) {
    const seen = data.columns.map((one) => ({ ...one, cards: one.cards.slice(0, FIRST) }));
    this.show({ ...data, columns: seen }, send);
    const begun = this.drawn;
    requestAnimationFrame(() => setTimeout(() => begun === this.drawn && this.show(data, send)));
  }

  places() {
    const found = new Map();
    for (const [id, card] of this.cards) {
      found.set(id, { box: card.node.getBoundingClientRect(), stage: card.stage });
    }
    return found;
  }

  // On a phone, where one column is seen at a time, its tab is the one that is pressed.
  press() {
    const left = this.root.getBoundingClientRect().left;
    const far = (column) => Math.abs(column.node.getBoundingClientRect().left - left);
    const columns = [...this.columns.values()];
    const nearest = Math.min(...columns.map(far));
    for (const column of columns) column.tab.setAttribute("aria-pressed", String(far(column) === nearest));
  }

  drawColumn(data, seen) {
    const column = this.columns.get(data.stage) ?? this.newColumn(data.stage);
    put(column.tab, `${data.mark} ${data.title} ${data.total}`);
    put(column.mark, data.mark);
    put(column.title, data.title);
    put(column.total, data.total);
    column.node.setAttribute("aria-label", `${data.title}: ${data.total}`);
    let next = column.list.firstChild;
    for (const one of data.cards) {
      seen.add(one.id);
      const card = this.cards.get(one.id) ?? this.newCard(one.id);
      if (card.node === next) next = next.nextSibling;
      else place(column.list, card.node, next);
      this.drawCard(card, one, data.stage);
    }
    put(column.none, this.words.none);
    column.none.hidden = data.cards.length > 0;
    put(column.more, data.more);
    column.end.hidden = !data.more;
    place(column.list, column.end, null);
    place(column.list, column.none, column.end);
    this.stop(column);
  }

  // A column is one stop of the Tab key: the card that had the focus last, or the first.
  stop(column, card = column.list.querySelector('.card[data-stop="yes"]')) {
    const cards = this.cardsOf(column);
    const at = cards.includes(card) ? card : cards[0];
    for (const one of cards) {
      const stops = one === at ? "yes" : "no";
      if (one.dataset.stop === stops) continue;
      one.dataset.stop = stops;
      for (const part of one.querySelectorAll("button, select")) part.tabIndex = one === at ? 0 : -1;
    }
    return at;
  }

  cardsOf(column) {
    return [...column.list.querySelectorAll(".card[data-id]")];
  }

  // Up and down go along a column, left and right to the columns beside it.
  step(column, event) {
    if (event.target.tagName === "SELECT" || event.altKey || event.ctrlKey || event.metaKey) return;
    const cards = this.cardsOf(column);
    const at = cards.indexOf(event.target.closest(".card"));
    const along = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: cards.length - 1 }[event.key];
    const beside = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (at < 0 || (along === undefined && beside === undefined)) return;
    event.preventDefault();
    const to = beside === undefined ? cards[along] : this.beside(column, beside);
    to?.querySelector(".name").focus();
  }

  // The card that is a stop in the nearest column on one side that has cards.
  beside(column, side) {
    const columns = [...this.columns.values()];
    if (side < 0) columns.reverse();
    const after = columns.slice(columns.indexOf(column) + 1);
    const next = after.find((one) => this.cardsOf(one).length > 0);
    return next && this.stop(next);
  }

  // From wherever the focus is: on along its column, or else to the first card there is.
  walk(side) {
    const focused = this.root.getRootNode().activeElement?.closest(".card");
    const columns = [...this.columns.values()];
    const column = columns.find((one) => one.list.contains(focused ?? null)) ?? columns.find((one) => this.cardsOf(one).length);
    if (!column) return;
    const cards = this.cardsOf(column);
    const at = cards.indexOf(focused);
    cards[at < 0 ? 0 : Math.min(Math.max(at + side, 0), cards.length - 1)].querySelector(".name").focus();
  }

  newColumn(stage) {
    const node = make("section", "column");
    node.dataset.stage = stage;
    const head = make("div", "head");
    const mark = make("span", "dot");
    mark.setAttribute("aria-hidden", "true");
    const title = make("h2");
    const total = make("span", "total");
    head.append(mark, title, total);
    const list = make("ul", "cards");
    const none = make("li", "none");
    const end = make("li");
    const more = make("button", "more");
    more.onclick = () => this.send("more", { stage });
    end.append(more);
    list.append(none, end);
    list.onkeydown = (event) => this.step(column, event);
    list.addEventListener("focusin", (event) => this.stop(column, event.target.closest(".card")));
    node.append(head, list);
    node.ondragover = (event) => {
      if (!this.dragged) return;
      event.preventDefault();
      node.classList.add("over");
    };
    node.ondragleave = (event) => {
      if (!node.contains(event.relatedTarget)) node.classList.remove("over");
    };
    node.ondrop = (event) => {
      event.preventDefault();
      node.classList.remove("over");
      if (this.dragged) this.move(this.dragged, stage);
    };
    this.root.append(node);
    const tab = make("button", "tab");
    tab.onclick = () => node.scrollIntoView({ inline: "start", block: "nearest", behavior: still() ? "auto" : "smooth" });
    this.tabs.append(tab);
    const column = { node, tab, head, mark, title, total, list, none, end, more };
    this.columns.set(stage, column);
    return column;
  }

  newCard(id) {
    const node = make("li", "card");
    node.dataset.id = id;
    node.draggable = true;
    const top = make("div", "top");
    const name = make("button", "name");
    name.onclick = () => this.send("open", { id });
    const score = make("span", "score");
    top.append(name, score);
    const meter = make("div", "meter");
    const level = make("i");
    meter.append(level);
    const about = make("div", "about");
    const why = make("div", "why");
    const todo = make("div", "todo");
    const due = make("div", "due");
    const contact = make("div", "contact");
    const facts = make("div", "facts");
    const foot = make("div", "foot");
    const select = make("select");
    foot.append(select);
    node.append(top, meter, about, facts, why, todo, due, contact, foot);
    const card = { id, node, name, score, level, about, facts, why, todo, due, contact, select };
    select.onchange = () => {
      const to = select.value;
      select.value = card.stage;
      this.move(card, to);
    };
    node.ondragstart = (event) => {
      this.dragged = card;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", id);
      node.classList.add("dragged");
    };
    node.ondragend = () => {
      this.dragged = null;
      node.classList.remove("dragged");
      if (this.later) {
        const data = this.later;
        this.later = null;
        this.show(data, this.sent);
      }
    };
    this.cards.set(id, card);
    return card;
  }

  drawCard(card, data, stage) {
    const moved = card.at !== undefined && card.at !== data.at;
    const shown = JSON.stringify([data, stage, this.words.move]);
    card.node.classList.toggle("waiting", card.asked > this.answered);
    if (card.shown === shown) return;
    card.shown = shown;
    card.at = data.at;
    card.stage = stage;
    put(card.name, data.name);
    put(card.score, String(data.score));
    card.score.setAttribute("aria-label", data.label);
    card.level.style.width = `${data.score}%`;
    put(card.about, data.about);
    card.why.hidden = !data.why;
    if (data.why) {
      card.why.className = `why ${data.why[0]}`;
      put(card.why, data.why[1]);
    }
    card.todo.hidden = !data.todo;
    put(card.todo, data.todo ?? "");
    card.due.hidden = !data.due;
    if (data.due) {
      card.due.className = `due due-${data.due[0]}`;
      put(card.due, data.due[1]);
    }
    card.contact.hidden = !data.contact;
    put(card.contact, data.contact);
    card.facts.hidden = !data.facts.length;
    card.facts.replaceChildren(
      ...data.facts.map(([name, text]) => {
        const fact = make("span", "fact", text);
        fact.title = `${name}: ${text}`;
        return fact;
      }),
    );
    const options = this.stages.map(([code, title]) => {
      const option = make("option", "", code === stage ? `${this.words.move} …` : title);
      option.value = code;
      return option;
    });
    card.select.replaceChildren(...options);
    card.select.value = stage;
    card.select.setAttribute("aria-label", `${this.words.move}: ${data.name}`);
    if (moved) {
      // Lit for a while and then dimmed: an animation would paint sixty times a second while leads move.
      card.node.classList.add("fresh");
      clearTimeout(card.dim);
      card.dim = setTimeout(() => card.node.classList.remove("fresh"), LIT);
    }
  }

  move(card, to) {
    if (to === card.stage) return;
    card.asked = Date.now();
    card.node.classList.add("waiting");
    this.send("move", { id: card.id, from: card.stage, to }, card.asked);
    const title = this.stages.find(([code]) => code === to)[1];
    put(this.said, `${card.name.textContent}: ${title}`);
  }

  // Cards that changed place slide there; between columns a copy flies over the rims.
  slide(before) {
    if (still() || document.hidden) return;
    for (const [id, old] of before) {
      const card = this.cards.get(id);
      if (!card || !old.box.height) continue;
      const box = card.node.getBoundingClientRect();
      const [x, y] = [old.box.left - box.left, old.box.top - box.top];
      if (Math.abs(x) < 2 && Math.abs(y) < 2) continue;
      const list = card.node.parentNode.getBoundingClientRect();
      const seen = (one) => one.bottom > list.top && one.top < list.bottom;
      if (card.stage === old.stage) {
        if (!seen(box) && !seen(old.box)) continue; // nobody would see it move
        card.node.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], SLIDE);
      } else this.fly(card, old.box, box, list);
    }
  }

  fly(card, from, to, list) {
    const copy = card.node.cloneNode(true);
    copy.classList.add("flying");
    copy.removeAttribute("data-id");
    copy.setAttribute("aria-hidden", "true");
    copy.querySelector("select").value = card.stage;
    const top = Math.min(Math.max(to.top, list.top), list.bottom - to.height);
    Object.assign(copy.style, { left: `${to.left}px`, top: `${top}px`, width: `${to.width}px` });
    card.node.closest(".column").append(copy);
    card.node.style.opacity = "0";
    const path = [
      { transform: `translate(${from.left - to.left}px, ${from.top - top}px)` },
      { transform: "none" },
    ];
    copy.animate(path, { ...SLIDE, duration: 480 }).finished.finally(() => {
      copy.remove();
      card.node.style.opacity = "";
    });
  }
}

const boards = new WeakMap();
let newest = null;

// j and k go through the cards wherever nobody writes; document.js has the other keys.
document.addEventListener("keydown", (event) => {
  const side = { j: 1, k: -1 }[event.key];
  if (!side || event.ctrlKey || event.altKey || event.metaKey || !newest?.root.isConnected) return;
  if (event.composedPath()[0].matches?.("input, textarea, select, [contenteditable]")) return;
  if (document.querySelector('[role="dialog"], dialog[open]') || localStorage.getItem("galope_shortcuts_off")) return;
  event.preventDefault();
  newest.walk(side);
});

export default function ({ data, parentElement, setTriggerValue }) {
  let board = boards.get(parentElement);
  if (!board) boards.set(parentElement, (board = new Board(parentElement)));
  board.sent = setTriggerValue;
  newest = board;
  if (data) board.show(data, setTriggerValue);
}
