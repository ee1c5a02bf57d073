// Shows the API's responses on the page: one function for each resource.

import { LiveChart } from "./charts.js";
import { brief, count, date, moment, perSecond, size, traffic, uptime, words } from "./format.js";
import { cell, fill, fillList, long, marked, number, setText } from "./tables.js";

const MOST_CERTIFICATES = 200;
const EXPIRY_LOOKS = { expiring: "number warn", expiring_soon: "number bad" };

const id = (name) => document.getElementById(name);
const body = (name) => id(name).tBodies[0];

let throughput;
let handshakes;

/** Called once, when there is data to draw: before that the page may have no size. */
function drawCharts() {
  throughput ??= new LiveChart(
    id("throughput"),
    [
      { name: "from clients", colour: "--first" },
      { name: "to clients", colour: "--second", dash: [6, 3] },
    ],
    traffic,
    1000,
  );
  handshakes ??= new LiveChart(
    id("handshakes"),
    [
      { name: "handshakes", colour: "--first" },
      { name: "connections", colour: "--second", dash: [6, 3] },
    ],
    perSecond,
    5,
  );
}

/** Whether a listener terminates TLS: without one, it is right to have no certificate. */
let isTerminating = true;

export function showStatus(status) {
  isTerminating = status.terminatingListeners !== 0;
  drawCharts();
  const now = status.throughput;
  throughput.add([now.bytesInPerSecond, now.bytesOutPerSecond]);
  handshakes.add([now.handshakesPerSecond, now.connectionsPerSecond]);
  setText(id("version"), status.version);
  setText(id("state"), status.state);
  id("state").className = status.state === "serving" ? "state good" : "state warn";
  const figures = {
    active: count(status.connectionsActive),
    "handshake-rate": perSecond(now.handshakesPerSecond),
    "traffic-in": traffic(now.bytesInPerSecond),
    "traffic-out": traffic(now.bytesOutPerSecond),
    "handshake-count": count(status.handshakes),
    "connection-count": count(status.connections),
    ...requestFigures(status.requests ?? {}),
    uptime: uptime(status.uptimeSeconds),
  };
  Object.entries(figures).forEach(([name, text]) => setText(id(name), text));
  fill(body("listeners"), Object.entries(status.listeners), "No listener");
  showCloses(status.closes ?? {});
}

/** By class of status; a dash where no listener has HTTP. */
function requestFigures(byStatus) {
  const all = Object.values(byStatus);
  return {
    "request-count": all.length === 0 ? "–" : count(all.reduce((total, each) => total + each, 0)),
    "server-error-count": all.length === 0 ? "–" : count(byStatus["5xx"] ?? 0),
  };
}

/** The most frequent first. */
function showCloses(byReason) {
  const all = Object.entries(byReason).sort(([, one], [, other]) => other - one);
  const sum = all.reduce((total, [, times]) => total + times, 0);
  fill(
    body("closes"),
    all.map(([reason, times]) => [words(reason), number(count(times)), number(`${Math.round((100 * times) / sum)} %`)]),
    "No connection has ended",
  );
}

let before = { at: 0, workers: new Map() };

export function showWorkers({ workers, retiring }) {
  const at = performance.now();
  const seconds = (at - before.at) / 1000;
  const key = (worker) => `${worker.worker}/${worker.generation}`;
  const moved = (worker, what) => {
    const last = before.workers.get(key(worker));
    return number(last ? traffic((worker[what] - last[what]) / seconds) : "–");
  };
  const rows = workers.map((worker) => [
    `${worker.worker}${worker.generation > 0 ? ` (restarted ${worker.generation}×)` : ""}`,
    number(count(worker.connectionsActive)),
    moved(worker, "bytesIn"),
    moved(worker, "bytesOut"),
    cell(`${count(worker.framesUsed)} of ${count(worker.framesBudget)}`, "number", {
      part: worker.framesUsed / worker.framesBudget,
      mark: worker.framesHighWatermark / worker.framesBudget,
    }),
    number(count(worker.framesHighWatermark)),
    number(size(worker.outboundInBytes)),
    number(size(worker.outboundInHighWatermark)),
    number(size(worker.outboundOutBytes)),
    number(size(worker.outboundOutHighWatermark)),
    number(brief(worker.loopLagSeconds)),
    pauses(worker.pauses),
  ]);
  fill(body("workers"), rows);
  setText(id("retiring"), retiring > 0 ? `${count(retiring)} replaced, with connections left` : "");
  before = { at, workers: new Map(workers.map((worker) => [key(worker), worker])) };
}

