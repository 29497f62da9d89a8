/** Nodes and edges → places, from cause to effect, left to right. */
import { graphlib, layout } from '@dagrejs/dagre'
import type { Graph } from '@rampart/api'

export const nodeSize = { width: 216, height: 46 }

export interface Placed {
  x: number
  y: number
}

/** Upper left corners, by node id. */
export function placesOf({ nodes, edges }: Pick<Graph, 'nodes' | 'edges'>): Map<string, Placed> {
  const drawn = new graphlib.Graph({ multigraph: true })
  drawn.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 70, marginx: 20, marginy: 20 })
  drawn.setDefaultEdgeLabel(() => ({}))
  for (const { id } of nodes) drawn.setNode(id, { ...nodeSize })
  for (const { id, from, to } of edges) drawn.setEdge(from, to, {}, id)
  layout(drawn)
  return new Map(
    nodes.map(({ id }) => {
      const { x, y } = drawn.node(id) as Placed
      return [id, { x: x - nodeSize.width / 2, y: y - nodeSize.height / 2 }]
    }),
  )
}
