/** Counts per hour as 24 small bars; says its range to those who cannot see it. */
import classes from './sparkline.module.css'

interface Sparkline {
  values: readonly number[]
  label: string
  width?: number
  height?: number
}

export function Sparkline({ values, label, width = 71, height = 22 }: Sparkline) {
  const highest = Math.max(1, ...values)
  const step = width / Math.max(1, values.length)
  return (
    <svg
      className={classes.bars}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      {values.map((value, hour) => {
        const tall = value === 0 ? 1 : Math.max(2, Math.round((value / highest) * height))
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its hour
            key={hour}
            className={value === 0 ? classes.none : classes.some}
            x={hour * step}
            y={height - tall}
            width={Math.max(1, step - 1)}
            height={tall}
          />
        )
      })}
    </svg>
  )
}
