/** Single keys and two-key sequences (`g a`), silent while somebody types. */
import { useEffect, useRef } from 'react'

/** What each key does. One that gives `false` left the key to the browser. */
export type KeyMap = Record<string, (event: KeyboardEvent) => unknown>
/** Second key of a sequence must follow within this time. */
const sequenceMs = 1_000

/** Binds keys (as in `KeyboardEvent.key`, sequences joined by a space) while the component is shown. */
export function useShortcuts(keys: KeyMap, active = true): void {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    if (!active) return
    let first = { key: '', at: 0 }
    let isModal = false
    // Escape has closed the dialog by the time it comes here: it was the dialog's key all the same.
    const note = () => {
      isModal = document.querySelector('[aria-modal="true"]') !== null
    }
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (isModal || isTaken(event.target)) return
      const sequence = event.timeStamp - first.at < sequenceMs ? `${first.key} ${event.key}` : ''
      const act = latest.current[sequence] ?? latest.current[event.key]
      first = { key: event.key, at: event.timeStamp }
      if (act && act(event) !== false) event.preventDefault()
    }
    window.addEventListener('keydown', note, true)
    window.addEventListener('keydown', press)
    return () => {
      window.removeEventListener('keydown', note, true)
      window.removeEventListener('keydown', press)
    }
  }, [active])
}

/** Typing and everything inside of menus and dialogs keep their keys. */
function isTaken(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target.closest('[role="dialog"], [role="menu"], [role="listbox"]')) return true
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || isTextInput(target)
}

const isTextInput = (target: HTMLElement) =>
  target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)
