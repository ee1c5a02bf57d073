// Updates the body of a table. Only differences are changed: focus, selection and scroll position stay, and nothing
// moves. All values are inserted as text, because clients may have chosen them.

export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** The same for a list of sentences. */
export function fillList(list, texts) {
  while (list.children.length > texts.length) {
    list.lastElementChild.remove();
  }
  texts.forEach((text, at) => setText(list.children[at] ?? list.appendChild(document.createElement("li")), text));
}

/** A cell with a style: `good`, `warn`, `bad`, `quiet`, `number`; `part` and `mark` (0 to 1) draw a bar. */
export const cell = (text, look = "", bar = null) => ({ text, look, bar });

export const number = (text) => cell(text, "number");

/** Text of any length, possibly without a space to break it at. */
export const long = (text) => cell(text, "long");

/** A row with a style. */
export const marked = (look, cells) => Object.assign(cells, { look });

/**
 * Each row is a list of texts and cells; the first names the row. Without rows the body shows `nothing`, a text or a
 * cell.
 */
export function fill(body, rows, nothing = "") {
  name(body.parentElement);
  const columns = body.parentElement.tHead.rows[body.parentElement.tHead.rows.length - 1].cells.length;
  const isEmpty = rows.length === 0;
  const wanted = isEmpty ? [[typeof nothing === "object" ? nothing : cell(nothing, "nothing")]] : rows;
  if (body.dataset.shape !== String(isEmpty)) {
    body.replaceChildren();
    body.dataset.shape = String(isEmpty);
  }
  while (body.rows.length > wanted.length) {
    body.deleteRow(-1);
  }
  wanted.forEach((row, at) => {
    const line = body.rows[at] ?? body.insertRow();
    line.className = row.look ?? "";
    row.forEach((value, column) => show(place(line, column, isEmpty), value));
  });
  if (isEmpty) {
    body.rows[0].cells[0].colSpan = columns;
  }
}

const ROLES = { table: "table", thead: "rowgroup", tbody: "rowgroup" };

/**
 * Done once: on a narrow page a row becomes a card that repeats the column name beside each value, and the table layout
 * is off.
 */
function name(table) {
  if (labels.has(table)) {
    return;
  }
  const names = [];
  [...table.tHead.rows].forEach((row, depth) => {
    let column = 0;
    for (const head of row.cells) {
      while (names[column]?.until > depth) {
        column++;
      }
      for (let i = 0; i < head.colSpan; i++, column++) {
        const above = names[column]?.text;
        names[column] = { text: above ? `${above}: ${head.textContent}` : head.textContent, until: depth + head.rowSpan };
      }
    }
  });
  labels.set(table, names.map(({ text }) => text));
  table.setAttribute("role", ROLES.table);
  [table.tHead, ...table.tBodies].forEach((group) => group.setAttribute("role", ROLES[group.localName]));
}

const labels = new WeakMap();

function place(line, column, isEmpty) {
  if (line.cells[column]) {
    return line.cells[column];
  }
  const made = document.createElement(column === 0 && !isEmpty ? "th" : "td");
  line.setAttribute("role", "row");
  made.setAttribute("role", made.tagName === "TH" ? "rowheader" : "cell");
  if (made.tagName === "TH") {
    made.scope = "row";
  } else if (!isEmpty) {
    made.dataset.label = labels.get(line.closest("table"))[column];
  }
  return line.appendChild(made);
}

function show(place, value) {
  const { text, look, bar } = typeof value === "object" ? value : cell(String(value));
  if (place.className !== look) {
    place.className = look;
  }
  if (!bar) {
    setText(place, text);
    return;
  }
  if (!place.firstElementChild) {
    place.append(document.createElement("span"), document.createElement("i"));
    place.lastElementChild.className = "bar";
    place.lastElementChild.ariaHidden = "true";
  }
  setText(place.firstElementChild, text);
  place.lastElementChild.style.setProperty("--part", bar.part);
  place.lastElementChild.style.setProperty("--mark", bar.mark);
}
