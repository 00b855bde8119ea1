/** An order in which nothing comes before what has to precede it. */

/** A node while the graph is walked. */
interface Visit {
  readonly node: number;
  /** How many nodes were found before it. */
  readonly index: number;
  /** The earliest node on the stack that it leads to. */
  low: number;
  readonly next: Iterator<number>;
}

/**
 * Tarjan's strongly connected components, without recursion: a chain can be long.
 * @param count nodes are the numbers below it; where nothing says otherwise, the lower number comes first.
 * @param predecessors the nodes that have to precede this one.
 * @returns the nodes in groups, each after all that have to precede it. Nodes of one group have to precede each other, which can't be:
 * within it the lower number comes first.
 */
export function groupsInOrder(count: number, predecessors: (node: number) => readonly number[]): number[][] {
  const groups: number[][] = [];
  const visits = new Map<number, Visit>();
  const grouped = new Set<number>();
  const open: Visit[] = [];
  const path: Visit[] = [];

  function enter(node: number): void {
    const visit = { node, index: visits.size, low: visits.size, next: predecessors(node).values() };
    visits.set(node, visit);
    open.push(visit);
    path.push(visit);
  }

  function leave(visit: Visit): void {
    path.pop();
    const caller = path.at(-1);
    if (caller !== undefined) caller.low = Math.min(caller.low, visit.low);
    if (visit.low !== visit.index) return;
    const group = open.splice(open.lastIndexOf(visit)).map(({ node }) => node);
    for (const node of group) grouped.add(node);
    groups.push(group.sort((a, b) => a - b));
  }

  for (let start = 0; start < count; start++) {
    if (visits.has(start)) continue;
    enter(start);
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const { value: node, done } = visit.next.next();
      if (done === true) leave(visit);
      else {
        const known = visits.get(node);
        if (known === undefined) enter(node);
        else if (!grouped.has(node)) visit.low = Math.min(visit.low, known.index);
      }
    }
  }
  return groups;
}
