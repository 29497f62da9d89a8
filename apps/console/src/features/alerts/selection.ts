/** Which alerts are chosen: some by hand, or everything that the filters find. */
import type { AlertRow } from '@rampart/api'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'

export interface Selection {
  ids: ReadonlySet<string>
  /** Everything that the filters find, also what is not loaded. */
  whole: boolean
  toggle: (id: string) => void
  /** From the row that was chosen last up to this one. */
  toggleRange: (id: string) => void
  /** All rows that are loaded; none when they are chosen already. */
  toggleLoaded: () => void
  chooseWhole: () => void
  clear: () => void
}

/** `list` names the filters: with others nothing is chosen. */
export function useSelection(rows: readonly AlertRow[], list: string): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(none)
  const [whole, setWhole] = useState(false)
  const last = useRef<string>(undefined)
  const latest = useRef(rows)
  latest.current = rows

  const clear = useCallback(() => {
    setIds(none)
    setWhole(false)
    last.current = undefined
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: other filters, nothing is chosen
  useEffect(clear, [list, clear])

  const toggle = useCallback((id: string) => {
    last.current = id
    setWhole(false)
    setIds((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  }, [])
  const toggleRange = useCallback((id: string) => {
    const places = [last.current ?? id, id].map((one) => latest.current.findIndex((row) => row.id === one))
    const [from = 0, to = 0] = places.sort((one, other) => one - other)
    last.current = id
    setWhole(false)
    setIds((before) => new Set([...before, ...latest.current.slice(Math.max(from, 0), to + 1).map((row) => row.id)]))
  }, [])
  const toggleLoaded = useCallback(() => {
    setWhole(false)
    setIds((before) => (before.size >= latest.current.length ? none : new Set(latest.current.map((row) => row.id))))
  }, [])
  const chooseWhole = useCallback(() => {
    setWhole(true)
    setIds(new Set(latest.current.map((row) => row.id)))
  }, [])
  return useMemo(
    () => ({ ids, whole, toggle, toggleRange, toggleLoaded, chooseWhole, clear }),
    [ids, whole, toggle, toggleRange, toggleLoaded, chooseWhole, clear],
  )
}

const none: ReadonlySet<string> = new Set()
