// What the browser itself says. Python sends {alerts: [{id, title, body}]} of leads that got hot, or
// {words: {ask, granted, denied}} where the reader may allow it. Who looks at the page sees it there.

const told = new Set();

function tell({ id, title, body }) {
  if (told.has(id)) return;
  told.add(id);
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  if (!document.hidden && document.hasFocus()) return;
  const shown = new Notification(title, { body, tag: `galope-${id}` });
  shown.onclick = () => {
    window.focus();
    location.assign(`lead?id=${encodeURIComponent(id)}`);
  };
}

function offer(root, words) {
  const [button, said] = [root.querySelector("button"), root.querySelector("span")];
  const state = "Notification" in window ? Notification.permission : "denied";
  button.hidden = state !== "default";
  button.textContent = words.ask;
  said.textContent = state === "default" ? "" : words[state];
  button.onclick = async () => {
    await Notification.requestPermission();
    offer(root, words);
  };
}

export default function ({ data, parentElement }) {
  if (data?.words) offer(parentElement, data.words);
  const now = new Set((data?.alerts ?? []).map((one) => one.id));
  for (const one of data?.alerts ?? []) tell(one);
  // A lead that was seen to may get hot again.
  if (data?.alerts) for (const id of told) if (!now.has(id)) told.delete(id);
}
