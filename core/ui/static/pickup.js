// The counter: takes scans wherever the focus is, answers without leaving the page, with tones and the camera.
// Without this file the same forms lead through the same steps.
"use strict";
(() => {
  const counter = document.querySelector("[data-counter]");
  const input = document.getElementById("code");
  const BURST_MS = 60; // between two keys of a scanner; nobody types so fast
  const SHORTEST_SCAN = 8;
  const SETTLE_MS = 300; // scanners that end a code with two Enters must not confirm what nobody has looked at
  const REFRESH_MS = 30_000;
  const IDLE_MS = 30 * 60_000;
  const fine = matchMedia("(pointer: fine)").matches; // on a phone the focus would open the keyboard

  // ---- Tones ----
  const MUTED = "jishi-counter-muted";
  const TONES = { ok: [[1320, 0, 0.12], [1760, 0.15, 0.2]], found: [[1320, 0, 0.07]], error: [[196, 0, 0.5]] };
  let audio;
  function play(kind) {
    const Audio = window.AudioContext || window.webkitAudioContext;
    if (!TONES[kind] || !Audio || localStorage.getItem(MUTED) === "yes") return;
    audio ||= new Audio();
    audio.resume();
    for (const [pitch, from, length] of TONES[kind]) {
      const voice = audio.createOscillator();
      const volume = audio.createGain();
      voice.type = kind === "error" ? "square" : "sine";
      voice.frequency.value = pitch;
      volume.gain.setValueAtTime(0.25, audio.currentTime + from);
      volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + from + length);
      voice.connect(volume).connect(audio.destination);
      voice.start(audio.currentTime + from);
      voice.stop(audio.currentTime + from + length);
    }
  }
  function drawMute(button) {
    const muted = localStorage.getItem(MUTED) === "yes";
    button.setAttribute("aria-pressed", String(muted));
    button.querySelectorAll("[data-when]").forEach((one) => { one.hidden = one.dataset.when !== String(muted); });
  }

  // ---- Showing an answer ----
  const part = (id, within = document) => within.getElementById(id);
  let shownAt = 0;
  let confirming = false;
  let looking = null;
  let queued = null;

  function refocus() { if (fine && !document.querySelector("dialog[open]")) input.focus(); }

  function show(page, listsOnly) {
    const result = part("pickup-result", page);
    if (!result) return false;
    if (!listsOnly) part("pickup-result").replaceChildren(...result.childNodes);
    part("pickup-lists").replaceWith(part("pickup-lists", page));
    const notes = [...page.querySelectorAll("[data-toast]")];
    part("toasts").append(...notes);
    if (notes.length) window.settle?.(part("toasts"));
    if (listsOnly) return true;
    shownAt = performance.now();
    const verdict = document.querySelector("[data-verdict]");
    play(verdict?.dataset.sound);
    verdict?.firstElementChild.scrollIntoView({ block: "nearest" });
    return true;
  }

  function fail(words) {
    const box = Object.assign(document.createElement("div"), { className: "card verdict verdict-danger" });
    box.dataset.verdict = "failed";
    box.append(Object.assign(document.createElement("strong"), { className: "verdict-title", textContent: words }));
    part("pickup-result").replaceChildren(box);
    play("error");
  }

  async function ask(address, options = {}, listsOnly = false) {
    const answer = await fetch(address, { headers: { "X-Requested-With": "counter" }, ...options });
    if (new URL(answer.url).pathname.endsWith("/login")) { location.reload(); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (show(page, listsOnly)) return;
    if (answer.ok) location.reload(); // another store has to be chosen first, say
    else fail(page.querySelector("h1")?.textContent || counter.dataset.failed);
  }

  // ---- Looking up, confirming ----
  async function look(fields) {
    if (confirming) { queued = fields; return; }
    looking?.abort();
    const mine = looking = new AbortController();
    input.value = "";
    counter.setAttribute("aria-busy", "true");
    try {
      await ask(`${location.pathname}?${new URLSearchParams(fields)}`, { signal: mine.signal });
    } catch (error) {
      if (error.name === "AbortError") return;
      fail(counter.dataset.offline);
    }
    if (looking === mine) { looking = null; counter.removeAttribute("aria-busy"); }
    if (document.querySelector("[data-verdict=refused] .verdict-typed, [data-verdict=failed]")) { input.value = fields.code; input.select(); }
    refocus();
  }

  async function send(form, listsOnly = false) {
    if (confirming) return;
    confirming = true;
    form.querySelector("button").setAttribute("aria-busy", "true");
    try {
      await ask(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }, listsOnly);
    } catch {
      fail(counter.dataset.unsure);
    }
    confirming = false;
    refocus();
    if (queued) { const next = queued; queued = null; look(next); }
  }

  function enter() {
    const form = document.querySelector("[data-confirm-handover]");
    if (form && !looking && !confirming && performance.now() - shownAt > SETTLE_MS) send(form);
  }

  function scan(text) {
    const code = text.trim();
    if (code) look({ code });
    else enter();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-counter-form]")) { event.preventDefault(); scan(input.value); }
    else if (form.matches("[data-counter-get]")) {
      event.preventDefault();
      look({ ...Object.fromEntries(new FormData(form)), [event.submitter.name]: event.submitter.value });
    } else if (form.matches("[data-counter-post]")) { event.preventDefault(); send(form); }
    else if (form.matches("[data-counter-list]")) { event.preventDefault(); send(form, true); }
  }, true);

  // ---- Keys from anywhere ----
  function digitOf(event) {
    if (/^[0-9]$/.test(event.key)) return event.key;
    return event.key === "Process" ? /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1] : undefined; // an input method is on
  }
  const takesText = (element) => element.matches("textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio])");
  let burst = { text: "", at: -1e9, place: null, before: "" };
  let redirectedAt = -1e9;

  function keyInText(event) {
    const place = event.target;
    if (event.timeStamp - burst.at > BURST_MS || burst.place !== place) burst = { text: "", at: 0, place, before: place.value };
    burst.at = event.timeStamp;
    if (event.key === "Enter" && burst.text.length >= SHORTEST_SCAN) {
      event.preventDefault();
      event.stopPropagation();
      place.value = burst.before;
      scan(burst.text);
    }
    burst.text = digitOf(event) ? burst.text + digitOf(event) : "";
  }

  function keyElsewhere(event) {
    const digit = digitOf(event);
    if (digit) {
      event.preventDefault();
      if (event.timeStamp - redirectedAt > 1000) input.value = "";
      redirectedAt = event.timeStamp;
      input.value += digit;
      input.focus();
    } else if (event.key === "Enter" && !event.target.closest("a, button, summary, label, input")) {
      event.preventDefault();
      enter();
    }
  }

  function watch() {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target === input || document.querySelector("dialog[open]")) return;
      if (takesText(event.target)) keyInText(event);
      else keyElsewhere(event);
    }, true);
    document.addEventListener("paste", (event) => {
      if (event.target !== input && takesText(event.target)) return;
      const text = event.clipboardData.getData("text").trim();
      if (event.target !== input || /^[0-9０-９]{8}$/.test(text)) { event.preventDefault(); scan(text); }
    });
    document.addEventListener("click", () => {
      if (document.activeElement === document.body && !getSelection().toString()) refocus();
    });
  }

  // ---- Camera ----
  let stream;
  function stopCamera() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    counter.querySelector("[data-camera-box]").hidden = true;
  }
  async function startCamera() {
    if (stream) { stopCamera(); return; }
    if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) {
      counter.querySelector("[data-camera-help]").hidden = false;
      return;
    }
    const video = counter.querySelector("video");
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      counter.querySelector("[data-camera-box]").hidden = false;
      await video.play();
    } catch {
      stopCamera();
      fail(counter.dataset.noCamera);
      return;
    }
    const detector = new window.BarcodeDetector({ formats: ["qr_code", "code_128", "code_39", "ean_13", "ean_8"] });
    const tick = async () => {
      if (!stream) return;
      const [found] = await detector.detect(video).catch(() => []);
      if (!stream) return;
      if (found) { stopCamera(); scan(found.rawValue); return; }
      setTimeout(tick, 150);
    };
    tick();
  }

  // ---- The lists keep up with the day, as long as somebody is there ----
  let touchedAt = performance.now();
  async function refresh() {
    const busy = looking || confirming || document.hidden || performance.now() - touchedAt > IDLE_MS;
    if (!busy && !part("pickup-lists").contains(document.activeElement)) {
      try { await ask(location.pathname, {}, true); } catch { /* the next one may get through */ }
    }
    setTimeout(refresh, REFRESH_MS);
  }

  function start() {
    const mute = counter.querySelector("[data-mute]");
    const camera = counter.querySelector("[data-camera]");
    mute.hidden = camera.hidden = false;
    drawMute(mute);
    mute.addEventListener("click", () => {
      localStorage.setItem(MUTED, localStorage.getItem(MUTED) === "yes" ? "no" : "yes");
      drawMute(mute);
      play("found");
      refocus();
    });
    camera.addEventListener("click", startCamera);
    counter.querySelector("[data-camera-close]").addEventListener("click", stopCamera);
    for (const type of ["pointerdown", "keydown"]) document.addEventListener(type, () => { touchedAt = performance.now(); }, true);
    watch();
    refocus();
    setTimeout(refresh, REFRESH_MS);
  }
  if (counter) start();

  // ---- The picklist remembers what was ticked until the window is closed ----
  const TICKS = "jishi-picked";
  const ticks = document.querySelector("[data-ticks]");
  if (ticks) {
    const done = new Set(JSON.parse(sessionStorage.getItem(TICKS) || "[]"));
    ticks.querySelectorAll("[data-tick]").forEach((box) => { box.checked = done.has(box.dataset.tick); });
    ticks.addEventListener("change", ({ target: box }) => {
      if (box.checked) done.add(box.dataset.tick);
      else done.delete(box.dataset.tick);
      sessionStorage.setItem(TICKS, JSON.stringify([...done]));
    });
  }
})();
