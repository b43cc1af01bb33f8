import type { Trace } from "../trace";
import { joinLanes } from "./lanes";

/** Of each slice, the slices that come directly before it in its flows: `previous[first[s]] … previous[first[s + 1] − 1]`. */
export interface FlowIndex {
  readonly first: Uint32Array;
  readonly previous: Uint32Array;
}

/**
 * Links slices that share a flow, in the order in which they began; a join, which waits from before what it waits
 * for has begun, by its end. O(flow points) where flows are short.
 */
export function flowIndex(trace: Trace): FlowIndex {
  const { flows, slices } = trace;
  const { order, group } = groupById(trace);
  const joins = joinLanes(trace).map(({ row }) => row);
  const timeOf = (point: number): number => {
    const slice = flows[point]?.slice ?? 0;
    const start = slices.start[slice] as number;
    for (const row of joins) {
      if (row.first <= slice && slice < row.end) return start + (slices.duration[slice] as number);
    }
    return start;
  };
  const from = new Uint32Array(flows.length);
  const to = new Uint32Array(flows.length);
  let links = 0;
  for (let begin = 0; begin < order.length;) {
    let end = begin + 1;
    while (end < order.length && group[order[end] as number] === group[order[begin] as number]) end++;
    sortByTime(order, begin, end, timeOf);
    for (let i = begin + 1; i < end; i++) {
      const before = flows[order[i - 1] as number]?.slice ?? 0;
      const after = flows[order[i] as number]?.slice ?? 0;
      if (before === after) continue;
      from[links] = before;
      to[links++] = after;
    }
    begin = end;
  }
  const first = new Uint32Array(slices.count + 1);
  for (let i = 0; i < links; i++) first[(to[i] as number) + 1] = (first[(to[i] as number) + 1] as number) + 1;
  for (let i = 0; i < slices.count; i++) first[i + 1] = (first[i + 1] as number) + (first[i] as number);
  const next = first.slice();
  const previous = new Uint32Array(links);
  for (let i = 0; i < links; i++) {
    const place = next[to[i] as number] as number;
    next[to[i] as number] = place + 1;
    previous[place] = from[i] as number;
  }
  return { first, previous };
}

/** Flow points by their flow, in file order within it: a counting sort. */
function groupById(trace: Trace): { readonly order: Uint32Array; readonly group: Uint32Array } {
  const { flows } = trace;
  const numbers = new Map<number, number>();
  const group = new Uint32Array(flows.length);
  flows.forEach(({ id }, point) => {
    let number = numbers.get(id);
    if (number === undefined) numbers.set(id, (number = numbers.size));
    group[point] = number;
  });
  const next = new Uint32Array(numbers.size + 1);
  for (const number of group) next[number + 1] = (next[number + 1] as number) + 1;
  for (let i = 0; i < numbers.size; i++) next[i + 1] = (next[i + 1] as number) + (next[i] as number);
  const order = new Uint32Array(flows.length);
  group.forEach((number, point) => {
    const place = next[number] as number;
    next[number] = place + 1;
    order[place] = point;
  });
  return { order, group };
}

/** Points of one flow are few and nearly in order: insertion sort; a hostile one of many is sorted by the library. */
function sortByTime(order: Uint32Array, begin: number, end: number, timeOf: (point: number) => number): void {
  if (end - begin > 32) {
    order.subarray(begin, end).sort((a, b) => timeOf(a) - timeOf(b) || a - b);
    return;
  }
  for (let i = begin + 1; i < end; i++) {
    const point = order[i] as number;
    const time = timeOf(point);
    let to = i;
    for (; to > begin && timeOf(order[to - 1] as number) > time; to--) order[to] = order[to - 1] as number;
    order[to] = point;
  }
}
