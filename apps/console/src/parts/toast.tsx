/** Short words about what was just done, with a way back; they leave by themselves, but not while read or focused. */
import { Button, CloseButton } from '@mantine/core'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './toast.module.css'

export interface Toast {
  words: string
  action?: { words: string; act: () => void }
}

interface Shown extends Toast {
  number: number
}

const staysMs = 8_000
const shownMax = 3
const watchers = new Set<() => void>()
let shown: readonly Shown[] = []
let numbers = 0

function change(next: readonly Shown[]): void {
  shown = next
  for (const watcher of watchers) watcher()
}

export function showToast(toast: Toast): void {
  numbers++
  change([...shown, { ...toast, number: numbers }].slice(-shownMax))
}

const close = (number: number) => change(shown.filter((one) => one.number !== number))

export function Toasts() {
  const { t } = useTranslation('parts')
  const toasts = useSyncExternalStore(watch, () => shown)
  return (
    <section className={classes.toasts} aria-label={t('toasts')} aria-live="polite">
      {toasts.map((toast) => (
        <ToastLine key={toast.number} toast={toast} />
      ))}
    </section>
  )
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

function ToastLine({ toast }: { toast: Shown }) {
  const { t } = useTranslation('parts')
  const [held, setHeld] = useState(false)
  useEffect(() => {
    if (held) return
    const timer = setTimeout(() => close(toast.number), staysMs)
    return () => clearTimeout(timer)
  }, [held, toast.number])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing only keeps it on screen
    <div
      className={classes.toast}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className={classes.words}>{toast.words}</span>
      {toast.action && (
        <Button
          size="compact-sm"
          variant="light"
          onClick={() => {
            close(toast.number)
            toast.action?.act()
          }}
        >
          {toast.action.words}
        </Button>
      )}
      <CloseButton size="sm" aria-label={t('close')} onClick={() => close(toast.number)} />
    </div>
  )
}
