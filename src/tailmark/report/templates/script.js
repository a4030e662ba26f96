"use strict";
(() => {
  const value = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return "";
    const number = parseFloat(cell.dataset.v);
    return Number.isNaN(number) ? cell.textContent.trim().toLowerCase() : number;
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));

  // Rows move within their own block only: methods of different splits do not compete.
  const sort = (table, header) => {
    const column = header.cellIndex;
    const first = header.classList.contains("num") ? "descending" : "ascending";
    const other = first === "descending" ? "ascending" : "descending";
    const order = header.getAttribute("aria-sort") === first ? other : first;
    table.querySelectorAll("th[aria-sort]").forEach((th) => th.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", order);
    for (const body of table.tBodies) {
      const rows = [...body.rows].filter((row) => row.cells.length > 1 && !row.classList.contains("reference"));
      const rest = [...body.rows].filter((row) => row.classList.contains("reference"));
      rows.sort((a, b) => (order === "ascending" ? 1 : -1) * compare(value(a, column), value(b, column)));
      body.append(...rows, ...rest);
    }
  };

  const sortable = (table) => {
    for (const header of table.tHead.rows[table.tHead.rows.length - 1].cells) {
      header.classList.add("sort");
      header.tabIndex = 0;
      header.addEventListener("click", () => sort(table, header));
      header.addEventListener("keydown", (event) => {
        if (event.key === "Enter") sort(table, header);
      });
    }
  };

  // A filter hides rows, or whole row groups where a group is one printed row.
  const filterable = (table, tools) => {
    const grouped = table.classList.contains("compare");
    const units = () => (grouped ? [...table.tBodies] : [...table.querySelectorAll("tbody tr:not(.head)")]);
    const search = Object.assign(document.createElement("input"), { type: "search", placeholder: "Filter rows" });
    search.setAttribute("aria-label", "Filter rows");
    tools.append(search);
    const verdicts = [...new Set(units().flatMap((unit) => (unit.dataset.verdicts || "").split("|")))].filter(Boolean);
    const select = document.createElement("select");
    select.setAttribute("aria-label", "Filter by verdict");
    select.append(new Option("every verdict", ""), ...verdicts.map((name) => new Option(name, name)));
    if (verdicts.length > 1) tools.append(select);
    const apply = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const unit of units()) {
        const text = unit.textContent.toLowerCase();
        const fits = words.every((word) => text.includes(word));
        const judged = !select.value || (unit.dataset.verdicts || "").split("|").includes(select.value);
        unit.hidden = !(fits && judged);
      }
    };
    search.addEventListener("input", apply);
    select.addEventListener("change", apply);
  };

  for (const table of document.querySelectorAll("table[data-tools]")) {
    const tools = document.createElement("div");
    tools.className = "tools";
    table.closest(".scroll").before(tools);
    filterable(table, tools);
    if (table.dataset.tools.includes("sort")) sortable(table);
  }
})();
