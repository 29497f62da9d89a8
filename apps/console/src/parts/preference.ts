/** A choice of this reader, remembered in this browser. */
import { useCallback, useSyncExternalStore } from 'react'

const changed = 'rampart:preference'
const parsed = new Map<string, { text: string | null; value: unknown }>()

/** Reads and sets `rampart.<name>`. What is stored but cannot be read counts as not chosen. */
export function usePreference<Value>(name: string, fallback: Value): [Value, (value: Value) => void] {
  const key = `rampart.${name}`
  const stored = useSyncExternalStore(subscribe, () => read(key)) as Value | undefined
  const set = useCallback(
    (value: Value) => {
      localStorage.setItem(key, JSON.stringify(value))
      window.dispatchEvent(new Event(changed))
    },
    [key],
  )
  return [stored ?? fallback, set]
}

function subscribe(listener: () => void): () => void {
  window.addEventListener(changed, listener)
  window.addEventListener('storage', listener)
  return () => {
    window.removeEventListener(changed, listener)
    window.removeEventListener('storage', listener)
  }
}

/** The same text gives the same object, as the store contract of React asks. */
function read(key: string): unknown {
  const text = localStorage.getItem(key)
  const known = parsed.get(key)
  if (known && known.text === text) return known.value
  let value: unknown
  try {
    value = text === null ? undefined : JSON.parse(text)
  } catch {
    value = undefined
  }
  parsed.set(key, { text, value })
  return value
}
