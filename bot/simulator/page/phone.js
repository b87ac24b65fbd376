// One phone: its chat with the bot, and what its owner can do.

import { button, dots, element, messageItem } from "./draw.js";

const PLATFORMS = { telegram: "Telegram", zalo_bot: "Zalo Bot", zalo_oa: "Zalo OA" };
const SHUT = {
  telegram: { block: "Chặn trợ lý", unblock: "Bỏ chặn", done: "Đã chặn trợ lý." },
  zalo_bot: { block: "Chặn trợ lý", unblock: "Bỏ chặn", done: "Đã chặn trợ lý." },
  zalo_oa: { block: "Bỏ quan tâm", unblock: "Quan tâm", done: "Đã bỏ quan tâm OA." },
};
const PATIENCE = 400; // before the dots of a long handling appear, ms
const TYPING = 5000; // how long a chat action shows, as on the platform, ms
const TOAST = 3000; // how long an answer to a press stays, ms

export async function send(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

export class Phone {
  constructor(state, remove) {
    this.id = state.id;
    this.platform = state.platform;
    this.name = state.name;
    this.node = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    this.node.id = `phone-${state.id}`;
    this.node.setAttribute("aria-label", state.name);
    this.log = this.find(".log");
    this.field = this.find("textarea");
    this.dots = dots();
    this.find(".name").textContent = state.name;
    this.find(".role").textContent = state.role;
    this.node.classList.add(state.platform);
    this.find(".platform").textContent = PLATFORMS[state.platform];
    this.find(".bot-name").textContent = state.bot;
    this.find(".face").textContent = state.bot.slice(0, 1);
    this.listen(remove);
    new ResizeObserver(() => this.scroll()).observe(this.log);
    this.showHints(state.hints);
    this.fill(state);
  }

  find(selector) {
    return this.node.querySelector(selector);
  }

  listen(remove) {
    this.find(".entry").addEventListener("submit", (event) => {
      event.preventDefault();
      this.say(this.field.value);
      this.field.value = "";
      this.grow();
    });
    this.field.addEventListener("input", () => this.grow());
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.find(".entry").requestSubmit();
      }
    });
    this.panel(".menu", ".commands");
    this.panel(".clip", ".attach");
    this.panel(".more", ".options");
    for (const choice of this.node.querySelectorAll("[data-act]")) {
      choice.addEventListener("click", () => this.act(choice.dataset.act, {}));
    }
    this.find(".choose-file").addEventListener("click", () => this.find(".own-file").click());
    this.find(".own-file").addEventListener("change", (event) => {
      const [file] = event.target.files;
      if (file) this.sendFile(file);
      event.target.value = "";
    });
    this.find(".block").addEventListener("click", () => this.act(this.blocked ? "unblock" : "block", {}));
    this.find(".unblock").addEventListener("click", () => this.act("unblock", {}));
    this.find(".remove").addEventListener("click", remove);
    this.node.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.closePanels(true);
    });
  }

  panel(opener, panel) {
    const key = this.find(opener);
    key.addEventListener("click", () => {
      const open = this.find(panel).hidden;
      this.closePanels(false);
      this.find(panel).hidden = !open;
      key.setAttribute("aria-expanded", String(open));
      if (open) this.find(panel).querySelector("button")?.focus();
    });
  }

  closePanels(focus) {
    for (const key of this.node.querySelectorAll("[aria-expanded=true]")) {
      key.setAttribute("aria-expanded", "false");
      if (focus) key.focus();
    }
    for (const panel of this.node.querySelectorAll(".panel")) panel.hidden = true;
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 110)}px`;
  }

  // What the owner does.

  say(text) {
    if (text.trim()) this.act("say", { text });
  }

  async sendFile(file) {
    const reader = new FileReader();
    reader.onload = () => {
      const content = reader.result.split(",")[1] ?? "";
      const photo = /^image\/(jpeg|png)$/.test(file.type);
      this.act(photo ? "photo" : "document", { name: file.name, content });
    };
    reader.readAsDataURL(file);
  }

  async act(what, body) {
    this.closePanels(Boolean(document.activeElement?.closest(".panel")));
    if (what !== "block") this.wait();
    try {
      await send(`/control/phones/${this.id}/${what}`, body);
    } catch (error) {
      this.rest();
      this.toast(error.message);
    }
  }

  async press(message, data) {
    this.wait();
    try {
      await send(`/control/phones/${this.id}/press`, { button: data, message });
    } catch (error) {
      this.rest();
      this.toast(error.message);
    }
  }

  // What the phone shows.

  fill(state) {
    this.log.replaceChildren();
    this.showKeys(state.keys);
    this.showCommands(state.commands);
    this.showBlocked(state.blocked);
    for (const message of state.messages) this.show(message);
    this.showStart();
  }

  show(message) {
    const old = this.log.querySelector(`[data-id="${message.id}"]`);
    const focused = old?.contains(document.activeElement);
    const item = messageItem(message, (id, data) => this.press(id, data));
    if (old) old.replaceWith(item);
    else this.log.append(item);
    if (focused) (item.querySelector("button") ?? this.field).focus({ preventScroll: true });
    const start = this.find(".start");
    if (start?.contains(document.activeElement)) this.field.focus({ preventScroll: true });
    start?.remove();
    if (!message.mine) this.rest();
    this.scroll();
  }

  removeMessage(id) {
    this.log.querySelector(`[data-id="${id}"]`)?.remove();
  }

  showStart() {
    if (this.log.children.length) return;
    const item = element("li", "start");
    item.append(element("p", "", "Chưa có tin nhắn nào."));
    item.append(button("main", "Bắt đầu", () => this.act("start", {})));
    this.log.append(item);
  }

  showHints(hints) {
    const chips = hints.map((hint) => {
      const chip = button("chip", "", () => this.say(hint.text));
      if (hint.label) chip.append(element("span", "chip-label", hint.label));
      chip.append(element("span", "chip-text", hint.text));
      return chip;
    });
    this.find(".hints").replaceChildren(...chips);
  }

  showKeys(rows) {
    const lines = rows.map((row) => {
      const line = element("div", "button-row");
      for (const key of row) {
        const act = key.contact ? () => this.act("contact", {}) : () => this.say(key.label);
        line.append(button("key", key.label, act));
      }
      return line;
    });
    const keys = this.find(".keys");
    const focused = keys.contains(document.activeElement);
    keys.replaceChildren(...lines);
    if (focused) this.field.focus({ preventScroll: true });
    this.scroll();
  }

  showCommands(commands) {
    const lines = commands.map((one) => {
      const line = button("command", "", () => this.say(`/${one.command}`));
      line.append(element("b", "", `/${one.command}`), element("span", "", one.description));
      return line;
    });
    this.find(".commands").replaceChildren(...lines);
    this.find(".menu").hidden = !lines.length;
  }

  showBlocked(blocked) {
    this.blocked = blocked;
    const words = SHUT[this.platform];
    this.find(".block").textContent = blocked ? words.unblock : words.block;
    this.find(".unblock").textContent = words.unblock;
    this.find(".shut span").textContent = words.done;
    this.find(".entry").hidden = blocked;
    this.find(".hints").hidden = blocked;
    this.find(".keys").hidden = blocked;
    this.find(".shut").hidden = !blocked;
    if (document.activeElement === document.body && blocked) this.find(".unblock").focus();
  }

  pressing(event) {
    const item = this.log.querySelector(`[data-id="${event.message}"]`);
    for (const choice of item?.querySelectorAll("button.choice") ?? []) {
      if (choice.dataset.data !== event.data) continue;
      choice.dataset.press = event.press;
      choice.setAttribute("aria-busy", "true");
    }
  }

  pressed(event) {
    for (const choice of this.log.querySelectorAll(`[data-press="${event.press}"]`)) {
      choice.removeAttribute("aria-busy");
    }
    if (event.text) this.toast(event.text);
  }

  toast(text) {
    const line = this.find(".toast");
    line.textContent = text;
    clearTimeout(this.toasting);
    this.toasting = setTimeout(() => (line.textContent = ""), TOAST);
  }

  wait() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.typing(60000), PATIENCE);
  }

  typing(time = TYPING) {
    clearTimeout(this.waiting);
    this.log.append(this.dots);
    this.find(".status").textContent = "đang nhập…";
    this.scroll();
    this.waiting = setTimeout(() => this.rest(), time);
  }

  rest() {
    clearTimeout(this.waiting);
    this.dots.remove();
    this.find(".status").textContent = "bot";
  }

  scroll() {
    this.log.scrollTop = this.log.scrollHeight;
  }
}
