/** The processes around the evidence as a tree: up to the first one, down on demand; arrows walk it. */
import type { AlertDetail, ProcessTree as Found, TreeProcess } from '@rampart/api'
import { IconBinaryTree } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { treeChildrenQuery, treeQuery } from '../../api/investigation-queries.ts'
import { EmptyState, ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import { ProcessRow } from './process-row.tsx'
import classes from './process-tree.module.css'

/** A longer way from the first process to the evidence is folded in its middle. */
const longest = 9
const keptFirst = 2
const keptLast = 6

export function ProcessTree({ detail }: { detail: AlertDetail }) {
  const { t } = useTranslation('investigation')
  const query = useQuery(treeQuery(detail.id))
  if (detail.processChain.length === 0) {
    return (
      <EmptyState icon={<IconBinaryTree size={22} />} title={t('tree.none.title')}>
        {t('tree.none.words')}
      </EmptyState>
    )
  }
  if (query.error && !query.data) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <LoadingLines lines={10} />
  return <Tree alertId={detail.id} found={query.data} />
}

interface Shared {
  alertId: string
  found: Found
  /** The day of the evidence; only other days are written out. */
  day: string | undefined
  /** Processes between the first and the last that are not drawn. */
  folded: ReadonlySet<string>
  onUnfold: () => void
}

function Tree({ alertId, found }: { alertId: string; found: Found }) {
  const { t } = useTranslation('investigation')
  const [unfolded, setUnfolded] = useState(false)
  const tree = useRef<HTMLDivElement>(null)
  const known = new Set(found.nodes.map((node) => node.entityId))
  const roots = found.nodes.filter((node) => node.parentId === null || !known.has(node.parentId))
  const marked = found.nodes.find((node) => node.marked)
  const way = wayTo(found.nodes, marked)
  const folded = new Set(unfolded || way.length <= longest ? [] : way.slice(keptFirst, -keptLast))
  const shared: Shared = {
    alertId,
    found,
    day: marked?.startedAt?.slice(0, 10),
    folded,
    onUnfold: () => setUnfolded(true),
  }
  useEffect(() => {
    tree.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
  }, [])
  return (
    <>
      {found.shortfall && <p className={classes.note}>{t(`shortfall.${found.shortfall}`)}</p>}
      <div ref={tree} role="tree" className={classes.tree} aria-label={t('tree.label')} onKeyDown={walk}>
        {roots.map((node, place) => (
          <Branch key={node.entityId} node={node} depth={0} shared={shared} first={place === 0 && !marked} />
        ))}
      </div>
    </>
  )
}

/** Ids from the first process to the marked one. */
function wayTo(nodes: readonly TreeProcess[], marked: TreeProcess | undefined): string[] {
  const byId = new Map(nodes.map((node) => [node.entityId, node]))
  const way: string[] = []
  for (let node = marked; node && !way.includes(node.entityId); node = byId.get(node.parentId ?? ''))
    way.unshift(node.entityId)
  return way
}

interface BranchProps {
  node: TreeProcess
  depth: number
  shared: Shared
  /** Reached by Tab. */
  first?: boolean
}

/** `way`: only what the evidence names. `all`: what the archive knows. */
type Open = 'no' | 'way' | 'all'

function Branch({ node, depth, shared, first = false }: BranchProps) {
  const { t } = useTranslation('investigation')
  const formats = useFormats()
  const { alertId, found, folded, onUnfold } = shared
  const ofEvidence = found.nodes.filter((one) => one.parentId === node.entityId)
  const [open, setOpen] = useState<Open>(ofEvidence.length > 0 ? 'way' : 'no')
  const query = useInfiniteQuery({ ...treeChildrenQuery(alertId, node.entityId), enabled: open === 'all' })
  const loaded = query.data?.pages.flatMap((page) => page.nodes) ?? []
  const children = open === 'no' ? [] : inTime(ofEvidence, open === 'all' ? loaded : [])
  const mayHave = node.children === null || node.children > 0 || ofEvidence.length > 0
  const unseen = node.children === null ? null : node.children - children.length
  const below = children.map((child) => <Branch key={child.entityId} node={child} depth={depth + 1} shared={shared} />)
  const isFirstFolded = folded.has(node.entityId) && !folded.has(node.parentId ?? '')
  if (folded.has(node.entityId)) {
    return (
      <>
        {isFirstFolded && <Action depth={depth} act={onUnfold} words={t('tree.unfold', { count: folded.size })} />}
        {children.map((child) => (
          <Branch key={child.entityId} node={child} depth={isFirstFolded ? depth + 1 : depth} shared={shared} />
        ))}
      </>
    )
  }
  const toggle = () => setOpen(open === 'no' ? (ofEvidence.length > 0 ? 'way' : 'all') : 'no')
  return (
    <div
      role="treeitem"
      className={classes.branch}
      style={{ '--depth': Math.min(depth, 14) }}
      aria-level={depth + 1}
      aria-expanded={mayHave ? open !== 'no' : undefined}
      aria-current={node.marked || undefined}
      aria-selected={node.marked}
      tabIndex={node.marked || first ? 0 : -1}
      data-toggle
      onClick={(event) => isOwn(event.target, event.currentTarget) && event.currentTarget.focus()}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return
        if ((event.key === 'ArrowRight' && open === 'no' && mayHave) || (event.key === 'ArrowLeft' && open !== 'no')) {
          event.preventDefault()
          event.stopPropagation()
          toggle()
        }
        if (event.key === '*' && mayHave) {
          event.preventDefault()
          setOpen('all')
        }
      }}
    >
      <ProcessRow
        alertId={alertId}
        node={node}
        root={depth === 0}
        day={shared.day}
        open={mayHave ? open !== 'no' : undefined}
        onToggle={toggle}
      />
      {open !== 'no' && (
        <div role="group" className={classes.group}>
          {below}
          {open === 'way' && unseen !== 0 && (
            <Action
              depth={depth + 1}
              act={() => setOpen('all')}
              words={
                unseen === null
                  ? t('tree.showChildren')
                  : t('tree.showMore', { count: unseen, number: formats.count(unseen) })
              }
            />
          )}
          {query.isFetching && <Action depth={depth + 1} words={t('tree.loading')} />}
          {query.error && <Action depth={depth + 1} act={() => void query.refetch()} words={t('tree.failed')} />}
          {open === 'all' && query.hasNextPage && !query.isFetching && (
            <Action depth={depth + 1} act={() => void query.fetchNextPage()} words={t('tree.nextPage')} />
          )}
          {open === 'all' && query.isSuccess && children.length === 0 && (
            <Action depth={depth + 1} words={t('tree.noChildren')} />
          )}
        </div>
      )}
    </div>
  )
}

