// How long runs took, drawn by uPlot, which is loaded when there is something to draw.

import type { JobDetail } from '../http/api.ts';
import { html, type TemplateResult } from './vendor/lit-html.js';
import type uPlot from './vendor/uplot.js';

type Runs = JobDetail['durations'];
type Chart = InstanceType<typeof uPlot>;

const HEIGHT = 200;

export function durationChart(runs: Runs, label: string): TemplateResult {
  return html`<duration-chart role="img" aria-label=${label} .runs=${runs}></duration-chart>`;
}

class DurationChart extends HTMLElement {
  #runs: Runs = [];
  #chart: Chart | undefined;
  #shown = '';
  readonly #sizes = new ResizeObserver(() =>
    this.#chart?.setSize({ width: this.clientWidth, height: HEIGHT }),
  );
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');
  readonly #redraw = () => void this.#draw();

  set runs(runs: Runs) {
    this.#runs = runs;
    if (this.isConnected) void this.#draw();
  }

  connectedCallback(): void {
    this.#sizes.observe(this);
    this.#scheme.addEventListener('change', this.#redraw);
    void this.#draw();
  }

  disconnectedCallback(): void {
    this.#sizes.disconnect();
    this.#scheme.removeEventListener('change', this.#redraw);
    this.#chart?.destroy();
    this.#chart = undefined;
    this.#shown = '';
  }

  async #draw(): Promise<void> {
    const { default: UPlot } = await import('./vendor/uplot.js');
    const shown = `${this.#scheme.matches}${JSON.stringify(this.#runs)}`;
    if (!this.isConnected || shown === this.#shown) return;
    this.#shown = shown;
    this.#chart?.destroy();
    const times = this.#runs.map(({ startedAt }) => Date.parse(startedAt) / 1000);
    const seconds = (wanted: boolean) =>
      this.#runs.map(({ durationMs, result }) =>
        (result === 'succeeded') === wanted ? durationMs / 1000 : null,
      );
    this.#chart = new UPlot(this.#options(), [times, seconds(true), seconds(false)], this);
  }

  #options(): uPlot.Options {
    const style = getComputedStyle(this);
    const color = (name: string) => style.getPropertyValue(name);
    const axis = {
      stroke: color('--quiet'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { stroke: color('--line'), width: 1 },
    };
    const points = (name: string) => ({
      show: true,
      size: 6,
      fill: color(name),
      stroke: color(name),
    });
    return {
      width: this.clientWidth,
      height: HEIGHT,
      cursor: { drag: { x: true, y: false } },
      legend: { live: true },
      scales: {
        y: {
          range: (_chart: unknown, _low: number, high: number) => [0, Math.max(high * 1.05, 0.1)],
        },
      },
      axes: [
        axis,
        {
          ...axis,
          size: 64,
          values: (_chart: unknown, values: number[]) => values.map((value) => `${value} s`),
        },
      ],
      series: [
        {},
        {
          label: 'succeeded, seconds',
          stroke: color('--good'),
          width: 1.5,
          spanGaps: true,
          points: points('--good'),
        },
        {
          label: 'not succeeded, seconds',
          stroke: color('--bad'),
          paths: () => null,
          points: points('--bad'),
        },
      ],
    };
  }
}

customElements.define('duration-chart', DurationChart);
