// The switches of the local servers: where sources disagree about what Zalo does.

import { element } from "./draw.js";
import { send } from "./phone.js";

const PLATFORMS = { zalo_bot: "Zalo Bot", zalo_oa: "Zalo OA" };
const WORDS = {
  http_errors: "Lỗi kèm mã HTTP thật",
  camel_case: "Lỗi ghi là errorCode",
  wrapped: "Webhook bọc trong result",
  photo_url: "Ảnh ở trường photo_url",
  drop_unpolled: "Mất tin khi không ai nghe",
  empty_info: "getWebhookInfo trả lời rỗng",
  duplicates: "Webhook gửi lặp",
  users: "Số người được nhắn",
  messages: "Số tin mỗi tháng",
  webhook_tries: "Số lần gửi webhook",
  webhook_seconds: "Giây chờ webhook",
  free_hours: "Giờ trả lời miễn phí",
  free_replies: "Số tin miễn phí (trống: không hạn)",
  paid_hours: "Giờ còn trả lời được",
  price: "Giá một tin (đồng)",
  balance: "Tiền trong tài khoản (đồng)",
  calls_a_minute: "Số lệnh mỗi phút",
  uploads_a_month: "Số tệp mỗi tháng",
  day_quota: "Số tin mẫu mỗi ngày",
  night: "Không nhận tin mẫu ban đêm",
  admins: "Số điện thoại quản trị (84…)",
  buttons: "Kiểu nút (any, button, none)",
  form_picture: "Thẻ xin thông tin phải có ảnh",
  receipts: "Báo tin đã tới",
  template_receipts: "Báo tin mẫu đã tới",
  echoes: "Báo lại tin của OA",
  old_form: "Thông tin gửi theo kiểu cũ",
  mac_time: "Chữ ký: giờ ở body hoặc header",
  mac_first: "Chữ ký: mã app hoặc oa",
  mac_last: "Chữ ký: khóa oa hoặc app",
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
  box.readOnly = Array.isArray(value);
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