function pauses(byReason) {
  const some = Object.entries(byReason).filter(([, times]) => times > 0);
  return some.length === 0
    ? cell("none", "quiet")
    : long(some.map(([reason, times]) => `${words(reason)} ${count(times)}`).join(", "));
}

const HEALTH = { up: "good", down: "bad", unchecked: "quiet" };

export function showBackends({ backends }) {
  const rows = backends.flatMap((backend) =>
    backend.servers.map((server) => [
      server.server,
      backend.backend,
      server.address,
      cell(server.state, server.state === "ready" ? "" : "warn"),
      cell(server.health, HEALTH[server.health] ?? ""),
      server.usable ? cell("yes", "good") : cell("no", "bad"),
      number(count(server.weight) + (server.backup ? " (backup)" : "")),
      number(count(server.connectionsActive)),
      number(count(server.connections)),
      number(count(server.connectFailures)),
      server.finding ? long(server.finding) : cell("–", "quiet"),
    ]),
  );
  fill(body("backends"), rows, "No server");
}

let certificates = [];

/** Refused certificates by name: the problem, and whether an earlier version is still served. */
let refused = new Map();

export function showCertificates(answer) {
  certificates = answer.certificates.sort((one, other) => one.daysLeft - other.daysLeft);
  refused = new Map(
    answer.problems.filter(({ severity }) => severity === "refused").map((each) => [each.certificate, each]),
  );
  filterCertificates();
  suggestNames();
  fillList(
    id("certificate-problems"),
    answer.problems.map((each) => {
      const serves = each.lastGoodServes ? ". The last good version stays in service" : "";
      return `${words(each.severity)}: ${each.certificate}: ${each.place}: ${each.problem}${serves}`;
    }),
  );
}

/**
 * For an upload that replaces a certificate. A list that is already right is not touched: the operator may be choosing.
 */
function suggestNames() {
  const names = certificates.slice(0, MOST_CERTIFICATES).map(({ certificate }) => certificate);
  const list = id("certificate-names");
  if ([...list.options].map((option) => option.value).join("\n") !== names.join("\n")) {
    list.replaceChildren(...names.map((name) => new Option(name, name)));
  }
}

function filterCertificates() {
  const wanted = id("certificate-filter").value.trim().toLowerCase();
  const fitting = certificates.filter(({ certificate, hosts }) =>
    [certificate, ...hosts].some((name) => name.toLowerCase().includes(wanted)),
  );
  const shown = fitting.slice(0, MOST_CERTIFICATES);
  const serving = new Set(certificates.map(({ certificate }) => certificate));
  const missing = [...refused.values()].filter(
    ({ certificate }) => !serving.has(certificate) && certificate.toLowerCase().includes(wanted),
  );
  fill(
    body("certificates"),
    [...missing.slice(0, MOST_CERTIFICATES).map(notServed), ...shown.map(served)],
    nothingFits(),
  );
  const rest = fitting.length - shown.length;
  setText(
    id("certificate-count"),
    `${count(fitting.length)} of ${count(certificates.length)}${rest > 0 ? `, of which ${count(shown.length)} are shown` : ""}`,
  );
}

/** Hidden unless certificates are ordered. */
export function showAcme(acme) {
  id("acme").hidden = acme.certificates.length === 0;
  if (id("acme").hidden) {
    return;
  }
  setText(id("acme-state"), acme.problem ?? (acme.leader ? acme.directory : `${acme.directory}, by another process`));
  id("acme-state").className = acme.problem ? "bad" : "";
  fill(body("acme-certificates"), acme.certificates.map(managed));
}

function managed(each) {
  const none = () => cell("–", "quiet");
  const failure = each.lastFailure;
  return marked(each.failures > 0 ? "bad" : "", [
    each.certificate,
    number(each.ordering ? "now" : moment(each.renewAt)),
    long(each.reason),
    number(count(each.failures)),
    failure ? long(`${moment(failure.at)} ${failure.type}: ${failure.detail}`) : none(),
    failure ? long(failure.fix) : none(),
  ]);
}

function nothingFits() {
  if (certificates.length > 0) {
    return "No certificate has such a name";
  }
  return isTerminating ? cell("No certificate is in service", "bad") : "No listener needs a certificate";
}

