/** Text from events: shown as text only, hidden characters made visible, never reordered. */

import { visiblePieces, visibleText } from '@rampart/api/visible-text'
import { Fragment } from 'react'
import { CopyButton } from './copy-button.tsx'
import classes from './evidence-text.module.css'

/** Longest text drawn at once; the rest is one click (copy) away. */
const drawnLimit = 20_000

/** Evidence in the flow of a paragraph; wraps anywhere. `lines` keeps line breaks. */
export function EvidenceText({ value, lines = false }: { value: string; lines?: boolean }) {
  const cut = value.length > drawnLimit
  return (
    <span className={lines ? classes.lines : classes.text}>
      <Pieces value={cut ? value.slice(0, drawnLimit) : value} lines={lines} />
      {cut && '…'}
    </span>
  )
}

/** Words that may hold text from events, in the page's own font: a summary, an asset's name, a note. */
export function VisibleText({ value, lines = false }: { value: string; lines?: boolean }) {
  return (
    <span className={lines ? classes.plainLines : classes.plain}>
      <Pieces value={value.slice(0, drawnLimit)} lines={lines} />
    </span>
  )
}

/** Evidence on one line: the middle gives way, the end stays; whole on hover; a copy button unless `copy` is false. */
export function MiddleText({ value, copy = true }: { value: string; copy?: boolean }) {
  const split = Math.max(0, value.length - tailOf(value))
  return (
    <span className={classes.middle} title={visibleText(value.slice(0, 2_000))}>
      <span className={classes.head}>
        <Pieces value={value.slice(0, Math.min(split, 400))} lines={false} />
      </span>
      <span className={classes.tail}>
        <Pieces value={value.slice(split)} lines={false} />
      </span>
      {copy && (
        <span className={classes.copy}>
          <CopyButton value={value} small />
        </span>
      )}
    </span>
  )
}

/** How many characters stay at the end: a short last part of a path as a whole. */
function tailOf(value: string): number {
  const lastPart = value.length - value.lastIndexOf('/')
  return value.includes('/') && lastPart <= 20 ? lastPart : 12
}

function Pieces({ value, lines }: { value: string; lines: boolean }) {
  let at = 0
  return visiblePieces(value, lines).map((piece) => {
    const key = at
    at += piece.text.length
    return piece.codePoint ? (
      <span key={key} className={classes.hidden} title={piece.codePoint}>
        {piece.text}
      </span>
    ) : (
      <Fragment key={key}>{piece.text}</Fragment>
    )
  })
}
