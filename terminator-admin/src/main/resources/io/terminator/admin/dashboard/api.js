// The API's client. The token lives in this module's memory and nowhere else: a reload of the page forgets it.

const PATIENCE_MS = 10_000;

let token = "";

/** An answer that is no success; `problems` lists its reasons as the API sends them. Status 0: no answer at all. */
export class ApiError extends Error {
  constructor(status, message, problems = []) {
    super(message);
    this.status = status;
    this.problems = problems;
  }
}

export const hasToken = () => token !== "";

export function useToken(value) {
  token = value;
}

export const get = (path) => call("GET", path);

/** The answer's JSON, or with `whole` also its headers. */
export async function call(method, path, { body, headers = {}, whole = false } = {}) {
  const credentials = token === "" ? {} : { Authorization: `Bearer ${token}` };
  let response;
  try {
    response = await fetch(path, {
      method,
      body,
      headers: { ...headers, ...credentials },
      cache: "no-store",
      // Nothing but a client certificate, where the API asks for one: there are no cookies.
      credentials: "same-origin",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (failure) {
    throw new ApiError(0, `no answer (${failure.message})`);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) {
    const detail = answer?.detail ?? `${response.status} ${response.statusText}`;
    throw new ApiError(response.status, detail, answer?.problems ?? []);
  }
  return whole ? { answer, headers: response.headers } : answer;
}
