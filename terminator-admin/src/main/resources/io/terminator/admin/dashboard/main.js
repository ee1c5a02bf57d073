// Polls the API and shows the responses; stops while paused, hidden, or without a token.

import { askForToken } from "./access.js";
import { ApiError, get, hasToken, useToken } from "./api.js";
import { showAttention } from "./attention.js";
import { showAcme, showBackends, showCertificates, showClients, showFailures, showLog, showPolicies, showPostQuantum, showRetirements, showStatus, showWorkers } from "./figures.js";
import { clock } from "./format.js";
import { setText } from "./tables.js";
import { watchUploads } from "./upload.js";

const BEAT_MS = 1000;

/** `every`: the interval in beats. */
const RESOURCES = [
  { name: "workers", every: 1, show: showWorkers },
  { name: "log", every: 1, show: showLog },
  { name: "backends", every: 1, show: showBackends },
  { name: "handshake-failures", every: 2, show: showFailures },
  { name: "certificates", every: 10, show: showCertificates },
  { name: "policies", every: 5, show: showPolicies },
  { name: "acme", every: 5, show: showAcme },
  { name: "retirements", every: 5, show: showRetirements },
  { name: "post-quantum", every: 10, show: showPostQuantum },
  { name: "clients", path: () => `clients/top?by=${kind.value}`, every: 3, show: showClients },
];

const latest = {};
const pause = document.getElementById("pause");
const leave = document.getElementById("leave");
const lost = document.getElementById("lost");
const kind = document.getElementById("clients-kind");

let lastAnswer = Date.now();
let paused = false;
let wake = () => {};

async function refresh(beat) {
  // The others wait for this request: a missing token is then refused once, not once per resource.
  await load({ name: "status", show: showStatus });
  await Promise.all(RESOURCES.filter(({ name, every }) => beat % every === 0 || !(name in latest)).map(load));
  showAttention(latest);
}

async function load({ name, path, show }) {
  latest[name] = await get(`v1/${path?.() ?? name}`);
  show(latest[name]);
}

async function run() {
  for (let beat = 0; ; beat++) {
    const begun = performance.now();
    if (!paused && !document.hidden) {
      await attempt(beat);
    }
    await new Promise((resolve) => {
      wake = resolve;
      setTimeout(resolve, Math.max(50, BEAT_MS - (performance.now() - begun)));
    });
  }
}

async function attempt(beat) {
  try {
    await refresh(beat);
    lastAnswer = Date.now();
    setText(lost, "");
    leave.hidden = !hasToken();
  } catch (failure) {
    if (!(failure instanceof ApiError)) {
      throw failure;
    }
    if (failure.status === 401) {
      await askForToken();
      wake();
    } else {
      setText(lost, `No new figures since ${clock(lastAnswer)}: ${failure.message}. Trying again.`);
    }
  }
  document.body.classList.toggle("stale", lost.textContent !== "");
}

pause.addEventListener("click", () => {
  paused = !paused;
  pause.ariaPressed = String(paused);
  wake();
});

kind.addEventListener("change", () => {
  delete latest.clients;
  wake();
});

leave.addEventListener("click", () => {
  useToken("");
  // Discards everything that was shown.
  location.reload();
});

document.addEventListener("visibilitychange", () => wake());

document.title = `Terminator ${location.host}`;

watchUploads((certificates) => {
  latest.certificates = certificates;
  showCertificates(certificates);
});

run();
