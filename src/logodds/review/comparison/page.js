"use strict";
const data = JSON.parse(document.getElementById("data").textContent);

// What is drawn and written of each run.
const parts = data.runs.map(() => []);
for (const element of document.querySelectorAll("[data-run]")) parts[element.dataset.run].push(element);

const shown = document.getElementById("shown");
let current = null;

function show(index) {
  if (index === current) return;
  if (current !== null) for (const element of parts[current]) element.classList.remove("on");
  current = index;
  shown.textContent = index === null ? "" : data.runs[index].label;
  if (index === null) return;
  for (const element of parts[index]) {
    element.classList.add("on");
    if (element.tagName === "g") element.parentNode.append(element); // on top of the others
  }
}

for (const event of ["pointerover", "focusin"]) {
  document.addEventListener(event, ({ target }) => {
    const found = target.closest("[data-run]");
    show(found ? Number(found.dataset.run) : null);
  });
}

// The ranking by any column.
const bodies = [...document.querySelector("#ranking").tBodies];
const value = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent;

function compare(one, other) {
  if (one === "" || other === "") return (one === "") - (other === "");
  const numbers = [Number(one), Number(other)];
  return numbers.some(Number.isNaN) ? one.localeCompare(other) : numbers[0] - numbers[1];
}

for (const button of document.querySelectorAll("#ranking thead button")) {
  button.addEventListener("click", () => {
    const head = button.parentNode;
    const column = head.cellIndex;
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = bodies.flatMap((body) => [...body.rows]).map((row) => [value(row, column), row]);
    const missing = ([one]) => one === "";
    rows.sort((one, other) => {
      const order = compare(one[0], other[0]);
      return down && !missing(one) && !missing(other) ? -order : order;
    });
    const sorted = rows.map(([, row]) => row);
    for (const [place, size] of bodies.map((part) => part.rows.length).entries()) {
      bodies[place].append(...sorted.splice(0, size));
    }
  });
}

document.getElementById("all")?.addEventListener("click", ({ target }) => {
  document.getElementById("rest").hidden = false;
  target.remove();
});

// The difference between any two runs, or configurations where seeds are repeats, in the words of logodds.comparison.differences.
const compared = data.configurations ?? data.runs;
const [one, other] = ["one", "other"].map((id) => document.getElementById(id));
const told = document.getElementById("difference");

function difference() {
  const [mine, theirs] = [one, other].map((select) => compared[select.value].words);
  const words = data.names.flatMap((name, index) => {
    const [word, instead] = [mine[index], theirs[index]];
    if (word === instead) return [];
    if (word === null) return [`no ${name} instead of ${instead}`];
    if (instead === null) return [`${name} ${word}, which the other lacks`];
    return [`${name} ${word} instead of ${instead}`];
  });
  told.textContent = words.join("; ") || "the same configuration";
}

if (told !== null) { // there are two
  for (const [select, chosen] of [[one, 0], [other, 1]]) {
    compared.forEach(({ label }, index) => select.add(new Option(label, index, false, index === chosen)));
    select.addEventListener("change", difference);
  }
  difference();
}
