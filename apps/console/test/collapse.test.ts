import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Graph, GraphNode } from '@rampart/api'
import { collapse, openStep } from '../src/parts/tracing/collapse.ts'

const node = (id: string, over: Partial<GraphNode> = {}): GraphNode => ({
  id,
  kind: 'file',
  label: id,
  detail: null,
  at: null,
  level: null,
  alertId: null,
  evidence: false,
  hidden: 0,
  ...over,
})
const edge = (from: string, to: string): Graph['edges'][number] => ({
  id: `${from} ${to}`,
  from,
  to,
  kind: 'wrote',
  at: null,
  count: 1,
})

const files = Array.from({ length: 1000 }, (_, place) => node(`f${place}`))
const shell = node('shell', { kind: 'process', evidence: true })
const alert = node('alert', { kind: 'alert', alertId: 'al-1' })
const edges = [
  ...files.map(({ id }) => edge('shell', id)),
  edge('shell', 'alert'),
  edge('shell', 'kept'),
  edge('kept', 'f0'),
]
const graph = { nodes: [shell, alert, node('kept'), ...files], edges }

test('a thousand alike ends become one node with their count; what leads on, evidence and alerts stay', () => {
  const { nodes, edges: left } = collapse(graph, new Map())
  assert.deepEqual(nodes.map(({ id }) => id).sort(), ['alert', 'bundle:shell wrote file', 'f0', 'kept', 'shell'])
  const bundle = nodes.find((one) => 'bundle' in one)
  assert.ok(bundle && 'bundle' in bundle)
  assert.equal(bundle.bundle.count, 999)
  for (const { from, to } of left)
    for (const end of [from, to])
      assert.ok(
        nodes.some(({ id }) => id === end),
        end,
      )
})

test('opening takes some out, until none is left to bundle', () => {
  const opened = (count: number) => collapse(graph, new Map([['bundle:shell wrote file', count]])).nodes.length
  assert.equal(opened(openStep), 5 + openStep)
  assert.equal(opened(995), graph.nodes.length)
})

test('a few alike ends are drawn one by one', () => {
  const few = { nodes: [shell, ...files.slice(0, 8)], edges: edges.slice(0, 8) }
  assert.equal(collapse(few, new Map()).nodes.length, 9)
})
