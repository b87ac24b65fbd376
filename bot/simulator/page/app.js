// The phones on the page, kept up to date by server-sent events.

import { button } from "./draw.js";
import { Phone, send } from "./phone.js";
import { showSwitches } from "./switches.js";

const phones = new Map();
const main = document.querySelector(".phones");
const tabs = document.querySelector(".tabs");
const lost = document.querySelector(".lost");
const newcomer = document.querySelector(".newcomer");
let current = "";
let source;

function tabOf(id) {
  return tabs.querySelector(`[data-phone="${id}"]`);
}

function choose(id, focus) {
  current = id;
  for (const tab of tabs.children) {
    const chosen = tab.dataset.phone === id;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen) tab.classList.remove("news");
    if (chosen && focus) tab.focus();
  }
  for (const phone of phones.values()) phone.node.classList.toggle("current", phone.id === id);
  phones.get(id)?.scroll();
}

function addTab(phone) {
  const tab = button(`tab ${phone.platform}`, phone.name, () => choose(phone.id));
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", phone.node.id);
  tab.dataset.phone = phone.id;
  tabs.append(tab);
}

function add(state) {
  const remove = () => fetch(`/control/phones/${state.id}`, { method: "DELETE" });
  const phone = new Phone(state, remove);
  phones.set(phone.id, phone);
  main.append(phone.node);
  addTab(phone);
}

function drop(id) {
  phones.get(id).node.remove();
  tabOf(id).remove();
  phones.delete(id);
}

// Brings the page to the server's state without touching what is typed but not sent.
async function refresh() {
  const state = await (await fetch("/control/state")).json();
  const there = new Set(state.phones.map((phone) => phone.id));
  for (const id of [...phones.keys()]) if (!there.has(id)) drop(id);
  for (const phone of state.phones) {
    if (phones.has(phone.id)) phones.get(phone.id).fill(phone);
    else add(phone);
  }
  showSwitches(state.switches ?? {});
  if (!phones.has(current)) choose(state.phones[0]?.id ?? "");
  for (const phone of phones.values()) phone.scroll();
  return state.event;
}

const news = {
  message: (phone, event) => {
    phone.show(event.message);
    if (phone.id !== current && !event.message.mine) tabOf(phone.id).classList.add("news");
  },
  removed: (phone, event) => phone.removeMessage(event.id),
  keys: (phone, event) => phone.showKeys(event.keys),
  blocked: (phone, event) => phone.showBlocked(event.blocked),
  typing: (phone) => phone.typing(),
  handled: (phone) => phone.rest(),
  pressing: (phone, event) => phone.pressing(event),
  pressed: (phone, event) => phone.pressed(event),
};

function follow(after) {
  source?.close();
  source = new EventSource(`/control/events?after=${encodeURIComponent(after)}`);
  source.onopen = () => (lost.hidden = true);
  source.onerror = () => {
    lost.hidden = false;
    if (source.readyState === EventSource.CLOSED) setTimeout(begin, 1000);
  };
  for (const [kind, act] of Object.entries(news)) {
    source.addEventListener(kind, (message) => {
      const event = JSON.parse(message.data);
      const phone = phones.get(event.phone);
      if (phone) act(phone, event);
    });
  }
  for (const kind of ["reset", "phones", "commands"]) source.addEventListener(kind, refresh);
}

async function begin() {
  try {
    follow(await refresh());
  } catch {
    lost.hidden = false;
    setTimeout(begin, 1000);
  }
}

tabs.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const ids = [...phones.keys()];
  choose(ids[(ids.indexOf(current) + step + ids.length) % ids.length], true);
});

document.querySelector(".add").addEventListener("click", () => {
  const fields = newcomer.querySelector("form").elements;
  const number = phones.size + 1;
  fields.name.value = `Người thứ ${number}`;
  fields.number.value = `0900000${String(number).padStart(3, "0")}`;
  newcomer.showModal();
  fields.name.select();
});

newcomer.addEventListener("close", async () => {
  if (newcomer.returnValue !== "add") return;
  newcomer.returnValue = "";
  const form = new FormData(newcomer.querySelector("form"));
  const added = await send("/control/phones", Object.fromEntries(form));
  await refresh();
  choose(added.id);
  phones.get(added.id).field.focus();
});

begin();
