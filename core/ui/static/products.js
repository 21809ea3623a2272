// One more SKU on the product's form without a round trip; the button sends the form where this file is missing.
"use strict";
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-more-skus]");
  if (!button) return;
  event.preventDefault();
  const box = button.closest("[data-sku-rows]");
  const numbers = [...box.querySelectorAll("[name^='skus.']")].map((one) => Number(one.name.split(".")[1]));
  const number = Math.max(-1, ...numbers) + 1;
  const fresh = box.querySelector("template").content.cloneNode(true);
  fresh.querySelectorAll("[name], [for], [id], [aria-describedby]").forEach((one) => {
    for (const key of ["name", "for", "id", "aria-describedby"]) {
      const value = one.getAttribute(key);
      if (value) one.setAttribute(key, value.replace("__n__", number));
    }
  });
  button.before(fresh);
  button.previousElementSibling.querySelector("input").focus();
});

// A scanner ends what it types with Enter: in a field for barcodes that is a new line, elsewhere it would save.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.(".sku-row input")) event.preventDefault();
});
