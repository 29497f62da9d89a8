/** The Alerts page: numbers, filters, facets, the list, and one alert beside it or in its place. */
import { ActionIcon, Tooltip } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import type { AlertRow, BatchRequest } from '@rampart/api'
import { IconShieldSearch } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useDeferredValue, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { absolute, savedFiltersQuery, sessionQuery } from '../../api/queries.ts'
import { LoadingLines } from '../../parts/page-states.tsx'
import { usePreference } from '../../parts/preference.ts'
import { useShortcuts } from '../../parts/shortcut.ts'
import { useFormats } from '../../parts/time.ts'
import type { BatchOperation } from './batch-operations.ts'
import { ExportMenu } from './export-menu.tsx'
import { Facets } from './facets.tsx'
import { FilterBar } from './filter-bar.tsx'
import { AlertList } from './list.tsx'
import { useAlertList } from './live-list.ts'
import { NumberRow } from './number-row.tsx'
import classes from './page.module.css'
import { ResizablePanel } from './resizable-panel.tsx'
import { type AlertSearch, type DetailTab, filterOf, readAlertSearch, searchOfSaved } from './search.ts'
import { type Selection, useSelection } from './selection.ts'

const none: ReadonlySet<string> = new Set()

// Read when the first alert is opened: the first load of the list stays small.
const AlertDetailPanel = lazy(async () => ({ default: (await import('./detail.tsx')).AlertDetailPanel }))

const FacetsDrawer = lazy(() => import('./facets-drawer.tsx'))
const BatchBar = lazy(async () => ({ default: (await import('./batch-bar.tsx')).BatchBar }))
const BatchDialog = lazy(async () => ({ default: (await import('./batch-dialog.tsx')).BatchDialog }))

export function AlertsPage() {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  const search = useSearch({ from: '/inside/alerts' })
  const { alertId } = useParams({ strict: false })
  const navigate = useNavigate()
  const client = useQueryClient()
  const narrow = useMediaQuery('(max-width: 767px)', false, { getInitialValueInEffect: false })
  const roomy = useMediaQuery('(min-width: 1600px)', false, { getInitialValueInEffect: false })
  const [facetsShown, setFacetsShown] = usePreference('alerts.facets', true)
  const [facetsDrawer, setFacetsDrawer] = useState(false)
  const [cursor, setCursor] = useState<string>()
  const list = useRef<HTMLDivElement>(null)
  const present = usePresentAddress()
  const pointing = useRef(false)
  const reading = alertId !== undefined
  // The list answers first: it marks the row and makes room; the alert itself is drawn after that, in pieces.
  const shownId = useDeferredValue(alertId)

  const me = useQuery(sessionQuery).data?.user.name
  const live = useAlertList(
    search,
    useCallback(() => !pointing.current && !reading && (list.current?.scrollTop ?? 0) < 4, [reading]),
    me,
  )
  const selection = useSelection(live.rows, live.shownList)
  const [batch, setBatch] = useState<Batch>()
  useFirstFilter(search, reading, (first) => void navigate({ to: '.', search: first, replace: true }))
  const full = reading && (narrow || search.view === 'full')
  const marked = alertId ?? cursor

  useEffect(() => {
    document.title = t('documentTitle')
  }, [t])

  const setSearch = useCallback(
    (change: Partial<AlertSearch>) => {
      void navigate({ to: '.', search: { ...present().search, ...change }, replace: true })
    },
    [navigate, present],
  )
  const open = useCallback(
    (id: string, change: Partial<AlertSearch> = {}) => {
      const before = present()
      setCursor(id)
      void navigate({
        to: '/alerts/$alertId',
        params: { alertId: id },
        search: { ...before.search, ...change },
        replace: before.alertId !== undefined,
      })
    },
    [navigate, present],
  )
  const close = useCallback(() => {
    const before = present()
    setCursor(before.alertId)
    const { view: _view, tab: _tab, ...filter } = before.search
    void navigate({ to: '/alerts', search: filter })
    void client.invalidateQueries({ queryKey: ['alerts', 'list'] })
    list.current?.focus({ preventScroll: true })
  }, [navigate, client, present])

  const step = (by: 1 | -1) => {
    const opened = present().alertId
    const at = live.rows.findIndex((row) => row.id === (opened ?? cursor))
    const next = live.rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), live.rows.length - 1)]
    if (!next) return
    if (opened !== undefined) open(next.id)
    else setCursor(next.id)
    if (at > live.rows.length - 20 && live.query.hasNextPage) void live.query.fetchNextPage()
  }
  const showWaiting = () => {
    list.current?.scrollTo({ top: 0 })
    void live.showWaiting()
  }
  const chosen = selection.whole ? (live.total ?? selection.ids.size) : selection.ids.size
  const askBatch = (operation: BatchOperation) =>
    setBatch({ operation, count: chosen, what: whatIsChosen(selection, live.rows, search) })
  const many = (operation: BatchOperation) => () => askBatch(operation)
  useShortcuts({
    ...(marked && { x: () => selection.toggle(marked), X: () => selection.toggleRange(marked) }),
    '*': selection.toggleLoaded,
    ...(chosen > 0 &&
      !reading && {
        e: many('handled manually'),
        h: many('handled manually'),
        i: many('ignore'),
        f: many('false positive'),
        w: many('add to whitelist'),
        d: many('defend without notification'),
        r: many('reopen'),
        a: many('assign'),
        m: many('add note'),
      }),
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    n: showWaiting,
    Enter: (event) => {
      if (!cursor || present().alertId !== undefined || isControl(event.target)) return false
      open(cursor)
    },
    Escape: () => {
      if (present().alertId !== undefined) close()
      else if (chosen > 0) selection.clear()
      else return false
    },
    o: () => {
      const { alertId: opened, search: shown } = present()
      if (opened !== undefined) setSearch({ view: shown.view === 'full' ? undefined : 'full' })
      else if (cursor) open(cursor, { view: 'full' })
    },
  })

  const detail = reading && shownId && (
    <Suspense fallback={<LoadingLines lines={10} />}>
      <AlertDetailPanel
        key={shownId}
        id={shownId}
        current={shownId === alertId}
        row={live.rows.find((row) => row.id === shownId)}
        tab={search.tab ?? 'overview'}
        full={Boolean(full)}
        onTab={(tab: DetailTab) => setSearch({ tab: tab === 'overview' ? undefined : tab })}
        onClose={close}
        onFull={narrow ? undefined : () => setSearch({ view: full ? undefined : 'full' })}
        onStep={step}
        onBatch={setBatch}
      />
    </Suspense>
  )
  const dialog = batch && (
    <Suspense fallback={null}>
      <BatchDialog {...batch} onStarted={selection.clear} onClose={() => setBatch(undefined)} />
    </Suspense>
  )
  if (full) {
    return (
      <div className={classes.full}>
        <h1 className="sr-only">{t('title')}</h1>
        {detail}
        {dialog}
      </div>
    )
  }

  const facetsBeside = facetsShown && !narrow && (!reading || roomy)
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <Tooltip label={t('modelsIcon')}>
          <ActionIcon component={Link} to="/models" variant="default" size={30} aria-label={t('modelsIcon')}>
            <IconShieldSearch size={18} />
          </ActionIcon>
        </Tooltip>
        <h1 className={classes.title}>{t('title')}</h1>
        <span className={classes.zone}>{t('zone', { zone: formats.zone })}</span>
        <ExportMenu search={search} chosen={selection.whole ? none : selection.ids} total={live.total} />
      </header>
      <NumberRow search={search} />
      <FilterBar
        search={search}
        total={live.total}
        waiting={live.waiting}
        onShowWaiting={showWaiting}
        onSearch={setSearch}
        facetsShown={facetsBeside}
        onFacets={() => (narrow || (reading && !roomy) ? setFacetsDrawer(true) : setFacetsShown(!facetsShown))}
      />
      <div className={classes.body}>
        {facetsBeside && <Facets search={search} onSearch={setSearch} />}
        <AlertList
          live={live}
          search={search}
          marked={marked}
          scroller={list}
          onPointing={(over) => {
            pointing.current = over
          }}
          onOpen={open}
          onSearch={setSearch}
          selection={selection}
          me={me}
        />
        {chosen > 0 && (
          <Suspense>
            <BatchBar
              count={chosen}
              more={selection.whole || live.total === undefined || live.total <= chosen ? undefined : live.total}
              onWhole={selection.chooseWhole}
              onClear={selection.clear}
              onBatch={askBatch}
            />
          </Suspense>
        )}
        {reading && <ResizablePanel label={t('details')}>{detail}</ResizablePanel>}
      </div>
      {dialog}
      <Suspense>
        {facetsDrawer && (
          <FacetsDrawer opened onClose={() => setFacetsDrawer(false)} search={search} onSearch={setSearch} />
        )}
      </Suspense>
    </div>
  )
}

