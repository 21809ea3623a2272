// What pages do beyond links and forms. Everything here is found by data attributes, and everything works without it.
"use strict";
document.documentElement.classList.remove("no-script");
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const on = (type, selector, act) =>
  document.addEventListener(type, (event) => {
    const found = event.target instanceof Element && event.target.closest(selector);
    if (found) act(found, event);
  });

// ---- Forms: pressed once, asked first ----
const dialog = document.getElementById("dialog");
const dialogBody = document.getElementById("dialog-body");

function ask(question, button) {
  const words = document.documentElement.lang === "en" ? ["Cancel", "Confirm"] : ["取消", "确定"];
  dialogBody.replaceChildren();
  const text = Object.assign(document.createElement("p"), { className: "dialog-text", textContent: question });
  const end = Object.assign(document.createElement("div"), { className: "dialog-end" });
  const no = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-light", textContent: words[0] });
  const yes = Object.assign(document.createElement("button"), {
    type: "button", className: `btn ${button?.classList.contains("btn-danger") ? "btn-danger" : "btn-primary"}`, textContent: words[1],
  });
  end.append(no, yes);
  dialogBody.append(text, end);
  dialog.showModal();
  return new Promise((resolve) => {
    no.onclick = () => dialog.close();
    yes.onclick = () => { resolve(true); dialog.close(); };
    dialog.addEventListener("close", () => { resolve(false); button?.focus(); }, { once: true });
  });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  const question = button?.dataset.confirm || form.dataset.confirm;
  if (question && !form.dataset.agreed) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (await ask(question, button)) {
      form.dataset.agreed = "yes";
      form.requestSubmit(button);
      delete form.dataset.agreed;
    }
    return;
  }
  if (form.method === "post" && !event.defaultPrevented) {
    setTimeout(() => all("button:not([type=button])", form).forEach((one) => one.setAttribute("aria-busy", "true")));
  }
}, true);
window.addEventListener("pageshow", () => all("[aria-busy=true]").forEach((one) => one.removeAttribute("aria-busy")));

// A switch that asks first goes back when the answer is no.
on("change", "[data-submit]", (input) => input.form.requestSubmit(input.form.querySelector("button")));

// ---- Rows of a form ----
on("click", "[data-add-row]", (button) => {
  const rows = all("[data-row]", button.parentElement);
  const last = rows.at(-1);
  const fresh = last.cloneNode(true);
  const number = Math.max(...rows.map((row) => Number(/\.(\d+)\./.exec(row.querySelector("[name]").name)[1]))) + 1;
  all("[name], [for], [id], [aria-describedby]", fresh).forEach((one) => {
    for (const key of ["name", "for", "id", "aria-describedby"]) {
      const value = one.getAttribute(key);
      if (value) one.setAttribute(key, value.replace(/([.-])\d+([.-])(?!.*[.-]\d+[.-])/, `$1${number}$2`));
    }
    if ("value" in one && one.type !== "checkbox") one.value = "";
    if (one.type === "checkbox") one.checked = false;
  });
  all(".field-error", fresh).forEach((one) => one.remove());
  last.after(fresh);
  fresh.querySelector("input, select, textarea")?.focus();
});
on("click", "[data-drop-row]", (button) => {
  const row = button.closest("[data-row]");
  if (all("[data-row]", row.parentElement).length > 1) row.remove();
  else all("input, select, textarea", row).forEach((one) => { one.value = ""; });
});

// ---- Tables ----
function count(box) {
  const form = box.form || document.getElementById(`${box.closest(".listing")?.id}-bulk`);
  if (!form) return;
  const chosen = all(`input[name=ids][form="${form.id}"]:checked`).length;
  form.classList.toggle("on", chosen > 0);
  const shown = form.querySelector("[data-picked]");
  if (shown) shown.textContent = chosen;
}
on("click", "[data-unfold]", (button) => button.setAttribute("aria-expanded", button.form.classList.toggle("open")));
on("change", "[data-pick-all]", (box) => {
  all("tbody input[name=ids]", box.closest("table")).forEach((one) => { one.checked = box.checked; });
  count(box);
});
on("change", "input[name=ids]", count);
on("click", "tr[data-href]", (row, event) => {
  if (!event.target.closest("a, button, input, label, summary") && !getSelection().toString()) location.href = row.dataset.href;
});