function served(each) {
  const row = [
    each.certificate,
    long(each.hosts.join(", ")),
    `${each.keyKind} ${each.keyBits}`.toUpperCase(),
    number(date(each.notAfter)),
    daysLeft(each),
    number(String(each.version)),
    long(refused.has(each.certificate) ? `${each.source} (its next version was refused)` : each.source),
  ];
  return marked(refused.has(each.certificate) ? "bad" : "", row);
}

function notServed({ certificate, problem, place }) {
  const none = () => cell("–", "quiet");
  return marked("bad", [certificate, long(`refused: ${problem}`), none(), none(), none(), none(), long(place)]);
}

id("certificate-filter").addEventListener("input", filterCertificates);

function daysLeft({ daysLeft: days, expiry }) {
  return expiry === "expired" ? cell("expired", "number bad") : cell(count(days), EXPIRY_LOOKS[expiry] ?? "number");
}

export function showLog(log) {
  const figures = {
    "log-entries": count(log.entries),
    "log-flushes": count(log.flushes),
    "log-bytes": size(log.bytes),
    "log-waiting": size(log.waitingBytes),
    "log-duration": log.flushes > 0 ? brief(log.flushSeconds / log.flushes) : "–",
    "log-lag": brief(log.lagSeconds),
    "log-dropped": count(log.dropped),
    "log-failures": count(log.failures),
  };
  Object.entries(figures).forEach(([name, text]) => setText(id(name), text));
  id("log-dropped").className = log.dropped > 0 ? "bad" : "";
  id("log-failures").className = log.failures > 0 ? "bad" : "";
}

const MOST_FAILURES = 100;

/** Server name and protocols are client input. */
export function showFailures({ failures }) {
  const rows = failures.slice(0, MOST_FAILURES).map((failure) => [
    moment(failure.time),
    failure.source,
    failure.listener,
    failure.sni ? long(failure.sni) : cell("none", "quiet"),
    failure.alpn.length > 0 ? long(failure.alpn.join(", ")) : cell("none", "quiet"),
    words(failure.reason),
    long(failure.cause),
    long(failure.fix),
  ]);
  fill(body("failures"), rows, "No handshake has failed");
}

const failed = (stage) => `${count(stage.failed)} of ${count(stage.handshakes)}`;

/** Hidden without policies for server names, as most instances have none. */
export function showPolicies({ policies }) {
  id("policies-section").hidden = policies.length === 0;
  const rows = policies.map((policy) => [
    policy.name,
    policy.listener,
    policy.sni.length > 0 ? long(policy.sni.join(", ")) : cell("every name", "quiet"),
    long(policy.policy),
    cell(policy.mode, policy.mode === policy.configured ? "" : "warn"),
    number(policy.mode === "report" ? count(policy.judged) : "–"),
    number(policy.mode === "report" ? count(policy.failing) : "–"),
    number(policy.canary ? failed(policy.canary.canary) : "–"),
    number(policy.canary ? failed(policy.canary.stable) : "–"),
    policy.why ? long(policy.why) : cell("–", "quiet"),
  ]);
  fill(body("policies"), rows, "No policy");
}

/** The values are client input. */
export function showClients({ listeners }) {
  const rows = listeners.flatMap(({ listener, total, top }) =>
    top.map((kind) => [
      long(kind.value),
      listener,
      number(count(kind.count) + (kind.error > 0 ? ` (at most ${count(kind.error)} too high)` : "")),
      number(`${((100 * kind.count) / Math.max(1, total)).toFixed(1)} %`),
      moment(kind.first),
      moment(kind.last),
    ]),
  );
  fill(body("clients"), rows, "No client of this kind");
}

export function showRetirements({ retirements }) {
  id("retirements").hidden = retirements.length === 0;
  const rows = retirements.map((each) => [
    each.certificate,
    each.state,
    number(moment(each.started)),
    number(moment(each.until)),
    number(count(each.total)),
    number(count(each.closed)),
    number(count(each.left)),
  ]);
  fill(body("retired-certificates"), rows);
}

export function showPostQuantum(answer) {
  const rows = answer.certificates.slice(0, MOST_CERTIFICATES).map((line) => [
    line.certificate,
    number(count(line.handshakes)),
    number(count(line.offered)),
    number(`${count(line.used)} (${((100 * line.used) / line.handshakes).toFixed(1)} %)`),
    number(count(line.whyNot.not_offered)),
    number(count(line.whyNot.no_tls13)),
    number(count(line.whyNot.policy)),
  ]);
  fill(body("post-quantum"), rows, "No handshake within 24 hours");
}
