// The page reads the same addresses that any client reads.
const $ = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 1 });

async function read(address) {
  const answer = await fetch(address);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  return body;
}

function cell(kind, text) {
  const element = document.createElement(kind);
  element.textContent = text;
  return element;
}

function shown(measure) {
  if (measure.value === null) return measure.withheld?.fr ?? "non disponible";
  return `${number.format(measure.value)} ${measure.unit}`;
}

function row(measure, names, insee) {
  const line = document.createElement("tr");
  const head = cell("th", names.get(measure.id) ?? measure.id);
  head.scope = "row";
  const vintages = Object.values(measure.vintages ?? {}).filter(Boolean);
  const link = document.createElement("a");
  link.href = `/indicators/${measure.id}/explain?town=${insee}`;
  link.textContent = "voir";
  const last = document.createElement("td");
  last.append(link);
  const cells = [shown(measure), [...new Set(vintages)].join(", "), measure.evidence ?? ""];
  line.append(head, ...cells.map((text) => cell("td", text)), last);
  return line;
}

const { towns } = await read("/towns");
const { indicators } = await read("/indicators");
const names = new Map(indicators.map((i) => [i.id, i.name?.fr ?? i.id]));
for (const town of towns) {
  const option = document.createElement("option");
  option.value = `${town.name} (${town.insee})`;
  $("towns").append(option);
}

$("search").addEventListener("submit", async (event) => {
  event.preventDefault();
  $("result").hidden = true;
  $("message").textContent = "Calcul en cours…";
  try {
    const text = $("town").value;
    const code = text.match(/\b(\d[\dAB]\d{3})\b/)?.[1];
    const insee = code ?? (await read(`/towns?q=${encodeURIComponent(text)}`)).towns[0]?.insee;
    if (!insee) throw new Error(`Aucune ville ne s'appelle « ${text} ».`);
    const town = towns.find((candidate) => candidate.insee === insee);
    const { measures } = await read(`/towns/${insee}/indicators`);
    $("name").textContent = town?.name ?? insee;
    $("fictitious").hidden = !measures.some((measure) => measure.fictitious);
    $("measures").replaceChildren(...measures.map((measure) => row(measure, names, insee)));
    $("message").textContent = "";
    $("result").hidden = false;
  } catch (error) {
    $("message").textContent = error.message;
  }
});
document.body.dataset.ready = String(towns.length);
