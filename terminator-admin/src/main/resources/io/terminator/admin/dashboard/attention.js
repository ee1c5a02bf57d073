// What needs the operator's attention now, in sentences. A screen reader announces changes of the list, not every
// figure.

const list = document.getElementById("attention");

/** Any of the responses may still be missing. */
export function showAttention({ status, certificates, acme, backends, log }) {
  const points = [
    ...(status?.state === "draining" ? [["bad", "now", "The instance is draining and will exit"]] : []),
    ...ofCertificates(certificates, status),
    ...(acme?.certificates ?? []).flatMap(ofOrder),
    ...(backends?.backends ?? []).flatMap(ofBackend),
    ...(log?.dropped > 0 ? [["bad", "log", "The access log has dropped lines"]] : []),
    ...(log?.failures > 0 ? [["bad", "log", "Writing the access log has failed"]] : []),
  ];
  if (points.length === 0) {
    points.push(["good", "", "Nothing needs attention"]);
  }
  const said = JSON.stringify(points);
  if (list.dataset.said === said) {
    return;
  }
  list.dataset.said = said;
  list.replaceChildren(
    ...points.map(([look, section, text]) => {
      const item = document.createElement("li");
      item.className = look;
      const place = section ? document.createElement("a") : document.createElement("span");
      if (section) {
        place.href = `#${section}-section`;
      }
      place.textContent = text;
      item.append(place);
      return item;
    }),
  );
}

function ofCertificates(answer, status) {
  const all = answer?.certificates ?? [];
  const expired = all.filter((each) => each.expiry === "expired").length;
  const soon = all.filter((each) => each.expiry === "expiring" || each.expiry === "expiring_soon").length;
  const problems = answer?.problems.length ?? 0;
  return [
    ...(answer && all.length === 0 && status?.terminatingListeners !== 0 ? [["bad", "certificates", "No certificate is in service"]] : []),
    ...(all.length > 0 ? status?.listenersWithoutCertificate ?? [] : []).map((listener) => ["bad", "certificates", `Listener ${listener} has no usable certificate`]),
    ...(expired > 0 ? [["bad", "certificates", `${certificates(expired)} expired`]] : []),
    ...(soon > 0 ? [["warn", "certificates", `${certificates(soon)} to renew`]] : []),
    ...(problems > 0
      ? [["warn", "certificates", problems === 1 ? "1 problem with certificates" : `${problems} problems with certificates`]]
      : []),
  ];
}

const certificates = (n) => (n === 1 ? "1 certificate" : `${n} certificates`);

/** A single failure may be one of the network. */
function ofOrder({ certificate, failures, lastFailure }) {
  return failures > 1
    ? [["warn", "certificates", `${failures} orders of ${certificate} failed: ${lastFailure?.type ?? "unknown"}`]]
    : [];
}

function ofBackend({ backend, servers }) {
  const usable = servers.filter((server) => server.usable).length;
  if (usable === 0) {
    return [["bad", "backends", `Backend ${backend} has no usable server`]];
  }
  const lost = servers.length - usable;
  return lost > 0 ? [["warn", "backends", `Backend ${backend} lacks ${lost} of ${servers.length} servers`]] : [];
}
