// The API client. The token is kept only in the memory of this module: reloading the page discards it.

const PATIENCE_MS = 10_000;

let token = "";

/** An unsuccessful response; `problems` lists the reasons that the API sent. Status 0: no response. */
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

/** The JSON of the response; with `whole` also its headers. */
export async function call(method, path, { body, headers = {}, whole = false } = {}) {
  const credentials = token === "" ? {} : { Authorization: `Bearer ${token}` };
  let response;
  try {
    response = await fetch(path, {
      method,
      body,
      headers: { ...headers, ...credentials },
      cache: "no-store",
      // For a client certificate, if the API requests one: there are no cookies.
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
