/** The sign of a kind of node of the tracing graph. */
import type { GraphNode } from '@rampart/api'
import {
  IconAlertHexagon,
  IconFile,
  IconKey,
  IconNetwork,
  IconServer2,
  IconTerminal2,
  IconWorld,
} from '@tabler/icons-react'

const icons: Record<GraphNode['kind'], typeof IconFile> = {
  address: IconNetwork,
  logon: IconKey,
  process: IconTerminal2,
  file: IconFile,
  domain: IconWorld,
  alert: IconAlertHexagon,
  asset: IconServer2,
}

export function NodeIcon({ kind }: { kind: GraphNode['kind'] }) {
  const Icon = icons[kind]
  return <Icon size={16} stroke={1.7} aria-hidden />
}
