// The live charts: five minutes of samples in the browser's memory, drawn by uPlot (the global variable of its script).

import { clock } from "./format.js";
import { setText } from "./tables.js";

const LONGEST = 300;
const SHORTEST = 60;
const HEIGHT = 190;
const DESCRIBE_EVERY = 10;

const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(name).trim();

const charts = [];

/** `figure` contains a `.plot` and a `.legend` with one `b` for each of `series` (`name`, `colour`, `dash`). */
export class LiveChart {
  constructor(figure, series, write, least) {
    this.series = series;
    this.write = write;
    this.plot = figure.querySelector(".plot");
    this.outputs = [...figure.querySelectorAll(".legend b")];
    this.data = [[], ...series.map(() => [])];
    this.ticks = 0;
    this.chart = new globalThis.uPlot(this.options(least), this.data, this.plot);
    new ResizeObserver(() => this.chart.setSize({ width: this.plot.clientWidth, height: HEIGHT })).observe(this.plot);
    charts.push(this);
  }

  options(least) {
    const axis = { stroke: () => colour("--muted"), font: "12px system-ui, sans-serif" };
    const lines = { grid: { stroke: () => colour("--line"), width: 1 }, ticks: { show: false } };
    return {
      width: this.plot.clientWidth,
      height: HEIGHT,
      padding: [10, 20, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        x: { range: () => [this.now() - this.span(), this.now()] },
        y: { range: (chart, low, high) => [0, Math.max(least, (high ?? 0) * 1.15)] },
      },
      axes: [
        { ...axis, ...lines, incrs: [15, 30, 60], space: 58, size: 30, values: (chart, at) => at.map((seconds) => clock(seconds * 1000)) },
        { ...axis, ...lines, size: 74, space: 34, values: (chart, at) => at.map((value) => this.write(value).replace(/\.0(?=\D|$)/, "")) },
      ],
      series: [
        {},
        ...this.series.map((each) => ({
          stroke: () => colour(each.colour),
          fill: each.dash ? undefined : () => `${colour(each.colour)}1f`,
          width: 1.75,
          dash: each.dash,
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [() => this.showValues()] },
    };
  }

  now() {
    return this.data[0].at(-1) ?? Date.now() / 1000;
  }

  /** Grows with the available data. */
  span() {
    return Math.min(LONGEST, Math.max(SHORTEST, this.now() - (this.data[0][0] ?? this.now())));
  }

  add(values) {
    const now = Date.now() / 1000;
    if (this.data[0].length > 0 && now - this.now() > 5) {
      // A pause is shown as a gap, not as a straight line.
      this.push(now - 1, values.map(() => null));
    }
    this.push(now, values);
    while (this.data[0][0] < now - LONGEST - 5) {
      this.data.forEach((column) => column.shift());
    }
    this.chart.setData(this.data);
    this.showValues();
    if (this.ticks++ % DESCRIBE_EVERY === 0) {
      this.describe();
    }
  }

  push(time, values) {
    [time, ...values].forEach((value, at) => this.data[at].push(value));
  }

  /** The values under the pointer, otherwise the latest. */
  showValues() {
    const at = this.chart?.cursor.idx ?? this.data[0].length - 1;
    this.outputs.forEach((output, i) => {
      const value = this.data[i + 1][at];
      setText(output, value === undefined || value === null ? "–" : this.write(value));
    });
  }

  /** For users who cannot see the lines. */
  describe() {
    const said = this.series.map((each, i) => {
      const values = this.data[i + 1].filter((value) => value !== null);
      return `${each.name} ${this.write(values.at(-1))} now, ${this.write(Math.max(...values))} peak`;
    });
    this.plot.ariaLabel = `Line chart of the last five minutes: ${said.join("; ")}`;
  }
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  charts.forEach((each) => each.chart.redraw(false, true));
});
