// Draws one message. Everything people or the bot wrote goes in as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";
// The phones are in Vietnam, wherever the page is looked at.
const zone = "Asia/Ho_Chi_Minh";
const clock = new Intl.DateTimeFormat("vi-VN", { hour: "2-digit", minute: "2-digit", timeZone: zone });
const figure = new Intl.NumberFormat("vi-VN", { maximumFractionDigits: 1 });

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function button(className, text, act) {
  const made = element("button", className, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function drawing(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// A quiet picture of fields and roads: the same place always gives the same picture.
function mapPicture(pin) {
  const picture = drawing("svg", { viewBox: "0 0 260 120", class: "map", "aria-hidden": "true" });
  const seed = Math.abs(Math.round((pin.latitude * 7919 + pin.longitude * 104729) * 1000));
  const part = (step, size) => (seed % (step * 31 + 17)) % size;
  picture.append(drawing("rect", { width: 260, height: 120, class: "land" }));
  picture.append(drawing("circle", { cx: 30 + part(1, 60), cy: 20, r: 34, class: "wood" }));
  picture.append(drawing("circle", { cx: 200 + part(2, 50), cy: 104, r: 42, class: "wood" }));
  const bend = 20 + part(3, 50);
  picture.append(drawing("path", { d: `M0 ${bend} C 90 ${bend + 50}, 150 ${bend - 20}, 260 ${90 - bend / 2}`, class: "water" }));
  picture.append(drawing("path", { d: `M${60 + part(4, 40)} 0 L130 66 L${190 + part(5, 40)} 120`, class: "road" }));
  picture.append(drawing("path", { d: `M0 ${74 + part(6, 20)} L130 66 L260 ${36 + part(7, 30)}`, class: "road" }));
  picture.append(drawing("path", { d: "M130 66c-9-14-13-20-13-27a13 13 0 0 1 26 0c0 7-4 13-13 27z", class: "pin" }));
  picture.append(drawing("circle", { cx: 130, cy: 39, r: 5, class: "pin-eye" }));
  return picture;
}

function place(pin) {
  const card = element("div", "place");
  card.append(mapPicture(pin));
  if (pin.title) card.append(element("p", "place-title", pin.title));
  if (pin.address) card.append(element("p", "place-address", pin.address));
  const degrees = `${pin.latitude.toFixed(5)}, ${pin.longitude.toFixed(5)}`;
  card.append(element("p", "place-degrees", degrees));
  return card;
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1000000) return `${figure.format(bytes / 1000)} KB`;
  return `${figure.format(bytes / 1000000)} MB`;
}

function file(attached) {
  const link = element("a", "file");
  link.href = `/control/files/${encodeURIComponent(attached.id)}`;
  link.download = attached.name;
  const words = element("span", "file-words");
  words.append(element("span", "file-name", attached.name));
  words.append(element("span", "file-size", `${size(attached.size)} · Tải về`));
  const icon = element("span", "file-icon");
  icon.setAttribute("aria-hidden", "true");
  link.append(icon, words);
  return link;
}

function picture(message) {
  const address = message.file.url;
  // The page shows what lies on this machine; whatever lies elsewhere stays an address.
  if (address && new URL(address).hostname !== "127.0.0.1") return linked(address);
  const image = element("img", "picture");
  image.src = address || `/control/files/${encodeURIComponent(message.file.id)}`;
  image.alt = message.text || "Ảnh";
  return image;
}

function linked(address) {
  const link = element("a", "link", address);
  Object.assign(link, { href: address, target: "_blank", rel: "noopener noreferrer" });
  return link;
}

// Phones make links of bare addresses; anything else stays the text it is.
function words(text) {
  const line = element("p", "text");
  for (const part of text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/)) {
    line.append(/^https?:\/\//.test(part) ? linked(part) : part);
  }
  return line;
}

function content(message) {
  const parts = [];
  if (message.kind === "venue") parts.push(place(message.pin));
  if (message.kind === "document") parts.push(file(message.file));
  if (message.kind === "photo") parts.push(picture(message));
  if (message.kind === "voice") parts.push(element("p", "voice", "Tin thoại 0:03"));
  if (message.kind === "contact") parts.push(element("p", "card", "Danh thiếp"));
  if (message.text) parts.push(words(message.text));
  return parts;
}

function stamp(message) {
  const line = element("p", "stamp");
  if (message.edited_at) line.append(element("span", "edited", "đã sửa"), " ");
  const time = element("time", "", clock.format(new Date(message.at * 1000)));
  time.dateTime = new Date(message.at * 1000).toISOString();
  line.append(time);
  return line;
}

function rows(message, press) {
  const below = element("div", "buttons");
  for (const row of message.rows) {
    const line = element("div", "button-row");
    for (const one of row) {
      if (one.url) {
        const link = element("a", "choice", one.label);
        Object.assign(link, { href: one.url, target: "_blank", rel: "noopener noreferrer" });
        line.append(link);
      } else {
        const choice = button("choice", one.label, () => press(message.id, one.data));
        choice.dataset.data = one.data;
        line.append(choice);
      }
    }
    below.append(line);
  }
  return below;
}

export function messageItem(message, press) {
  const item = element("li", `message ${message.mine ? "mine" : "theirs"} ${message.kind}`);
  item.dataset.id = message.id;
  const bubble = element("div", "bubble");
  const who = element("span", "unseen", message.mine ? "Đã gửi:" : `${message.author}:`);
  const sender = message.kind === "template" ? [element("p", "sender", message.author)] : [];
  bubble.append(who, ...sender, ...content(message), stamp(message));
  item.append(bubble);
  if (message.rows.length) item.append(rows(message, press));
  return item;
}

export function dots() {
  const item = element("li", "message theirs dots");
  item.setAttribute("aria-hidden", "true");
  const bubble = element("div", "bubble");
  bubble.append(element("i"), element("i"), element("i"));
  item.append(bubble);
  return item;
}
