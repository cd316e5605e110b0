// atmo: small conveniences; every page works without them.
(function () {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  // The theme follows the system until somebody chooses. Set before anything is painted.
  function remembered() {
    try { return localStorage.getItem("theme"); } catch { return null; }
  }
  function applyTheme() {
    root.dataset.bsTheme = remembered() || (dark.matches ? "dark" : "light");
  }
  function toggleTheme() {
    const wanted = root.dataset.bsTheme === "dark" ? "light" : "dark";
    const system = dark.matches ? "dark" : "light";
    try {
      if (wanted === system) localStorage.removeItem("theme");
      else localStorage.setItem("theme", wanted);
      applyTheme();
    } catch {
      root.dataset.bsTheme = wanted; // storage is switched off: for this page only
    }
  }
  root.classList.add("js");
  applyTheme();
  dark.addEventListener("change", applyTheme);

  // Times: how far away, beside the UTC that the server wrote, and the viewer's own time as the title.
  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  function distance(moment, now) {
    const seconds = (moment - now) / 1000;
    const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size * 0.99) || [null, 60];
    if (unit) return relative.format(Math.round(seconds / size), unit);
    return seconds < 5 ? "just now" : "in under a minute";
  }
  // The server's clock counts: the embedded cloud's runs faster, and the viewer's may be wrong.
  let ahead = 0;
  function readClock() {
    const live = document.querySelector("[data-now]");
    if (live) ahead = Date.parse(live.dataset.now) - Date.now();
  }
  function tellTimes(part) {
    for (const element of part.querySelectorAll("time[datetime]")) {
      const moment = new Date(element.dateTime);
      element.title = local.format(moment) + ", your time";
      let note = element.querySelector(".ago");
      if (!note) {
        note = document.createElement("span");
        note.className = "ago";
        element.append(" ", note);
      }
      note.textContent = distance(moment, Date.now() + ahead);
    }
  }

  // What goes on counts on, as the server would write it (chalicelib/core/text.py: duration).
  function span(seconds) {
    const minutes = Math.floor(seconds / 60);
    if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${minutes % 60} min`;
    return minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
  }
  function countOn() {
    if (document.hidden) return;
    for (const element of document.querySelectorAll("[data-since]")) {
      element.textContent = span(Math.max(0, Math.round((Date.now() + ahead - Date.parse(element.dataset.since)) / 1000)));
    }
  }

  // The next runs on the viewer's own clock too, where that shows another time than those that the server wrote.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  const clock = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  function wall(moment) {
    const part = Object.fromEntries(clock.formatToParts(moment).map((found) => [found.type, found.value]));
    return `${part.weekday} ${part.day} ${part.month}, ${part.hour}:${part.minute}`;
  }
  function tellYours(part) {
    for (const element of part.querySelectorAll("[data-yours]")) {
      const yours = wall(new Date(element.dataset.yours));
      element.hidden = yours === element.dataset.wall || zone === "UTC";
      element.textContent = `${yours}, your time`;
      element.title = zone.replaceAll("_", " ");
    }
  }

  // Copying: buttons appear where the browser can copy.
  function offerCopies(part) {
    if (!navigator.clipboard) return;
    for (const button of part.querySelectorAll("[data-copy] > .copy")) button.hidden = false;
  }
  async function copy(button) {
    await navigator.clipboard.writeText(button.closest("[data-copy]").querySelector("code").textContent);
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1500);
  }

  function dress(part) {
    tellTimes(part);
    tellYours(part);
    offerCopies(part);
    for (const toggle of part.querySelectorAll("[data-theme-toggle]")) toggle.hidden = false;
  }

  function setMenu(button, open) {
    button.setAttribute("aria-expanded", String(open));
    document.getElementById("menu").classList.toggle("open", open);
  }
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-copy] > .copy, [data-theme-toggle], [data-menu]");
    if (!target) return;
    if (target.matches(".copy")) copy(target);
    else if (target.matches("[data-theme-toggle]")) toggleTheme();
    else setMenu(target, target.getAttribute("aria-expanded") !== "true");
  });

  // Escape closes what lies open over the page, and gives focus back to what opened it.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    const panel = document.activeElement.closest(".confirm[open]") || document.querySelector(".confirm[open]");
    const menu = document.querySelector("[data-menu][aria-expanded=true]");
    if (panel) {
      panel.open = false;
      panel.querySelector("summary").focus();
    } else if (menu) {
      setMenu(menu, false);
      menu.focus();
    }
  });

  // Large notebooks go straight to S3 while the rest of the form is filled in; the form then names the upload.
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1) + " MB";
  function tell(box, text, failed) {
    const state = box.querySelector("[data-upload-state]");
    state.hidden = !text;
    state.textContent = text;
    state.classList.toggle("upload-failed", Boolean(failed));
  }
  function hold(box, id, name) {
    const form = box.closest("form"), input = box.querySelector("input[type=file]");
    input.dataset.required ??= input.required;
    input.required = input.dataset.required === "true" && !id;
    for (const [part, value] of [["upload", id], ["job", ""], ["number", ""], ["name", name]]) {
      form.elements["notebook_" + part].value = value;
    }
  }
  async function ticketFor(box, file) {
    const asked = new URLSearchParams({ csrf_token: box.closest("form").elements.csrf_token.value, name: file.name, size: file.size });
    const answer = await fetch(box.dataset.upload, { method: "POST", body: asked });
    const found = await answer.json().catch(() => ({ detail: "" }));
    if (answer.status === 401 || answer.status === 403) {
      throw new Error("You have been signed out. Send the form: you can sign in again then, and it comes back with what you typed. Choose the file again there.");
    }
    if (!answer.ok) throw new Error(found.detail || "The upload was not accepted. Reload the page and try again.");
    return found;
  }
  function send(ticket, file, progress) {
    return new Promise((done, failed) => {
      const body = new FormData();
      for (const [name, value] of Object.entries(ticket.fields)) body.append(name, value);
      body.append("file", file);
      const sending = new XMLHttpRequest();
      const lost = () => failed(new Error("The upload was interrupted. Choose the file again."));
      sending.upload.onprogress = (event) => progress(event.loaded / Math.max(event.total, 1));
      sending.onload = () => (sending.status < 300 ? done() : lost());
      sending.onerror = lost;
      sending.open("POST", ticket.url);
      sending.send(body);
    });
  }
  let newest = 0;
  async function upload(box, input) {
    const file = input.files[0], mine = (newest += 1);
    hold(box, "", "");
    tell(box, "");
    const buttons = box.closest("form").querySelectorAll(".actions button");
    for (const button of buttons) button.disabled = false;
    if (!file || file.size <= Number(box.dataset.from)) return;
    input.value = ""; // the form itself stays small
    if (file.size > Number(box.dataset.most)) {
      tell(box, `${file.name} has ${megabytes(file.size)}; at most ${megabytes(Number(box.dataset.most))} are accepted. Clear its outputs and choose it again.`, true);
      return;
    }
    for (const button of buttons) button.disabled = true;
    try {
      tell(box, `Uploading ${file.name}, ${megabytes(file.size)} …`);
      const ticket = await ticketFor(box, file);
      await send(ticket, file, (share) => {
        if (mine === newest) tell(box, `Uploading ${file.name}: ${Math.floor(share * 100)} % of ${megabytes(file.size)}`);
      });
      if (mine !== newest) return;
      hold(box, ticket.id, file.name);
      tell(box, `✓ ${file.name}, ${megabytes(file.size)}, has been uploaded. It will be checked when you send the form.`);
    } catch (error) {
      if (mine === newest) tell(box, error.message, true);
    }
    if (mine === newest) for (const button of buttons) button.disabled = false;
  }
  document.addEventListener("change", (event) => {
    const box = event.target.closest("[data-upload]");
    if (box && event.target.matches("input[type=file]")) upload(box, event.target);
  });

  // The file of a public key may be dropped onto the field for it. A private one is not even read into the page.
  const keyField = (event) => event.target.closest && event.target.closest("[data-takes-key]");
  const carriesFile = (event) => Array.from(event.dataTransfer.types).includes("Files");
  document.addEventListener("dragover", (event) => {
    if (keyField(event) && carriesFile(event)) event.preventDefault();
  });
  document.addEventListener("drop", async (event) => {
    const field = keyField(event);
    if (!field || !carriesFile(event)) return;
    event.preventDefault();
    const file = event.dataTransfer.files[0];
    const text = file.size <= Number(field.dataset.takesKey) ? await file.text() : "";
    const refusal = !text ? `${file.name} is no public key: those are short texts. Choose the file that ends in .pub.`
      : /PRIVATE KEY|Private-Lines:/.test(text) ? `${file.name} is a private key, which must not leave your computer. Choose the file that ends in .pub.` : "";
    field.parentElement.querySelector("[data-drop-refusal]")?.remove();
    if (!refusal) {
      field.value = text;
      field.focus();
      return;
    }
    const note = document.createElement("p");
    note.className = "field-error";
    note.dataset.dropRefusal = "";
    note.setAttribute("role", "alert");
    note.textContent = refusal;
    field.after(note);
  });

  // The browser checks a form before it is sent, by the attributes that the server's own checks are made into
  // (chalicelib/core/constraints.py). What is wrong in a fold is unfolded. What another choice hides, such as the cron expression of a
  // daily job, is not looked at: what is read-only is not checked. HTML has no patterns for text areas.
  function matchPattern(area) {
    const fits = !area.value || new RegExp(`^(?:${area.dataset.pattern})$`, "v").test(area.value);
    area.setCustomValidity(fits ? "" : area.title);
  }
  function bringToLight(field) {
    for (let fold; (fold = field.closest("details:not([open])")); ) fold.open = true;
    if (field.checkVisibility()) return;
    field.readOnly = true;
    setTimeout(() => { field.readOnly = false; });
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || !button.form || button.type !== "submit" || button.formNoValidate) return;
    if (button.form.matches("[data-folds]")) button.form.noValidate = false;
    for (const field of button.form.elements) {
      if (field.dataset.pattern) matchPattern(field);
      if (field.willValidate && !field.validity.valid) bringToLight(field);
    }
  }, true);

  // What is too large for API Gateway and Lambda is not sent: the answer would be theirs, and what was typed might be lost.
  const maxBytes = () => Number(document.body.dataset.formBytes);
  function sizeOf(form) {
    if (form.method !== "post") return 0;
    const given = new FormData(form);
    if (form.enctype !== "multipart/form-data") return new URLSearchParams(given).toString().length;
    let size = 0;
    for (const [name, value] of given) size += name.length + 200 + (typeof value === "string" ? new Blob([value]).size : value.size);
    return size;
  }
  function refuse(form, size) {
    const note = form.querySelector("[data-too-large]") || document.createElement("p");
    note.className = "notice notice-fail";
    note.dataset.tooLarge = "";
    note.id = "too-large"; // so that no merge takes it for something of the page
    note.tabIndex = -1;
    note.setAttribute("role", "alert");
    note.textContent = `This was not sent: it has ${megabytes(size)}, and at most ${megabytes(maxBytes())} are accepted. Nothing you typed is lost. Shorten the longest text, or choose a smaller file.`;
    form.prepend(note);
    note.focus();
  }
  document.addEventListener("submit", (event) => {
    const size = sizeOf(event.target);
    if (size <= maxBytes()) {
      event.target.querySelector("[data-too-large]")?.remove();
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    refuse(event.target, size);
  }, true);

  // A form is sent once, however often its button is clicked.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button) setTimeout(() => { button.disabled = true; });
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;
  });

  // A live part asks for itself again and again, with the stamp of what it shows; 304 says that nothing has changed.
  const stamps = new WeakMap();
  document.addEventListener("htmx:configRequest", (event) => {
    const stamp = stamps.get(event.detail.elt);
    if (stamp) event.detail.headers["If-None-Match"] = stamp;
  });
  // Nobody looks at a hidden page, and hardly anybody at one that nobody has touched for minutes and on which nothing happens: that
  // asks less often, until a hand moves. Each asking costs the site something.
  const RESTS_AFTER = 5 * 60 * 1000, AT_REST = 15 * 1000;
  let lively = Date.now(), looked = 0;
  for (const sign of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart", "visibilitychange"]) {
    document.addEventListener(sign, () => {
      const rested = Date.now() - lively > RESTS_AFTER;
      lively = Date.now();
      if (rested) renew();
    }, { passive: true });
  }
  document.addEventListener("htmx:beforeRequest", (event) => {
    const now = Date.now(), rests = now - lively > RESTS_AFTER && now - looked < AT_REST;
    if (document.hidden || (event.detail.elt.id === "live" && rests)) event.preventDefault();
    else if (event.detail.elt.id === "live") looked = now;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, elt } = event.detail;
    if (xhr.status === 304) event.detail.shouldSwap = false;
    if ((xhr.status === 304 || event.detail.shouldSwap) && xhr.getResponseHeader("ETag")) stamps.set(elt, xhr.getResponseHeader("ETag"));
    if (event.detail.shouldSwap && elt.id === "live") {
      before = words();
      lively = Date.now();
    }
  });
  function renew() {
    const part = document.getElementById("live");
    if (part && part.hasAttribute("hx-get")) htmx.trigger(part, "renew");
  }

  // What is changed is merged into the page (idiomorph). The person's own doings stay: folds, what was typed or chosen, buttons that
  // were pressed; and so does what this script has added.
  const touched = (field) =>
    (field.type === "checkbox" || field.type === "radio") ? field.checked !== field.defaultChecked
      : field.tagName === "SELECT" || field.value !== field.defaultValue;
  function stays(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) return false;
    if (old.matches("[data-own]")) return old.id === fresh.id;
    if (old.matches("time")) return old.dateTime === fresh.dateTime;
    if (old.matches("[data-since]")) return old.dataset.since === fresh.dataset.since;
    return old.matches("input:not([type=hidden]), textarea, select") && (old === document.activeElement || touched(old));
  }
  function mergeGently() {
    if (!window.Idiomorph) return;
    Object.assign(Idiomorph.defaults.callbacks, {
      beforeNodeMorphed: (old, fresh) => !stays(old, fresh),
      beforeNodeRemoved: (old) => !(old.nodeType === Node.ELEMENT_NODE && old.matches("[data-too-large]")),
      beforeAttributeUpdated: (name, element) =>
        !((name === "open" && element.matches("details")) || (name === "hidden" && element.matches(".copy, [data-yours]")) ||
          (name === "disabled" && element.matches("button"))),
    });
  }

  // Changed states are read out, politely: "etl: Ready".
  let before = null;
  function words() {
    return [...document.querySelectorAll("#live .status")].map((state) => {
      const place = state.closest("tr, .page-head, section");
      const name = place && place.querySelector("h1, .main-link, h2");
      return (name ? name.textContent.trim() + ": " : "") + state.textContent.trim();
    });
  }
  function sayChanges() {
    if (!before) return;
    const fresh = words().filter((word) => !before.includes(word));
    before = null;
    if (fresh.length) document.querySelector("[data-said]").textContent = fresh.slice(0, 3).join(". ");
  }

  function tellSignedOut(form) {
    if (form.querySelector("[data-signed-out]")) return;
    const note = document.createElement("p");
    note.className = "notice notice-warn";
    note.dataset.signedOut = "";
    note.setAttribute("role", "alert");
    note.textContent = "You have been signed out. Go on typing: when you send the form, you can sign in again, and it comes back with what you typed.";
    form.prepend(note);
  }
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status !== 401) return;
    const form = event.target.closest("form");
    if (form) tellSignedOut(form); // what was typed stays
    else location.reload(); // signed out meanwhile: to the sign-in, and back here
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    readClock();
    dress(event.target.parentElement || document);
    sayChanges();
  });

  // Somebody who comes back to a page that does not follow by itself is told when it is outdated.
  const STALE = 10000;
  let asked = Date.now();
  async function checkFreshness() {
    const modified = document.querySelector("meta[name=modified]");
    const notice = document.querySelector("[data-outdated]");
    if (!modified || !notice.hidden || document.querySelector("#live[hx-get]") || Date.now() - asked < STALE) return;
    asked = Date.now();
    const answer = await fetch(location.href, { headers: { "HX-Request": "true" } }).catch(() => null);
    const now = answer && answer.headers.get("X-ATMO-Modified-Date");
    notice.hidden = !now || now === modified.content;
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    renew();
    checkFreshness();
  });
  window.addEventListener("focus", checkFreshness);

  document.addEventListener("DOMContentLoaded", () => {
    ahead = Date.parse(document.querySelector("meta[name=now]").content) - Date.now();
    readClock();
    dress(document);
    mergeGently();
    setInterval(() => tellTimes(document), 20000);
    setInterval(countOn, 1000);
  });
})();
