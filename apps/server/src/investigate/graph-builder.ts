/** Events and alerts → nodes and edges of the attack source tracing graph, cut to a size that can be read. Pure. */
import type { Alert } from '@rampart/alert'
import type { Graph, GraphEdge, GraphNode } from '@rampart/api'
import type { Ancestor, Endpoint, Event, Process } from '@rampart/event'
import { iso } from '../api/process-chain.ts'

type Kind = GraphNode['kind']
/** 0: named by the evidence. 1: between that and its origin. 2: what else happened there. */
type Tier = 0 | 1 | 2

interface Node {
  id: string
  kind: Kind
  label: string
  detail: string | null
  at: number | null
  level: GraphNode['level']
  alertId: string | null
  tier: Tier
}

interface Edge {
  from: string
  to: string
  kind: GraphEdge['kind']
  at: number | null
  count: number
}

/** Neighbours of tier 2 shown per node unless it is expanded. */
const aroundEach = 5
const labelMax = 120
const detailMax = 2000
const nodesMax = 20_000

const isProcess = (id: string) => id.startsWith('process:')
const nameOf = (process: Ancestor) => process.executable?.split(/[/\\]/).pop() || process.name || `pid ${process.pid}`

export class GraphBuilder {
  readonly #nodes = new Map<string, Node>()
  readonly #edges = new Map<string, Edge>()

  /** An alert with its evidence: the nodes that the evidence names come first. */
  addAlert(alert: Alert, evidence: readonly Event[]): void {
    const id = `alert:${alert.id}`
    this.#node({ id, kind: 'alert', label: alert.title, detail: null, at: alert.firstAt, tier: 0 })
    const node = this.#nodes.get(id)
    if (node) Object.assign(node, { level: alert.level, alertId: alert.id })
    const origins = new Set(evidence.map((event) => this.addEvent(event, 0)).filter((origin) => origin !== null))
    for (const origin of origins) this.#edge(origin, id, 'raised', alert.firstAt)
    if (origins.size > 0) return
    const asset = this.#asset(alert.asset, 0)
    if (alert.sourceAddress)
      this.#edge(this.#address(alert.sourceAddress, alert.firstAt, 0), asset, 'connected to', null)
    this.#edge(asset, id, 'raised', alert.firstAt)
  }

  /** Returns the node that acted, or null. */
  addEvent(event: Event, tier: Tier): string | null {
    const actor = event.process ? this.#process(event, event.process, tier) : null
    const { at, asset } = event
    const count = event.count ?? 1
    switch (event.type) {
      case 'file.written':
      case 'file.renamed':
      case 'file.removed':
      case 'file.mode-changed':
      case 'file.linked': {
        const file = this.#file(asset.id, event.file.path, at, tier)
        if (actor) this.#edge(actor, file, 'wrote', at, count)
        return actor ?? file
      }
      case 'network.connected':
        return this.#connected(actor ?? this.#asset(asset, tier), event.destination, at, tier, count)
      case 'network.accepted': {
        if (event.source.address && actor)
          this.#edge(this.#address(event.source.address, at, tier), actor, 'connected to', at, count)
        return actor
      }
      case 'dns.asked': {
        const domain = this.#domain(event.question.name, at, tier)
        this.#edge(actor ?? this.#asset(asset, tier), domain, 'resolved', at, count)
        for (const answer of event.answers ?? [])
          if (this.#nodes.has(`address:${answer}`)) this.#edge(domain, `address:${answer}`, 'resolved', at)
        return actor ?? domain
      }
      case 'logon.attempted':
        return this.#logon(event, tier)
      case 'web.requested': {
        const target = this.#asset(asset, tier)
        if (event.source.address)
          this.#edge(this.#address(event.source.address, at, tier), target, 'connected to', at, count)
        return target
      }
      default:
        return actor
    }
  }

  #connected(from: string, destination: Endpoint, at: number, tier: Tier, count: number): string {
    const { address, domain } = destination
    if (domain) this.#edge(from, this.#domain(domain, at, tier), 'resolved', at, count)
    if (address) this.#edge(from, this.#address(address, at, tier), 'connected to', at, count)
    if (domain && address) this.#edge(`domain:${domain}`, `address:${address}`, 'resolved', at)
    return from
  }

