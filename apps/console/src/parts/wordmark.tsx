/** The product's mark, with its name unless `words` is false. */
import classes from './wordmark.module.css'

const name = 'Rampart'

export function Wordmark({ words = true }: { words?: boolean }) {
  return (
    <span className={classes.mark}>
      <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
        <path className={classes.wall} d="M4 5h5v4h4V5h6v4h4V5h5v12c0 6-5 9.500-12 12C9 26.500 4 23 4 17z" />
        <path className={classes.stones} d="M10 14h12v3H10zm0 5h8v3h-8z" />
      </svg>
      <span className={words ? classes.name : 'sr-only'}>{name}</span>
    </span>
  )
}
