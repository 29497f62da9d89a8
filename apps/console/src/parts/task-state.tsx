/** State of a task, an operation, a quarantined file or a rule: a word with a dot of its tone. */
import type { ReactNode } from 'react'
import classes from './task-state.module.css'

export type Tone = 'going' | 'good' | 'bad' | 'quiet' | 'plain'

const tones: Record<string, Tone> = {
  queued: 'going',
  sent: 'going',
  running: 'going',
  done: 'good',
  partly: 'bad',
  failed: 'bad',
  refused: 'bad',
  expired: 'quiet',
  cancelled: 'quiet',
  quarantining: 'going',
  quarantined: 'good',
  restoring: 'going',
  restored: 'plain',
  deleting: 'going',
  deleted: 'quiet',
  pending: 'going',
  'in force': 'good',
  removing: 'going',
  removed: 'quiet',
}

export function TaskState({ state, children }: { state: string; children: ReactNode }) {
  return (
    <span className={classes.state} data-tone={tones[state] ?? 'plain'}>
      {children}
    </span>
  )
}