  #logon(event: Extract<Event, { type: 'logon.attempted' }>, tier: Tier): string {
    const { asset, at, outcome, service, sessionId } = event
    const user = event.user?.name ?? '?'
    const address = event.source?.address
    const key = outcome === 'success' && sessionId ? `session ${sessionId}` : `${outcome} ${user} ${address ?? ''}`
    const id = `logon:${asset.id}/${service}/${key}`.slice(0, 300)
    this.#node({
      id,
      kind: 'logon',
      label: `${user} · ${service}`,
      detail: outcome === 'success' ? 'success' : 'failure',
      at,
      tier,
    })
    if (address) this.#edge(this.#address(address, at, tier), id, 'logged on as', at, event.count ?? 1)
    this.#edge(id, this.#asset(asset, tier), 'on', at)
    return id
  }

  #process(event: Event, process: Process, tier: Tier): string {
    const chain: (Ancestor | Process)[] = [process, ...(process.ancestors ?? (process.parent ? [process.parent] : []))]
    const ids = chain.map(({ entityId }) => `process:${event.asset.id}/${entityId}`)
    for (const [place, one] of chain.entries()) {
      // Init and what is above the logon say nothing about this attack; the asset stands for them.
      if (place > 0 && one.pid <= 2) {
        this.#edge(this.#asset(event.asset, 1), ids[place - 1] ?? '', 'started', chain[place - 1]?.startedAt ?? null)
        break
      }
      const user = one.user?.name ?? (place === 0 ? event.user?.name : undefined)
      this.#node({
        id: ids[place] ?? '',
        kind: 'process',
        label: `${nameOf(one)} (${one.pid})${user ? ` · ${user}` : ''}`,
        detail: one.commandLine ?? one.executable ?? null,
        at: one.startedAt ?? (place === 0 ? event.at : null),
        tier: place === 0 ? tier : tier === 0 ? 1 : tier,
      })
      if (place > 0) this.#edge(ids[place] ?? '', ids[place - 1] ?? '', 'started', chain[place - 1]?.startedAt ?? null)
      this.#joinLogon(event.asset.id, one, ids[place] ?? '')
    }
    const program = process.program ?? process.executable
    const file = program === undefined ? '' : `file:${event.asset.id}/${program}`
    if (this.#nodes.has(file)) this.#edge(file, ids[0] ?? '', 'ran', process.startedAt ?? event.at)
    return ids[0] ?? ''
  }

  /** The daemon process of a connection is what its logon started. */
  #joinLogon(assetId: string, process: Ancestor, id: string): void {
    const logon = `logon:${assetId}/sshd/session ${process.pid}`
    if (nameOf(process).startsWith('sshd') && this.#nodes.has(logon))
      this.#edge(logon, id, 'started', process.startedAt ?? null)
  }

  #address(address: string, at: number, tier: Tier): string {
    return this.#node({ id: `address:${address}`, kind: 'address', label: address, detail: null, at, tier })
  }

  #domain(name: string, at: number, tier: Tier): string {
    return this.#node({ id: `domain:${name}`, kind: 'domain', label: name, detail: null, at, tier })
  }

  #file(assetId: string, path: string, at: number, tier: Tier): string {
    const label = path.split(/[/\\]/).pop() || path
    return this.#node({ id: `file:${assetId}/${path}`, kind: 'file', label, detail: path, at, tier })
  }

  #asset({ id, name }: { id: string; name: string }, tier: Tier): string {
    return this.#node({ id: `asset:${id}`, kind: 'asset', label: name, detail: null, at: null, tier })
  }

  #node(node: Omit<Node, 'level' | 'alertId'>): string {
    const known = this.#nodes.get(node.id)
    if (!known) {
      if (this.#nodes.size < nodesMax)
        this.#nodes.set(node.id, {
          ...node,
          label: node.label.slice(0, labelMax),
          detail: node.detail?.slice(0, detailMax) ?? null,
          level: null,
          alertId: null,
        })
      return node.id
    }
    known.tier = Math.min(known.tier, node.tier) as Tier
    if (node.at !== null) known.at = Math.min(known.at ?? node.at, node.at)
    known.detail ??= node.detail
    return node.id
  }

  #edge(from: string, to: string, kind: Edge['kind'], at: number | null, count = 1): void {
    if (from === to || !this.#nodes.has(from) || !this.#nodes.has(to)) return
    const id = `${from} ${kind} ${to}`
    const known = this.#edges.get(id)
    if (!known) {
      this.#edges.set(id, { from, to, kind, at, count })
      return
    }
    known.count += kind === 'started' || kind === 'raised' || kind === 'on' ? 0 : count
    if (at !== null) known.at = Math.min(known.at ?? at, at)
  }

  /** At most `limit` nodes: the evidence, then the way to it, then a few neighbours of each; those of `expand` all. */
  build(limit: number, expand: ReadonlySet<string>): Pick<Graph, 'nodes' | 'edges' | 'hidden'> {
    const neighbours = this.#neighbours()
    const shown = new Set<string>()
    const take = (ids: Iterable<string>) => {
      for (const id of ids) if (shown.size < limit) shown.add(id)
    }
    take([...expand].filter((id) => this.#nodes.has(id)))
    for (const tier of [0, 1] as const) take(this.#inTime((node) => node.tier === tier))
    for (const id of [...shown]) {
      const more = this.#inTime((node) => (neighbours.get(id)?.has(node.id) ?? false) && !shown.has(node.id))
      // What a process touched says more than the many processes that it started.
      const told = more.sort((one, other) => Number(isProcess(one)) - Number(isProcess(other)))
      take(expand.has(id) ? told : told.slice(0, aroundEach))
    }
    const nodes = [...shown].map((id) => this.#view(id, neighbours, shown))
    const edges = [...this.#edges]
      .filter(([, { from, to }]) => shown.has(from) && shown.has(to))
      .map(([id, { at, ...edge }]) => ({ id, ...edge, at: at === null ? null : iso(at) }))
    return { nodes, edges, hidden: this.#nodes.size - shown.size }
  }

  #inTime(fits: (node: Node) => boolean): string[] {
    return [...this.#nodes.values()]
      .filter(fits)
      .sort((one, other) => (one.at ?? 0) - (other.at ?? 0))
      .map(({ id }) => id)
  }

  #neighbours(): Map<string, Set<string>> {
    const neighbours = new Map<string, Set<string>>()
    const add = (one: string, other: string) => neighbours.set(one, (neighbours.get(one) ?? new Set()).add(other))
    for (const { from, to } of this.#edges.values()) {
      add(from, to)
      add(to, from)
    }
    return neighbours
  }

  #view(id: string, neighbours: ReadonlyMap<string, ReadonlySet<string>>, shown: ReadonlySet<string>): GraphNode {
    const node = this.#nodes.get(id)
    if (!node) throw new Error(`no node ${id}`)
    const { tier, at, ...rest } = node
    const hidden = [...(neighbours.get(id) ?? [])].filter((other) => !shown.has(other)).length
    return { ...rest, at: at === null ? null : iso(at), evidence: tier === 0, hidden }
  }
}
