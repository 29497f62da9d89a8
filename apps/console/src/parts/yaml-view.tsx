/** YAML with colours for keys, comments, texts and numbers, line by line; a reader's aid, not a parser. */
import type { ReactNode } from 'react'
import classes from './code-view.module.css'
import { VisibleText } from './evidence-text.tsx'

const line = /^(\s*(?:- )*)([A-Za-z_][\w .|*-]*)(:)(?=\s|$)(.*)$/
const comment = /(^|\s)#.*$/
const number = /^\s*-?\d+(\.\d+)?\s*$/

export function YamlView({ text, label }: { text: string; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys
    <pre className={classes.code} role="group" tabIndex={0} aria-label={label}>
      {text.split('\n').map((words, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        <div key={place} className={classes.line}>
          <Line words={words} />
        </div>
      ))}
    </pre>
  )
}

function Line({ words }: { words: string }) {
  const quoted = /['"]/.test(words)
  const noted = quoted ? null : comment.exec(words)
  const code = noted ? words.slice(0, noted.index) : words
  const keyed = line.exec(code)
  return (
    <>
      {keyed ? (
        <>
          {keyed[1]}
          <span className={classes.key}>
            <VisibleText value={keyed[2] ?? ''} />
          </span>
          {keyed[3]}
          <Value words={keyed[4] ?? ''} />
        </>
      ) : (
        <Value words={code} />
      )}
      {noted && (
        <span className={classes.comment}>
          <VisibleText value={words.slice(noted.index)} />
        </span>
      )}
      {'\n'}
    </>
  )
}

function Value({ words }: { words: string }): ReactNode {
  const className = number.test(words) ? classes.number : /['"]/.test(words) ? classes.text : undefined
  return (
    <span className={className}>
      <VisibleText value={words} lines />
    </span>
  )
}
