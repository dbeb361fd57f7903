// Small pieces that every part of the page uses.
import { Failure } from "./api.js";
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import { absolute } from "./root.js";

export function announce(text) {
  byId("status").textContent = text;
}

// Shows that something is awaited, then what came, or what went wrong with a way to retry.
export async function fill(root, task, show) {
  root.setAttribute("aria-busy", "true");
  root.replaceChildren(h("p", { class: "wait" }, t("loading")));
  try {
    const found = await task();
    root.replaceChildren(...[await show(found)].flat(Infinity).filter(Boolean));
  } catch (error) {
    root.replaceChildren(failure(error, () => fill(root, task, show)));
  } finally {
    root.removeAttribute("aria-busy");
  }
}

export function failure(error, retry) {
  const known = error instanceof Failure;
  if (!known) console.error(error);
  const text = known ? error.message : t("error.defect");
  announce(text);
  const again = retry && h("button", { type: "button", class: "small", onclick: retry }, t("retry"));
  return h("div", { class: "failure", role: "alert" }, h("p", {}, text), again);
}

export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    announce(t("copied"));
    flash(button, t("copied"));
  } catch {
    byIdOrPrompt(text, button);
  }
}

function byIdOrPrompt(text, button) {
  const field = h("input", { type: "text", readonly: true, value: text, "aria-label": t("copy.address") });
  button.after(field);
  field.select();
}

function flash(button, text) {
  const before = button.textContent;
  button.textContent = text;
  setTimeout(() => { button.textContent = before; }, 1500);
}

function copying(text, label, of, kept) {
  const name = of ? `${label} : ${of}` : label;
  return h("button", { type: "button", class: "link", "aria-label": name, ...kept, onclick: (event) => copy(text, event.currentTarget) }, label);
}

export const copyButton = (path, label = t("copy.address"), of = "") => copying(absolute(path), label, of, { "data-address": absolute(path) });

// What is asked by POST has no address that opens: the command that asks it is copied instead.
export function copyCommand(path, body, label = t("copy.command"), of = "") {
  const command = `curl -H 'Content-Type: application/json' -d '${JSON.stringify(body)}' '${absolute(path)}'`;
  return copying(command, label, of, { "data-command": command });
}

let serial = 0;
export const freshId = (prefix) => `${prefix}-${(serial += 1)}`;

export const tableRow = ([first, ...rest]) => h("tr", {}, h("th", { scope: "row" }, first), rest.map((cell) => h("td", {}, cell)));

// A scrolling table; the region can be focused so that the keyboard scrolls it.
export function table(caption, heads, rows) {
  const head = h("tr", {}, heads.map((text) => h("th", { scope: "col" }, text)));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", {}, caption), h("thead", {}, head), h("tbody", {}, rows.map(tableRow))));
}

export function details(summary, ...content) {
  return h("details", {}, h("summary", {}, summary), content);
}

export function field(label, control, hint) {
  const id = control.id || freshId("field");
  control.id = id;
  const note = hint && h("small", { id: `${id}-hint` }, hint);
  if (note) control.setAttribute("aria-describedby", note.id);
  return h("div", { class: "field" }, h("label", { for: id }, label), control, note);
}

// What is drawn anew keeps the keyboard where it was, if it is still there.
export async function keepingFocus(draw) {
  const { id } = document.activeElement;
  await draw();
  if (id && document.activeElement === document.body) byId(id)?.focus({ preventScroll: true });
}

export function select(options, chosen, onchange, id) {
  const listed = options.map(([value, text]) => h("option", { value, selected: value === chosen }, text));
  return h("select", { id, onchange: onchange && ((event) => onchange(event.currentTarget.value)) }, listed);
}

// A button that makes something: it waits, and says what went wrong with a way to retry.
export function maker(text, make) {
  const message = h("span");
  const button = h("button", { type: "button", class: "small" }, text);
  const run = async () => {
    button.setAttribute("aria-busy", "true");
    message.replaceChildren();
    try {
      await make();
    } catch (error) {
      message.replaceChildren(failure(error, run));
    } finally {
      button.removeAttribute("aria-busy");
    }
  };
  button.addEventListener("click", run);
  return [button, message];
}
