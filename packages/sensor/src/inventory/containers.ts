/** Containers of this host and their images, from what Docker, Podman and containerd keep of them on disk. */
import { join } from 'node:path'
import { parseJson } from '../draft.ts'
import type { HostFiles } from './host-files.ts'
import type { Row } from './things.ts'

type Json = Record<string, unknown>
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const jsonOf = (value: unknown): Json => (isJson(value) ? value : {})
const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)
const instantOf = (value: unknown) => (typeof value === 'string' ? Date.parse(value) : undefined)

const containersMax = 2000
const docker = '/var/lib/docker'
const podman = '/var/lib/containers/storage'
/** One folder a namespace, and in it one a running container. */
const containerd = '/run/containerd/io.containerd.runtime.v2.task'

/** Undefined on a host without any of them. */
export async function readContainers(files: HostFiles): Promise<Row[] | undefined> {
  const { memo, at } = files
  const ids = await memo.names(at(join(docker, 'containers')))
  const namespaces = (await memo.names(at(containerd))).filter((name) => name !== 'moby')
  const ofPodman = await memo.file(at(join(podman, 'overlay-containers/containers.json')), 'podman', podmanContainers)
  const hasDocker = (await memo.names(at(docker))).length > 0
  if (!hasDocker && ofPodman === undefined && namespaces.length === 0) return undefined
  const found: Row[] = [...(ofPodman ?? [])]
  for (const id of ids.slice(0, containersMax)) {
    const folder = join(docker, 'containers', id)
    const facts = await memo.file(at(join(folder, 'config.v2.json')), 'docker', dockerFacts)
    const host = await memo.file(at(join(folder, 'hostconfig.json')), 'docker-host', dockerHostFacts)
    if (facts) found.push([id, { runtime: 'docker', ...facts.facts, ...host }, facts.since])
  }
  for (const namespace of namespaces)
    for (const id of (await memo.names(at(join(containerd, namespace)))).slice(0, containersMax)) {
      const row = await memo.file(at(join(containerd, namespace, id, 'config.json')), 'oci', ociFacts)
      if (row) found.push([id, { runtime: 'containerd', namespace, running: true, ...row.facts }, row.since])
    }
  return found
}

function dockerFacts(text: string) {
  const config = parseJson(text)
  if (!isJson(config)) return undefined
  const inner = jsonOf(config.Config)
  return {
    facts: {
      name: textOf(config.Name)?.replace(/^\//, ''),
      image: textOf(inner.Image),
      user: textOf(inner.User),
      running: jsonOf(config.State).Running === true,
    },
    since: instantOf(config.Created),
  }
}

function dockerHostFacts(text: string) {
  const host = jsonOf(parseJson(text))
  const bindings = Object.entries(jsonOf(host.PortBindings)).flatMap(([inside, outside]) =>
    (Array.isArray(outside) ? outside : []).map((one) => {
      const { HostIp, HostPort } = jsonOf(one)
      return `${textOf(HostIp) ? `${HostIp}:` : ''}${textOf(HostPort) ?? ''}→${inside}`
    }),
  )
  const binds = Array.isArray(host.Binds) ? host.Binds.filter((bind) => typeof bind === 'string') : []
  return {
    privileged: host.Privileged === true,
    network: textOf(host.NetworkMode),
    ports: bindings.slice(0, 50).join(', '),
    mounts: binds.slice(0, 50).join(', '),
  }
}

function podmanContainers(text: string): Row[] {
  const rows = parseJson(text)
  const found: Row[] = []
  for (const one of Array.isArray(rows) ? rows.slice(0, containersMax) : []) {
    if (!isJson(one) || typeof one.id !== 'string') continue
    const names = Array.isArray(one.names) ? one.names : []
    const metadata = jsonOf(parseJson(textOf(one.metadata) ?? ''))
    const facts = { runtime: 'podman', name: textOf(names[0]), image: textOf(metadata['image-name']) }
    found.push([one.id, facts, instantOf(one.created)])
  }
  return found
}

/** The specification that a runtime was given (OCI), with the annotations of Kubernetes. */
function ociFacts(text: string, since: number) {
  const spec = parseJson(text)
  if (!isJson(spec)) return undefined
  const annotations = jsonOf(spec.annotations)
  const first = (...names: string[]) =>
    names.map((name) => textOf(annotations[name])).find((value) => value !== undefined)
  return {
    facts: {
      name: first('io.kubernetes.cri.container-name', 'nerdctl/name') ?? textOf(spec.hostname),
      image: first('io.kubernetes.cri.image-name'),
      pod: first('io.kubernetes.cri.sandbox-name'),
    },
    since,
  }
}

/** Images that Docker and Podman hold; undefined on a host without either. */
export async function readImages({ memo, at }: HostFiles): Promise<Row[] | undefined> {
  const ofPodman = await memo.file(at(join(podman, 'overlay-images/images.json')), 'images', podmanImages)
  const ofDocker = await memo.file(at(join(docker, 'image/overlay2/repositories.json')), 'images', dockerImages)
  return ofPodman === undefined && ofDocker === undefined ? undefined : [...(ofDocker ?? []), ...(ofPodman ?? [])]
}

function dockerImages(text: string): Row[] {
  const found: Row[] = []
  // The same image once more, by its digest.
  for (const tags of Object.values(jsonOf(jsonOf(parseJson(text)).Repositories)))
    for (const [tag, id] of Object.entries(jsonOf(tags)))
      if (!tag.includes('@')) found.push([tag, { runtime: 'docker', id: textOf(id) }])
  return found
}

function podmanImages(text: string): Row[] {
  const rows = parseJson(text)
  const found: Row[] = []
  for (const one of Array.isArray(rows) ? rows.slice(0, containersMax) : []) {
    if (!isJson(one) || typeof one.id !== 'string') continue
    const names = Array.isArray(one.names) ? one.names.filter((name) => typeof name === 'string') : []
    for (const name of names.length > 0 ? names : [one.id])
      found.push([name, { runtime: 'podman', id: one.id }, instantOf(one.created)])
  }
  return found
}
