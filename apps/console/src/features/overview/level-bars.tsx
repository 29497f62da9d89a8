/** Stacked bars, one part a level, drawn by ECharts on a canvas. A chunk of its own: only pages with charts load it. */
import { useComputedColorScheme } from '@mantine/core'
import { type Level, levels } from '@rampart/api/vocabulary'
import { BarChart, type BarSeriesOption } from 'echarts/charts'
import {
  GridComponent,
  type GridComponentOption,
  TooltipComponent,
  type TooltipComponentOption,
} from 'echarts/components'
import { type ComposeOption, type ECharts, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import classes from './level-bars.module.css'

// The canvas, and a tooltip drawn on it: the policy of the page allows no styles within markup.
use([BarChart, GridComponent, TooltipComponent, CanvasRenderer])
type Option = ComposeOption<BarSeriesOption | GridComponentOption | TooltipComponentOption>

export interface LevelStep {
  /** On the axis. */
  label: string
  /** In the tooltip. */
  name: string
  counts: Record<Level, number>
}

interface Props {
  steps: readonly LevelStep[]
  nameOf: (level: Level) => string
  formatCount: (count: number) => string
}

export default function LevelBars({ steps, nameOf, formatCount }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<ECharts | null>(null)
  const scheme = useComputedColorScheme('light')
  useEffect(() => {
    if (!box.current) return
    const made = init(box.current)
    chart.current = made
    const observer = new ResizeObserver(() => made.resize())
    observer.observe(box.current)
    return () => {
      observer.disconnect()
      made.dispose()
      chart.current = null
    }
  }, [])
  useEffect(() => {
    // Mantine has written the scheme to the document by the next frame.
    const frame = requestAnimationFrame(() => {
      if (box.current)
        chart.current?.setOption(optionOf({ steps, nameOf, formatCount }, coloursOf(box.current, scheme)), true)
    })
    return () => cancelAnimationFrame(frame)
  }, [steps, nameOf, formatCount, scheme])
  return <div ref={box} className={classes.chart} aria-hidden />
}

function coloursOf(element: Element, scheme: 'light' | 'dark') {
  const style = getComputedStyle(element)
  const of = (name: string) => style.getPropertyValue(`--rp-${name}`).trim()
  return {
    scheme,
    line: of('line'),
    strong: of('line-strong'),
    dim: of('dim'),
    text: of('text'),
    raised: of('raised'),
    background: of('bg'),
    font: style.fontFamily,
    Urgent: of('urgent'),
    Warning: of('warning-mark'),
    Notice: of('notice'),
  }
}

function optionOf({ steps, nameOf, formatCount }: Props, colours: ReturnType<typeof coloursOf>): Option {
  const label = { color: colours.dim, fontFamily: colours.font, fontSize: 11 }
  return {
    animation: false,
    grid: { left: 0, right: 4, top: 10, bottom: 0, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'category',
      data: steps.map((step) => step.label),
      axisLabel: { ...label, hideOverlap: true },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.strong } },
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      splitNumber: 3,
      axisLabel: { ...label, formatter: formatCount },
      splitLine: { lineStyle: { color: colours.line } },
    },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      confine: true,
      backgroundColor: colours.raised,
      borderColor: colours.strong,
      textStyle: { color: colours.text, fontFamily: colours.font, fontSize: 12 },
      axisPointer: { type: 'shadow', shadowStyle: { color: colours.dim, opacity: 0.12 } },
      formatter: (shown) => {
        const step = steps[[shown].flat()[0]?.dataIndex ?? -1]
        if (!step) return ''
        return [step.name, ...levels.map((level) => `${nameOf(level)}: ${formatCount(step.counts[level])}`)].join('\n')
      },
    },
    // The most urgent stands at the bottom, where lengths can be compared.
    series: levels.map((level) => ({
      type: 'bar',
      stack: 'alerts',
      name: nameOf(level),
      data: steps.map((step) => step.counts[level]),
      barCategoryGap: '25%',
      itemStyle: { color: colours[level], borderColor: colours.background, borderWidth: 0.5 },
    })),
  }
}
