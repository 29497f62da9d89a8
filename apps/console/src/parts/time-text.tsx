/** An instant: relative with the exact time on hover, or exact with its zone. */
import { useFormats, useNow } from './time.ts'

export function RelativeTime({ at }: { at: string | number }) {
  const now = useNow()
  const formats = useFormats()
  return (
    <time dateTime={new Date(at).toISOString()} title={formats.exact(at)}>
      {formats.relative(at, Math.max(now, Date.now() - 10_000))}
    </time>
  )
}

export function ExactTime({ at }: { at: string | number }) {
  const formats = useFormats()
  return <time dateTime={new Date(at).toISOString()}>{formats.exact(at)}</time>
}
