// The switches of the local servers: where sources disagree about what Zalo does.

import { element } from "./draw.js";
import { send } from "./phone.js";

const PLATFORMS = { zalo_bot: "Zalo Bot", zalo_oa: "Zalo OA" };
const WORDS = {
  http_errors: "Lỗi kèm mã HTTP thật",
  wrapped: "Webhook bọc trong result",
  drop_unpolled: "Mất tin khi không ai nghe",
  photo_url: "Ảnh ở trường photo_url",
  duplicates: "Webhook gửi lặp",
};

const opener = document.querySelector(".turn");
const dialog = document.querySelector(".switches");

function field(platform, name, value) {
  const label = element("label", "switch");
  const box = element("input");
  const flag = typeof value === "boolean";
  box.type = flag ? "checkbox" : "text";
  if (flag) box.checked = value;
  else box.value = value ?? "";
  box.addEventListener("change", () => turn(platform, name, value, box));
  label.append(box, element("span", "", WORDS[name] ?? name));
  return label;
}

async function turn(platform, name, before, box) {
  const typed = typeof before === "string" || box.value === "" ? box.value : Number(box.value);
  const value = typeof before === "boolean" ? box.checked : typed === "" ? null : typed;
  try {
    await send(`/control/switches/${platform}`, { [name]: value });
    box.setCustomValidity("");
  } catch (error) {
    box.setCustomValidity(error.message);
    box.reportValidity();
  }
}

export function showSwitches(switches) {
  const lists = Object.entries(switches).map(([platform, values]) => {
    const list = element("fieldset");
    list.append(element("legend", "", PLATFORMS[platform] ?? platform));
    for (const [name, value] of Object.entries(values)) list.append(field(platform, name, value));
    return list;
  });
  dialog.querySelector(".lists").replaceChildren(...lists);
  opener.hidden = !lists.length;
}

opener.addEventListener("click", () => dialog.showModal());
