/** Facts about a server, side by side: a name and what is known. */
import type { ReactNode } from 'react'
import classes from './facts.module.css'

/** `wide`: facts that hold more than a few words. */
export function Facts({ wide, children }: { wide?: boolean; children: ReactNode }) {
  return (
    <dl className={classes.facts} data-wide={wide || undefined}>
      {children}
    </dl>
  )
}

/** What is marked with `data-bad` inside wants a look. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
