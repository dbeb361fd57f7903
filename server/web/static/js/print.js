// Before a print: the address on screen and the day are written where the paper shows them.
import { byId, h } from "./dom.js";
import { language, t } from "./i18n.js";
import { permalink } from "./state.js";

export function onPrint() {
  window.addEventListener("beforeprint", () => {
    const day = new Intl.DateTimeFormat(language(), { dateStyle: "long" }).format(new Date());
    byId("printed")?.remove();
    document.body.append(h("p", { id: "printed" }, t("print.line", { day }), " ", permalink()));
  });
}
