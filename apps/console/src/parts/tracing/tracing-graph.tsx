/** The attack source tracing graph of an alert or incident: a drawing, the same as a list, and what is selected beside it. */
import { Button, SegmentedControl } from '@mantine/core'
import type { Graph, GraphNode } from '@rampart/api'
import { IconAffiliate } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { graphQuery } from '../../api/investigation-queries.ts'
import { BlockAddressDialog } from '../block-address.tsx'
import { CopyButton } from '../copy-button.tsx'
import { EvidenceText, VisibleText } from '../evidence-text.tsx'
import { FoldedText } from '../folded-text.tsx'
import { useMayRespond } from '../may-respond.ts'
import { EmptyState, ErrorState, LoadingLines } from '../page-states.tsx'
import { useFormats } from '../time.ts'
import { NodeIcon } from './node-icon.tsx'
import classes from './tracing-graph.module.css'

const Canvas = lazy(() => import('./canvas.tsx'))
const firstLimit = 120
const mostNodes = 1000

export function TracingGraph({ of, id }: { of: 'alert' | 'incident'; id: string }) {
  const { t } = useTranslation('investigation')
  const formats = useFormats()
  const [view, setView] = useState<'drawing' | 'list'>('drawing')
  const [expand, setExpand] = useState<readonly string[]>([])
  const [limit, setLimit] = useState(firstLimit)
  const [selected, setSelected] = useState<string>()
  const query = useQuery(graphQuery(of, id, expand, limit))
  const onExpand = useCallback((node: string) => {
    setExpand((before) => (before.includes(node) ? before : [...before.slice(-49), node]))
    setLimit((before) => Math.min(before + 200, mostNodes))
  }, [])
  const graph = query.data
  if (query.error && !graph) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!graph) return <LoadingLines lines={10} />
  if (graph.nodes.length <= 1) {
    return (
      <EmptyState icon={<IconAffiliate size={22} />} title={t('graph.none.title')}>
        {t('graph.none.words')}
      </EmptyState>
    )
  }
  const node = graph.nodes.find((one) => one.id === selected)
  return (
    <div className={classes.whole}>
      <div className={classes.bar}>
        <SegmentedControl
          size="xs"
          aria-label={t('graph.view')}
          value={view}
          onChange={(value) => setView(value as 'drawing' | 'list')}
          data={[
            { value: 'drawing', label: t('graph.drawing') },
            { value: 'list', label: t('graph.list') },
          ]}
        />
        <span className={classes.dim} role="status">
          {t('graph.shown', { count: graph.nodes.length, number: formats.count(graph.nodes.length) })}
          {graph.hidden > 0 && ` · ${t('graph.hidden', { number: formats.count(graph.hidden) })}`}
          {graph.shortfall && ` · ${t(`shortfall.${graph.shortfall}`)}`}
        </span>
        {graph.hidden > 0 && limit < mostNodes && (
          <Button size="compact-xs" variant="default" onClick={() => setLimit(Math.min(limit * 2, mostNodes))}>
            {t('graph.showMore')}
          </Button>
        )}
        {expand.length > 0 && (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => {
              setExpand([])
              setLimit(firstLimit)
            }}
          >
            {t('graph.collapse')}
          </Button>
        )}
      </div>
      <div className={classes.body}>
        {view === 'drawing' ? (
          <Suspense fallback={<LoadingLines lines={10} />}>
            <div className={classes.drawing}>
              <Canvas graph={graph} selected={selected} onSelect={setSelected} onExpand={onExpand} />
            </div>
          </Suspense>
        ) : (
          <GraphList graph={graph} selected={selected} onSelect={setSelected} onExpand={onExpand} />
        )}
        {node && (
          <Selected
            key={node.id}
            graph={graph}
            node={node}
            incident={of === 'incident' ? id : undefined}
            onSelect={setSelected}
            onExpand={onExpand}
          />
        )}
      </div>
    </div>
  )
}

interface ListProps {
  graph: Graph
  selected: string | undefined
  onSelect: (id: string) => void
  onExpand: (id: string) => void
}

