"use strict";
{
  const table = document.querySelector("#requests");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const details = row => document.getElementById(row.dataset.details);
  const value = (row, column) => {
    const text = row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
    const number = Number(text);
    return text === "" || text === "–" ? null : Number.isNaN(number) ? text.toLowerCase() : number;
  };

  const sort = heading => {
    const column = heading.cellIndex;
    const down = heading.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th").forEach(other => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const order = rows.map(row => [value(row, column), row]);
    // Rows without a value are last in both directions.
    order.sort(([a], [b]) => a === b ? 0 : a === null ? 1 : b === null ? -1
      : ((typeof a === typeof b ? a < b : typeof a === "number") ? -1 : 1) * (down ? -1 : 1));
    order.forEach(([, row]) => body.append(row));
  };
  table.querySelectorAll("th").forEach(heading =>
    heading.querySelector("button").addEventListener("click", () => sort(heading)));

  const search = document.querySelector("#search");
  const low = document.querySelector("#low");
  const statuses = [...document.querySelectorAll("#statuses input")];
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(statuses.filter(box => box.checked).map(box => box.value));
    let shown = 0;
    for (const row of rows) {
      const text = row.dataset.text.toLowerCase();
      const fits = wanted.has(row.dataset.status) && words.every(word => text.includes(word))
        && !(low && low.checked && row.dataset.low === "0");
      row.hidden = !fits;
      details(row).hidden = !fits;
      shown += fits;
    }
    document.querySelector("#shown").textContent = `${shown} of ${rows.length} shown`;
  };
  [search, low, ...statuses].filter(Boolean).forEach(input => input.addEventListener("input", filter));
  filter();

  const all = [...document.querySelectorAll("details.request")];
  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", open);
  open();
  document.querySelector("#openAll").addEventListener("click", () => {
    const closed = all.some(one => !one.open);
    all.forEach(one => one.open = closed);
  });
  // A player loads its video only when the user opens the request.
  all.forEach(one => one.addEventListener("toggle", () => {
    one.querySelectorAll("video").forEach(player => player.preload = "metadata");
  }));
  addEventListener("beforeprint", () => all.forEach(one => one.open = true));
}
