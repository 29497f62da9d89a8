/** The tracing graph as a drawing: pan, zoom, fit; a node selects, its counter expands. Loaded when it is first shown. */
import '@xyflow/react/dist/base.css'
import type { Graph, GraphNode } from '@rampart/api'
import { visibleText } from '@rampart/api/visible-text'
import {
  Background,
  Controls,
  type Edge,
  Handle,
  MarkerType,
  MiniMap,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { LevelMark } from '../level-mark.tsx'
import { useFormats } from '../time.ts'
import classes from './canvas.module.css'
import { type Bundle, collapse, openStep } from './collapse.ts'
import { nodeSize, placesOf } from './layout.ts'
import { NodeIcon } from './node-icon.tsx'

interface CanvasProps {
  graph: Graph
  selected: string | undefined
  onSelect: (id: string | undefined) => void
  onExpand: (id: string) => void
}

type Drawn = Node<{ node: GraphNode; bundle: Bundle | undefined; onExpand: (id: string) => void }, 'thing'>

/** A small map helps where the whole does not fit. */
const mapFrom = 20
/** Below it words cannot be read. */
const readableZoom = 0.6
/** Pixels at full size that fit a screen when they can still be read. */
const wholeMax = 1_800

export default function Canvas({ graph: whole, selected, onSelect, onExpand }: CanvasProps) {
  const { t } = useTranslation('investigation')
  const formats = useFormats()
  const [opened, setOpened] = useState<ReadonlyMap<string, number>>(new Map())
  const graph = useMemo(() => collapse(whole, opened), [whole, opened])
  const places = useMemo(() => placesOf(graph), [graph])
  const nodes = useMemo(
    (): Drawn[] =>
      graph.nodes.map((node) => ({
        id: node.id,
        type: 'thing',
        position: places.get(node.id) ?? { x: 0, y: 0 },
        data: { node, bundle: 'bundle' in node ? node.bundle : undefined, onExpand },
        selected: node.id === selected,
        ariaLabel: t('graph.nodeLabel', { kind: t(`graph.kind.${node.kind}`), label: visibleText(node.label) }),
        ...nodeSize,
      })),
    [graph, places, selected, onExpand, t],
  )
  const edges = useMemo(
    (): Edge[] =>
      graph.edges.map((edge) => {
        const times = edge.count > 1 ? ` ×${formats.count(edge.count)}` : ''
        const touched = edge.from === selected || edge.to === selected
        return {
          id: edge.id,
          source: edge.from,
          target: edge.to,
          label: `${t(`graph.edge.${edge.kind}`)}${times}${touched && edge.at ? ` · ${formats.clock(edge.at)}` : ''}`,
          markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 },
          className: `${classes.edge} ${touched ? classes.touched : ''}`,
          focusable: false,
        }
      }),
    [graph, selected, t, formats],
  )
  const firstView = useMemo(() => {
    const view = { maxZoom: 1, minZoom: readableZoom, padding: 0.08 }
    const width = Math.max(0, ...[...places.values()].map(({ x }) => x + nodeSize.width))
    const marked = graph.nodes.filter(({ evidence, alertId }) => evidence || alertId !== null)
    // Too wide to be read as a whole: it opens where the evidence is.
    return width > wholeMax && marked.length > 0 ? { ...view, nodes: marked.map(({ id }) => ({ id })) } : view
  }, [graph, places])
  return (
    <div className={classes.canvas}>
      <ReactFlow
        // Another size: fit it anew.
        key={`${graph.nodes.length}`}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        onNodeClick={(_event, { id, data }) => {
          if (data.bundle) setOpened(new Map(opened).set(id, (opened.get(id) ?? 0) + openStep))
          else onSelect(id)
        }}
        onPaneClick={() => onSelect(undefined)}
        onNodesChange={(changes) => {
          for (const change of changes)
            if (change.type === 'select' && change.selected && !change.id.startsWith('bundle:')) onSelect(change.id)
        }}
        nodesDraggable={false}
        nodesConnectable={false}
        elementsSelectable
        fitView
        fitViewOptions={firstView}
        minZoom={0.05}
        maxZoom={2}
        onlyRenderVisibleElements={graph.nodes.length > 100}
        proOptions={{ hideAttribution: true }}
        aria-label={t('graph.label')}
        ariaLabelConfig={{
          'controls.zoomIn.ariaLabel': t('graph.zoomIn'),
          'controls.zoomOut.ariaLabel': t('graph.zoomOut'),
          'controls.fitView.ariaLabel': t('graph.fit'),
          'controls.ariaLabel': t('graph.controls'),
          'minimap.ariaLabel': t('graph.map'),
          'node.a11yDescription.default': t('graph.nodeHelp'),
          'node.a11yDescription.keyboardDisabled': t('graph.nodeHelp'),
        }}
      >
        <Background gap={20} size={1} />
        <Controls showInteractive={false} position="bottom-left" />
        {graph.nodes.length >= mapFrom && <MiniMap pannable zoomable position="bottom-right" />}
      </ReactFlow>
    </div>
  )
}

function Thing({ data: { node, bundle, onExpand }, selected }: NodeProps<Drawn>) {
  const { t } = useTranslation('investigation')
  const formats = useFormats()
  return (
    <div
      className={classes.node}
      data-kind={node.kind}
      data-evidence={node.evidence || undefined}
      data-level={node.level ?? undefined}
      data-selected={selected || undefined}
      data-bundle={bundle && true}
      title={bundle ? t('graph.openBundle') : visibleText(node.detail ?? node.label)}
    >
      <Handle type="target" position={Position.Left} className={classes.handle} isConnectable={false} />
      <span className={classes.icon}>
        {node.level ? <LevelMark level={node.level} /> : <NodeIcon kind={node.kind} />}
      </span>
      <span className={classes.text}>
        <span className={classes.label}>
          {bundle
            ? t(`graph.bundle.${bundle.kind}`, { count: bundle.count, number: formats.count(bundle.count) })
            : visibleText(node.label)}
        </span>
        <span className={classes.under}>
          {bundle ? t('graph.openBundle') : t(`graph.kind.${node.kind}`)}
          {node.at && ` · ${formats.clock(node.at)}`}
        </span>
      </span>
      {node.hidden > 0 && (
        <button
          type="button"
          tabIndex={-1}
          className={`${classes.more} nodrag nopan`}
          title={t('graph.expand', { count: node.hidden })}
          aria-label={t('graph.expand', { count: node.hidden })}
          onClick={(click) => {
            click.stopPropagation()
            onExpand(node.id)
          }}
        >
          +{formats.count(node.hidden)}
        </button>
      )}
      <Handle type="source" position={Position.Right} className={classes.handle} isConnectable={false} />
    </div>
  )
}

const nodeTypes = { thing: Thing }
