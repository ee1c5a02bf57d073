// Asks for the token when the API requires one, and tries it before accepting it.

import { ApiError, get, useToken } from "./api.js";
import { setText } from "./tables.js";

const dialog = document.getElementById("access");
const form = document.getElementById("access-form");
const field = document.getElementById("token");
const problem = document.getElementById("token-problem");

let admitted = null;

/** Resolves when the API has accepted a token. */
export function askForToken() {
  useToken("");
  if (!admitted) {
    admitted = new Promise((resolve) => {
      form.onsubmit = (event) => {
        event.preventDefault();
        attempt(resolve);
      };
    });
  }
  if (!dialog.open) {
    dialog.showModal();
  }
  return admitted;
}

async function attempt(resolve) {
  complain("");
  useToken(field.value.trim());
  try {
    await get("v1/status");
  } catch (failure) {
    if (!(failure instanceof ApiError)) {
      throw failure;
    }
    useToken("");
    complain(failure.message);
    field.select();
    return;
  }
  field.value = "";
  admitted = null;
  dialog.close();
  resolve();
}

function complain(text) {
  setText(problem, text);
  field.setAttribute("aria-invalid", String(text !== ""));
}

// Without a token there is no content behind the dialog to return to.
dialog.addEventListener("cancel", (event) => event.preventDefault());
