// Where the boxes and arrows of the graph of dependencies go; the library decides.

import type { JobSummary } from '../http/api.ts';
import { Graph, layout } from './vendor/dagre.js';

export const BOX = { width: 224, height: 56 };

export interface PlacedGraph {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly { readonly job: string; readonly x: number; readonly y: number }[];
  readonly arrows: readonly {
    readonly from: string;
    readonly to: string;
    readonly version: string | null;
    /** Of an SVG path. */
    readonly path: string;
  }[];
}

type Point = { readonly x: number; readonly y: number };

/** Dependencies on the left, what depends on them on the right. */
export function placeGraph(jobs: readonly JobSummary[]): PlacedGraph {
  const graph = new Graph({ directed: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 70, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(jobs.map(({ job }) => job));
  for (const { job } of jobs) graph.setNode(job, { ...BOX });
  const edges = jobs.flatMap(({ job, dependsOn }) =>
    dependsOn
      .filter((dependency) => known.has(dependency.job))
      .map(({ job: from, version }) => ({ from, to: job, version })),
  );
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width: Math.max(width, BOX.width),
    height: Math.max(height, BOX.height),
    boxes: jobs.map(({ job }) => ({ job, ...cornerOf(graph.node(job) as Point) })),
    arrows: edges.map((edge) => ({
      ...edge,
      path: pathOf(
        graph.node(edge.from) as Point,
        graph.node(edge.to) as Point,
        (graph.edge(edge.from, edge.to) as { points: readonly Point[] }).points,
      ),
    })),
  };
}

function cornerOf({ x, y }: Point): Point {
  return { x: x - BOX.width / 2, y: y - BOX.height / 2 };
}

// From the right side of one box to the left side of the other, by way of where the library keeps clear of boxes between.
function pathOf(from: Point, to: Point, points: readonly Point[]): string {
  const start = { x: from.x + BOX.width / 2, y: from.y };
  const end = { x: to.x - BOX.width / 2, y: to.y };
  const between = points.slice(1, -1).filter(({ x }) => x > start.x && x < end.x);
  const way = points.length > 3 ? [start, ...between, end] : [start, end];
  return way
    .map((point, index) => (index === 0 ? moveTo(point) : curve(way[index - 1] ?? start, point)))
    .join('');
}

function moveTo({ x, y }: Point): string {
  return `M${x.toFixed(1)} ${y.toFixed(1)}`;
}

function curve(from: Point, to: Point): string {
  const middle = ((from.x + to.x) / 2).toFixed(1);
  return `C${middle} ${from.y.toFixed(1)} ${middle} ${to.y.toFixed(1)} ${to.x.toFixed(1)} ${to.y.toFixed(1)}`;
}
