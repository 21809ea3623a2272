// Papers of many lines: Enter goes on to the next box, and a row says at once what was scanned into it.
"use strict";
{
  const form = document.querySelector(".stock-paper");
  const lines = form.querySelector("[data-lines]");
  const SCANNED = /^\d{8,}$/; // a quantity of so many digits is the next article's barcode
  const rows = () => [...lines.querySelectorAll("[data-row]")];
  const inputs = (row) => ["code", "quantity"].map((field) => row.querySelector(`[name$=".${field}"]`));

  function addRow() {
    const numbers = rows().map((row) => Number(inputs(row)[0].name.split(".")[1]));
    const fresh = form.querySelector("template").content.cloneNode(true);
    fresh.querySelectorAll("[name], [id], [aria-describedby]").forEach((one) => {
      for (const key of ["name", "id", "aria-describedby"]) {
        const value = one.getAttribute(key);
        if (value) one.setAttribute(key, value.replace("__n__", Math.max(-1, ...numbers) + 1));
      }
    });
    lines.append(fresh);
    return rows().at(-1);
  }

  async function lookUp(row) {
    const [code] = inputs(row);
    const asked = code.value.trim();
    const about = row.querySelector("[id$=-about]");
    about.textContent = "";
    code.classList.remove("is-invalid");
    if (!asked) return;
    const answer = await fetch(`${form.dataset.lookup}?code=${encodeURIComponent(asked)}`);
    if (!answer.ok || code.value.trim() !== asked) return;
    const found = await answer.json();
    about.textContent = found.about || found.fault;
    about.classList.toggle("field-error", !found.about);
    about.classList.toggle("text-muted", Boolean(found.about));
    code.classList.toggle("is-invalid", !found.about);
  }

  function goOn(row) {
    const next = row.nextElementSibling || addRow();
    inputs(next)[0].focus();
    return next;
  }

  lines.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    const row = event.target.closest("[data-row]");
    const [code, quantity] = inputs(row);
    if (event.target === code) {
      if (code.value.trim()) quantity.focus();
    } else if (SCANNED.test(quantity.value.trim())) {
      const scanned = quantity.value.trim();
      quantity.value = "1";
      const next = goOn(row);
      inputs(next)[0].value = scanned;
      inputs(next)[1].focus();
      lookUp(next);
    } else if (quantity.value.trim()) {
      goOn(row);
    }
  });
  lines.addEventListener("change", (event) => {
    if (event.target.matches("[name$='.code']")) lookUp(event.target.closest("[data-row]"));
  });
  form.querySelector("[data-more-lines]").addEventListener("click", (event) => {
    event.preventDefault();
    inputs(addRow())[0].focus();
    for (let more = 4; more > 0; more -= 1) addRow();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input") && !lines.contains(event.target)) event.preventDefault();
  });
  if (!form.querySelector("[role=alert]")) form.querySelector("[autofocus]")?.focus();
}
