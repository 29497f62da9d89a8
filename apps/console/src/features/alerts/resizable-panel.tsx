/** A panel at the right side whose width one drags or sets with the arrow keys; remembered. */
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { usePreference } from '../../parts/preference.ts'
import classes from './resizable-panel.module.css'

const narrowest = 400
const widest = 2400
const keyStep = 32

export function ResizablePanel({ label, children }: { label: string; children: ReactNode }) {
  const { t } = useTranslation('alerts')
  const [width, setWidth] = usePreference('alerts.panel', 640)
  const panel = useRef<HTMLElement>(null)
  const room = () => Math.max(narrowest, (panel.current?.parentElement?.clientWidth ?? 1200) - 300)
  const clamp = (value: number) => Math.round(Math.min(Math.max(value, narrowest), room()))

  const drag = (event: PointerEvent<HTMLDivElement>) => {
    const handle = event.currentTarget
    const right = panel.current?.getBoundingClientRect().right ?? 0
    handle.setPointerCapture(event.pointerId)
    const move = (moved: globalThis.PointerEvent) => setWidth(clamp(right - moved.clientX))
    handle.addEventListener('pointermove', move)
    handle.addEventListener('lostpointercapture', () => handle.removeEventListener('pointermove', move), { once: true })
  }
  const press = (event: KeyboardEvent) => {
    const by = { ArrowLeft: keyStep, ArrowRight: -keyStep }[event.key]
    if (!by) return
    event.preventDefault()
    setWidth(clamp(width + by))
  }
  return (
    <aside ref={panel} className={classes.panel} style={{ width }} aria-label={label}>
      <div
        className={classes.handle}
        role="separator"
        aria-orientation="vertical"
        aria-label={t('resizePanel')}
        aria-valuenow={width}
        aria-valuemin={narrowest}
        aria-valuemax={widest}
        tabIndex={0}
        onPointerDown={drag}
        onKeyDown={press}
      />
      {children}
    </aside>
  )
}
