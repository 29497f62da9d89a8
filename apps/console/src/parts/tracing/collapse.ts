/** Many alike ends of one node → one node that stands for them, so that a graph of a thousand nodes can be read. Pure. */
import type { Graph, GraphEdge, GraphNode } from '@rampart/api'

/** A node that stands for others: `count` of them, all of one kind and at one neighbour. */
export interface Bundle {
  id: string
  kind: GraphNode['kind']
  count: number
}

/** More alike ends than this become a bundle. */
const aloneMax = 8
/** Opening a bundle takes this many out of it. */
export const openStep = 24

export interface Collapsed {
  nodes: (GraphNode | (GraphNode & { bundle: Bundle }))[]
  edges: GraphEdge[]
}

/** `opened`: how many ends each bundle has let go, by its id. Alerts and evidence are never bundled. */
export function collapse(
  { nodes, edges }: Pick<Graph, 'nodes' | 'edges'>,
  opened: ReadonlyMap<string, number>,
): Collapsed {
  const touching = new Map<string, GraphEdge[]>()
  for (const edge of edges)
    for (const end of [edge.from, edge.to]) touching.set(end, [...(touching.get(end) ?? []), edge])
  const bundles = new Map<string, { ends: GraphNode[]; edge: GraphEdge; inwards: boolean }>()
  for (const node of nodes) {
    const [edge, ...others] = touching.get(node.id) ?? []
    if (!edge || others.length > 0 || node.evidence || node.alertId !== null || node.hidden > 0) continue
    const inwards = edge.to === node.id
    const id = `bundle:${inwards ? edge.from : edge.to} ${edge.kind} ${node.kind}`
    const bundle = bundles.get(id) ?? { ends: [], edge, inwards }
    bundle.ends.push(node)
    bundles.set(id, bundle)
  }
  const gone = new Set<string>()
  const made: Collapsed = { nodes: [], edges: [] }
  for (const [id, { ends, edge, inwards }] of bundles) {
    const kept = opened.get(id) ?? 0
    if (ends.length - kept <= aloneMax) continue
    const [first] = ends
    if (!first) continue
    const bundled = ends.slice(kept)
    for (const one of bundled) gone.add(one.id)
    made.nodes.push({ ...first, id, detail: null, at: null, bundle: { id, kind: first.kind, count: bundled.length } })
    const count = bundled.length
    made.edges.push(inwards ? { ...edge, id, to: id, at: null, count } : { ...edge, id, from: id, at: null, count })
  }
  return {
    nodes: [...nodes.filter(({ id }) => !gone.has(id)), ...made.nodes],
    edges: [...edges.filter(({ from, to }) => !gone.has(from) && !gone.has(to)), ...made.edges],
  }
}
