/** JSON with colours for keys, texts and numbers. Everything in it is text. */
import type { ReactNode } from 'react'
import classes from './code-view.module.css'
import { EvidenceText } from './evidence-text.tsx'

/** Longer texts than this are drawn cut; copying gives all. */
const drawnLimit = 200_000
const token = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/g

export function JsonView({ value, label }: { value: unknown; label: string }) {
  const text = (JSON.stringify(value, null, 2) ?? '').slice(0, drawnLimit)
  const pieces: ReactNode[] = []
  let last = 0
  for (const match of text.matchAll(token)) {
    if (match.index > last) pieces.push(text.slice(last, match.index))
    const [whole, quoted, colon, plain] = match
    const kind = plain ? classes.number : colon ? classes.key : classes.text
    pieces.push(
      <span key={match.index} className={kind}>
        <EvidenceText value={quoted ?? plain ?? ''} />
      </span>,
    )
    if (colon) pieces.push(colon)
    last = match.index + whole.length
  }
  pieces.push(text.slice(last))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys
    <pre className={classes.code} role="group" tabIndex={0} aria-label={label}>
      {pieces}
    </pre>
  )
}