/** A line of the tree that is no process: it does something, or says something. */
function Action({ depth, act, words }: { depth: number; act?: () => void; words: string }) {
  return (
    <div
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={false}
      tabIndex={-1}
      className={classes.fold}
      style={{ '--depth': Math.min(depth, 14) }}
      onKeyDown={(event) => {
        if (!act || (event.key !== 'Enter' && event.key !== ' ')) return
        event.preventDefault()
        event.stopPropagation()
        act()
      }}
    >
      {act ? (
        <button type="button" tabIndex={-1} onClick={act}>
          {words}
        </button>
      ) : (
        words
      )}
    </div>
  )
}

/** Both, each once, by start. */
function inTime(some: readonly TreeProcess[], others: readonly TreeProcess[]): TreeProcess[] {
  const all = new Map(some.map((node) => [node.entityId, node]))
  for (const node of others) all.set(node.entityId, { ...node, marked: all.get(node.entityId)?.marked ?? node.marked })
  return [...all.values()].sort((one, other) => (one.startedAt ?? '').localeCompare(other.startedAt ?? ''))
}

/** Clicks on links and buttons keep their own focus; those below belong to other items. */
function isOwn(target: EventTarget, item: HTMLElement): boolean {
  return (
    target instanceof Element && target.closest('a, button') === null && target.closest('[role="treeitem"]') === item
  )
}

/** Up, down, first, last; right goes to the first child, left to the parent. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const item = (event.target as HTMLElement).closest<HTMLElement>('[role="treeitem"]')
  if (!item || event.target !== item) return
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="treeitem"]')]
  const at = items.indexOf(item)
  const next: Record<string, HTMLElement | null | undefined> = {
    ArrowDown: items[at + 1] ?? item,
    ArrowUp: items[at - 1] ?? item,
    Home: items[0],
    End: items.at(-1),
    ArrowRight: item.querySelector<HTMLElement>('[role="treeitem"]') ?? item,
    ArrowLeft: item.parentElement?.closest<HTMLElement>('[role="treeitem"]') ?? item,
  }
  const to = next[event.key]
  if (!to || event.defaultPrevented) return
  event.preventDefault()
  for (const one of items) one.tabIndex = one === to ? 0 : -1
  to.focus()
  to.scrollIntoView({ block: 'nearest' })
}
