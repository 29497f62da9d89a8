/** Joins the live stream to the query cache: numbers, alerts and assets renew themselves without a reload. */
import type { AlertBatch, AlertRow, StreamMessage, StreamMessageName } from '@rampart/api'
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { summaryQuery } from './queries.ts'
import { type LiveState, LiveStream } from './stream.ts'

const StreamContext = createContext<LiveStream | undefined>(undefined)
/** Facet counts and asset lists are asked for again at most this often under a flood of messages. */
const renewEveryMs = 1_500
/** Somebody waits for the result of an operation. */
const renewResponsesMs = 150

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const [stream] = useState(() => new LiveStream())
  useEffect(() => {
    const ends = connect(stream, client)
    stream.start()
    return () => {
      for (const end of ends) end()
      stream.stop()
    }
  }, [stream, client])
  return <StreamContext value={stream}>{children}</StreamContext>
}

export function useLiveState(): LiveState {
  const stream = useStream()
  return useSyncExternalStore(stream.watchState, () => stream.state)
}

/** Calls the latest `listener` for every message of this name. */
export function useLive<Name extends StreamMessageName>(name: Name, listener: (m: StreamMessage<Name>) => void): void {
  const stream = useStream()
  const latest = useRef(listener)
  latest.current = listener
  useEffect(() => stream.on(name, (message) => latest.current(message)), [stream, name])
}

function useStream(): LiveStream {
  const stream = useContext(StreamContext)
  if (!stream) throw new Error('useLive outside of LiveProvider')
  return stream
}

function connect(stream: LiveStream, client: QueryClient): (() => void)[] {
  const renewFacets = atMostEvery(() => void client.invalidateQueries({ queryKey: ['alerts', 'facets'] }))
  const renewAssets = atMostEvery(() => void client.invalidateQueries({ queryKey: ['assets'] }))
  const renewModels = atMostEvery(() => void client.invalidateQueries({ queryKey: ['models', 'list'] }))
  const renewIncidentLists = atMostEvery(() => void client.invalidateQueries({ queryKey: ['incidents'] }))
  const renewIncidents = (ids: readonly string[]) => {
    renewIncidentLists()
    for (const id of ids)
      if (client.getQueryData(['incident', id])) void client.invalidateQueries({ queryKey: ['incident', id] })
  }
  const renewResponses = atMostEvery(() => {
    for (const queryKey of [['responses'], ['operations'], ['quarantine'], ['ip-rules', 'list']])
      void client.invalidateQueries({ queryKey })
  }, renewResponsesMs)
  const changed = (row: AlertRow) => {
    renewFacets()
    // A list on screen changes its rows itself; one that is not shown is read anew when it is shown again.
    void client.invalidateQueries({ queryKey: ['alerts', 'list'], type: 'inactive', refetchType: 'none' })
    void client.invalidateQueries({ queryKey: ['alerts', 'search'], refetchType: 'none' })
    if (client.getQueryData(['alert', row.id])) void client.invalidateQueries({ queryKey: ['alert', row.id] })
  }
  return [
    stream.on('summary', (summary) => client.setQueryData(summaryQuery.queryKey, summary)),
    stream.on('alert.updated', changed),
    stream.on('alert.raised', (row) => {
      changed(row)
      renewAssets()
      renewModels()
    }),
    stream.on('alerts.changed', () => {
      void client.invalidateQueries({ queryKey: ['alerts'] })
      void client.invalidateQueries({ queryKey: ['alert'] })
    }),
    stream.on('batch.progress', (progress) => {
      client.setQueryData<AlertBatch>(['batch', progress.id], (batch) => batch && { ...batch, ...progress })
      if (progress.state !== 'running') void client.invalidateQueries({ queryKey: ['batch', progress.id] })
    }),
    stream.on('incidents.changed', ({ ids }) => renewIncidents(ids)),
    stream.on('asset.changed', renewAssets),
    stream.on('task.changed', renewResponses),
    stream.on('operation.changed', renewResponses),
    stream.on('banners', () => void client.invalidateQueries({ queryKey: ['banners'] })),
    stream.onReopened(() => void client.invalidateQueries()),
  ]
}

function atMostEvery(act: () => void, everyMs = renewEveryMs): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return () => {
    if (timer) return
    timer = setTimeout(() => {
      timer = undefined
      act()
    }, everyMs)
  }
}