/** The same for keyboard and screen reader: every node with what leads from it, in the order of time. */
function GraphList({ graph, selected, onSelect, onExpand }: ListProps) {
  const { t } = useTranslation('investigation')
  const formats = useFormats()
  const labels = new Map(graph.nodes.map((node) => [node.id, node]))
  const inTime = [...graph.nodes].sort((one, other) => (one.at ?? '').localeCompare(other.at ?? ''))
  return (
    <ul className={classes.list}>
      {inTime.map((node) => (
        <li key={node.id} className={classes.item} data-selected={node.id === selected || undefined}>
          <div className={classes.row}>
            <button type="button" className={classes.name} onClick={() => onSelect(node.id)}>
              <NodeIcon kind={node.kind} />
              <span className={classes.kind}>{t(`graph.kind.${node.kind}`)}</span>
              <EvidenceText value={node.label} />
            </button>
            {node.at && <span className={classes.time}>{formats.clock(node.at)}</span>}
            {node.hidden > 0 && (
              <button type="button" className={classes.link} onClick={() => onExpand(node.id)}>
                {t('graph.expand', { count: node.hidden })}
              </button>
            )}
          </div>
          <ul className={classes.edges}>
            {graph.edges
              .filter((edge) => edge.from === node.id)
              .map((edge) => (
                <li key={edge.id}>
                  {t(`graph.edge.${edge.kind}`)}{' '}
                  <button type="button" className={classes.link} onClick={() => onSelect(edge.to)}>
                    <EvidenceText value={labels.get(edge.to)?.label ?? ''} />
                  </button>
                  {edge.count > 1 && ` ×${formats.count(edge.count)}`}
                  {edge.at && <span className={classes.time}>{formats.clock(edge.at)}</span>}
                </li>
              ))}
          </ul>
        </li>
      ))}
    </ul>
  )
}

interface SelectedProps {
  graph: Graph
  node: GraphNode
  /** Id of the incident whose graph it is. */
  incident: string | undefined
  onSelect: (id: string | undefined) => void
  onExpand: (id: string) => void
}

function Selected({ graph, node, incident, onSelect, onExpand }: SelectedProps) {
  const { t } = useTranslation('investigation')
  const mayRespond = useMayRespond()
  const [blocking, setBlocking] = useState(false)
  const formats = useFormats()
  const box = useRef<HTMLElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !box.current?.contains(document.activeElement)) return
      event.stopPropagation()
      onSelect(undefined)
    }
    window.addEventListener('keydown', onKey, true)
    return () => window.removeEventListener('keydown', onKey, true)
  }, [onSelect])
  const label = new Map(graph.nodes.map((one) => [one.id, one.label]))
  const edges = graph.edges.filter((edge) => edge.from === node.id || edge.to === node.id)
  return (
    <aside ref={box} className={classes.selected} aria-label={t('graph.selected')}>
      <h3 className={classes.heading}>
        <NodeIcon kind={node.kind} /> {t(`graph.kind.${node.kind}`)}
      </h3>
      <p className={classes.value}>
        <VisibleText value={node.label} /> <CopyButton value={node.label} small />
      </p>
      {node.detail && (
        <p className={classes.value}>
          <FoldedText value={node.detail} /> <CopyButton value={node.detail} small />
        </p>
      )}
      {node.at && <p className={classes.dim}>{formats.exact(node.at)}</p>}
      <p className={classes.actions}>
        {node.alertId && (
          <Link to="/alerts/$alertId" params={{ alertId: node.alertId }} search={{}}>
            {t('graph.openAlert')}
          </Link>
        )}
        {node.kind === 'asset' && (
          <Link to="/assets/$assetId" params={{ assetId: node.id.slice('asset:'.length) }}>
            {t('graph.openAsset')}
          </Link>
        )}
        {!node.alertId && node.kind !== 'asset' && (
          <Link to="/alerts" search={{ q: searchOf(node), handled: 'all' }}>
            {t('graph.findAlerts')}
          </Link>
        )}
        {node.hidden > 0 && (
          <button type="button" className={classes.link} onClick={() => onExpand(node.id)}>
            {t('graph.expand', { count: node.hidden })}
          </button>
        )}
        {node.kind === 'address' && mayRespond && (
          <button type="button" className={classes.link} onClick={() => setBlocking(true)}>
            {t('graph.block')}
          </button>
        )}
      </p>
      {blocking && (
        <BlockAddressDialog
          address={node.label}
          assets={assetsOf(graph)}
          reason={t('graph.blockReason')}
          {...(incident !== undefined && { incident })}
          onClose={() => setBlocking(false)}
        />
      )}
      <ul className={classes.edges}>
        {edges.map((edge) => (
          <li key={edge.id}>
            {edge.to === node.id && (
              <button type="button" className={classes.link} onClick={() => onSelect(edge.from)}>
                <EvidenceText value={label.get(edge.from) ?? ''} />
              </button>
            )}{' '}
            {t(`graph.edge.${edge.kind}`)}{' '}
            {edge.from === node.id && (
              <button type="button" className={classes.link} onClick={() => onSelect(edge.to)}>
                <EvidenceText value={label.get(edge.to) ?? ''} />
              </button>
            )}
            {edge.at && <span className={classes.time}>{formats.clock(edge.at)}</span>}
          </li>
        ))}
      </ul>
    </aside>
  )
}

const assetsOf = ({ nodes }: Graph) =>
  nodes.flatMap(({ kind, id, label }) => (kind === 'asset' ? [{ id: id.slice('asset:'.length), name: label }] : []))

/** A process is found by its name, anything else by what it is. */
const searchOf = ({ kind, label, detail }: GraphNode) =>
  (kind === 'process' ? (label.split(' (')[0] ?? label) : kind === 'file' ? (detail ?? label) : label).slice(0, 256)
