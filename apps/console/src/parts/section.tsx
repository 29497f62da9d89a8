/** A part of a settings page: its name and words beside its fields. */
import type { ReactNode } from 'react'
import classes from './section.module.css'

export function Section({ title, words, children }: { title: string; words?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.section} aria-label={title}>
      <div>
        <h2 className={classes.heading}>{title}</h2>
        {words && <p className={classes.words}>{words}</p>}
      </div>
      <div className={classes.fields}>{children}</div>
    </section>
  )
}

export function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes.field}>
      <span className={classes.label}>{label}</span>
      {children}
    </div>
  )
}