// ---- Dialogs: a link to a form opens the form here; without this file it is a page ----
on("click", "a[data-dialog]", async (link, event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const answer = await fetch(link.href, { headers: { "X-Requested-With": "dialog" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page.querySelector("#form-card");
  if (!answer.ok || answer.redirected || !part) { location.href = link.href; return; }
  const form = part.querySelector("form");
  if (form && !form.getAttribute("action")) form.setAttribute("action", link.getAttribute("href"));
  dialogBody.replaceChildren(part);
  window.htmx?.process(dialogBody);
  dialog.showModal();
  dialogBody.querySelector("input:not([type=hidden]), select, textarea")?.focus();
});
on("click", "#dialog [data-close]", (link, event) => { event.preventDefault(); dialog.close(); });
dialog?.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

// ---- Menus and the drawer ----
document.addEventListener("click", (event) => {
  all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") all("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  if (event.key === "/" && !event.target.closest("input, textarea, select")) {
    const search = document.querySelector("input[type=search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  }
});

// ---- Toasts ----
function settle(within) {
  all("[data-toast]", within).forEach((note) => {
    if (note.classList.contains("tone-danger")) { note.addEventListener("click", () => note.remove()); return; }
    setTimeout(() => note.classList.add("leaving"), 5000);
    setTimeout(() => note.remove(), 5400);
  });
  within.querySelector("[data-focus]")?.focus();
}

// ---- Charts ----
const PALETTE = ["#1f5eff", "#e8590c", "#0b7a4b", "#9a5b00", "#7048e8", "#0c8599", "#c2255c", "#5c940d"];
const yuan = (fen) => `¥${(fen / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2 })}`;
const written = { money: yuan, percent: (value) => `${(value * 100).toFixed(1)}%`, number: (value) => value.toLocaleString("zh-CN") };
const axis = { money: (fen) => `¥${(fen / 100).toLocaleString("zh-CN")}`, percent: (value) => `${Math.round(value * 100)}%`, number: (value) => value.toLocaleString("zh-CN") };

function option({ kind, unit, labels, series }) {
  const text = { color: "#5f6b7c", fontSize: 12 };
  const base = {
    color: PALETTE, animationDuration: 300, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, valueFormatter: written[unit] },
    legend: series.length > 1 ? { top: 0, right: 0, textStyle: text, icon: "roundRect", itemWidth: 14, itemHeight: 4 } : undefined,
  };
  if (kind === "pie" || kind === "funnel") {
    const data = labels.map((name, at) => ({ name, value: series[0].values[at] }));
    return {
      ...base, tooltip: { ...base.tooltip, trigger: "item" },
      legend: { bottom: 0, textStyle: text, icon: "circle", itemWidth: 8, itemHeight: 8, type: labels.length > 6 ? "scroll" : "plain" },
      series: [kind === "pie"
        ? { type: "pie", radius: ["48%", "72%"], center: ["50%", "44%"], itemStyle: { borderColor: "#fff", borderWidth: 2, borderRadius: 4 }, label: { show: false }, data }
        : { type: "funnel", left: "8%", right: "8%", top: 10, bottom: 40, gap: 3, label: { position: "inside" }, data }],
    };
  }
  const category = { type: "category", data: labels, axisLine: { lineStyle: { color: "#d5dbe4" } }, axisTick: { show: false }, axisLabel: text };
  const value = { type: "value", splitNumber: innerWidth < 576 ? 3 : 5, axisLabel: { ...text, formatter: axis[unit] }, splitLine: { lineStyle: { color: "#edf0f5", type: "dashed" } } };
  const lying = kind === "rows";
  return {
    ...base, grid: { left: 8, right: 12, top: series.length > 1 ? 34 : 14, bottom: 4, containLabel: true },
    xAxis: lying ? value : category, yAxis: lying ? { ...category, inverse: true } : value,
    series: series.map((one, at) => ({
      name: one.name, data: one.values, type: kind === "line" ? "line" : "bar", smooth: 0.25, showSymbol: labels.length < 3, barMaxWidth: 26,
      itemStyle: { borderRadius: kind === "line" ? 0 : lying ? [0, 4, 4, 0] : [4, 4, 0, 0] },
      lineStyle: one.dashed ? { type: "dashed", width: 1.5 } : { width: 2.5 },
      areaStyle: kind === "line" && !one.dashed && at === 0 ? { opacity: 0.1 } : undefined,
    })),
  };
}
function draw(within) {
  if (!window.echarts) return;
  all("[data-chart]", within).forEach((box) => {
    const chart = window.echarts.init(box);
    chart.setOption(option(JSON.parse(box.dataset.chart)));
    new ResizeObserver(() => chart.resize()).observe(box);
  });
}

// ---- Long work: a part that asks again until it is done ----
function follow(within) {
  all("[data-refresh]", within).forEach((part) => {
    setTimeout(async () => {
      if (!part.isConnected) return;
      const answer = await fetch(location.href, { headers: { "X-Requested-With": "refresh" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
      if (!fresh || answer.redirected) { location.reload(); return; }
      part.replaceWith(fresh);
      start(fresh.parentElement);
    }, Number(part.dataset.refresh) * 1000);
  });
}

// ---- Small ones ----
on("click", "[data-print]", () => window.print());
on("click", "[data-copy]", async (button) => {
  await navigator.clipboard?.writeText(button.dataset.copy);
  button.classList.add("copied");
});

function start(within) { settle(within); draw(within); follow(within); }
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = document.querySelector('meta[name="csrf-token"]').content;
});
document.addEventListener("htmx:afterSettle", (event) => start(event.detail.elt));
start(document);
