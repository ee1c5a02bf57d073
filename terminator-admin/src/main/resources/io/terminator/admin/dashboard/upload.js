// Uploads a certificate in two steps: a dry run that shows the changes, then the same bytes to apply. The files are
// read once, so that the checked content is applied, and If-Match refuses the upload if another one came between.

import { ApiError, call, get } from "./api.js";
import { count, date, words } from "./format.js";
import { fill, fillList, setText } from "./tables.js";

const id = (name) => document.getElementById(name);
const form = id("upload");
const apply = id("upload-apply");
const report = id("upload-report");

let checked = null;
let edits = 0;
let applied = () => {};

/** `whenApplied` is called after each change. */
export function watchUploads(whenApplied) {
  applied = whenApplied;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run(check);
});
form.addEventListener("input", () => {
  edits++;
  forget("");
});
apply.addEventListener("click", () => run(confirm));

async function run(step) {
  if (form.ariaBusy === "true") {
    return;
  }
  form.ariaBusy = "true";
  try {
    await step();
  } catch (failure) {
    if (!(failure instanceof ApiError || failure instanceof DOMException)) {
      throw failure;
    }
    forget("");
    say("bad", failure instanceof ApiError ? failure.message : `A file cannot be read: ${failure.message}`);
    problems(failure.problems ?? []);
  } finally {
    form.ariaBusy = "false";
  }
}

async function check() {
  const asked = edits;
  const name = id("upload-name").value.trim();
  const body = new FormData();
  body.append("chain", await content("upload-chain"), "chain");
  if (id("upload-key").files.length > 0) {
    body.append("key", await content("upload-key"), "key");
  }
  if (id("upload-password").value !== "") {
    body.append("password", id("upload-password").value);
  }
  if (id("upload-key-password").value !== "") {
    body.append("keyPassword", id("upload-key-password").value);
  }
  const path = `v1/certificates/${encodeURIComponent(name)}`;
  const headers = await condition(name, path);
  const plan = await call("PUT", `${path}?dry-run=true`, { body, headers });
  if (asked !== edits) {
    // The response belongs to an earlier selection.
    return;
  }
  checked = { path, body, headers };
  apply.hidden = false;
  say("good", `Checked, nothing has changed yet: "${plan.certificate}" can be applied.`);
  show(plan);
}

/** A copy: the file on disk may change between check and confirmation. */
const content = async (field) => new Blob([await id(field).files[0].arrayBuffer()]);

/** The certificate that the name has now, if any: the upload may replace only that one. */
async function condition(name, path) {
  const { certificates } = await get("v1/certificates");
  if (!certificates.some(({ certificate }) => certificate === name)) {
    return {};
  }
  const { headers } = await call("GET", path, { whole: true });
  return { "If-Match": headers.get("ETag") };
}

async function confirm() {
  const { path, body, headers } = checked;
  const done = await call("PUT", path, { body, headers });
  form.reset();
  forget("");
  say("good", `Applied: "${done.certificate}" is now in service.`);
  show(done);
  form.querySelector("button").focus();
  applied(await get("v1/certificates"));
}

function forget(text) {
  checked = null;
  apply.hidden = true;
  say("", text);
  id("upload-effect").hidden = true;
  problems([]);
}

function say(look, text) {
  setText(id("upload-verdict"), text);
  id("upload-verdict").className = look;
  report.hidden = text === "";
}

function show(plan) {
  id("upload-effect").hidden = false;
  setText(id("effect-days"), `${plan.daysLeft < 0 ? "expired" : count(plan.daysLeft)}${plan.notAfter ? ` (until ${date(plan.notAfter)})` : ""}`);
  setText(id("effect-hosts"), (plan.hosts ?? []).join(", ") || "none");
  setText(id("effect-connections"), count(plan.connectionsOnOld));
  setText(id("effect-clients"), plan.effect ? clients(plan.effect) : "–");
  setText(id("effect-fingerprint"), plan.fingerprint ?? "–");
  fill(
    id("effect-moves").tBodies[0],
    plan.moves.map((move) => [move.host, move.keyKind.toUpperCase(), move.from ?? "none", move.to ?? "none"]),
    "No name moves to another certificate",
  );
  problems(plan.problems);
}

/** A handshake may count in several: those that are served otherwise are not told apart here. */
function clients({ handshakes, changed, listeners }) {
  const refused = listeners.reduce((sum, { would }) => sum + (would.refused ?? 0), 0);
  return `${count(changed)} of ${count(handshakes)} would end otherwise, ${count(refused)} of them refused`;
}

function problems(found) {
  fillList(
    id("upload-problems"),
    found.map((each) => `${words(each.severity)}: ${each.place}: ${each.problem}`),
  );
}