/** An operation that is asked about before it begins. */
export interface Batch {
  operation: BatchOperation
  count: number
  what: Pick<BatchRequest, 'alerts' | 'filter'>
}

/** Chosen by hand: those, in the versions that were seen. Chosen as a whole: what the filters find. */
function whatIsChosen(selection: Selection, rows: readonly AlertRow[], search: AlertSearch): Batch['what'] {
  if (selection.whole) return { filter: absolute(filterOf(search)) as BatchRequest['filter'] }
  return { alerts: rows.filter((row) => selection.ids.has(row.id)).map(({ id, version }) => ({ id, version })) }
}

/**
 * The address as it is at the moment. The page is drawn for it a little later, and a key may come before: what the key
 * does follows from where its reader has gone already.
 */
function usePresentAddress(): () => { alertId: string | undefined; search: AlertSearch } {
  const router = useRouter()
  return useCallback(() => {
    const { pathname, search } = router.latestLocation
    return { alertId: /^\/alerts\/([^/]+)$/.exec(pathname)?.[1], search: readAlertSearch(search) }
  }, [router])
}

let begun = false
/** The first view of the page in this tab begins with the filter that the reader chose for it, unless a link says otherwise. */
function useFirstFilter(search: AlertSearch, reading: boolean, begin: (search: AlertSearch) => void): void {
  const filters = useQuery({ ...savedFiltersQuery('alerts'), enabled: !begun }).data
  useEffect(() => {
    if (begun || !filters) return
    begun = true
    const first = filters.items.find((filter) => filter.isDefault)
    if (first && !reading && Object.keys(search).length === 0) begin(searchOfSaved(first.search))
  }, [filters, reading, search, begin])
}

const isControl = (target: EventTarget | null) => target instanceof Element && target.closest('a, button') !== null
