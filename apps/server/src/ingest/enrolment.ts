/** A token and a certificate request in, an asset with its certificate out. Tokens are limited in uses and time. */
import { createHash, randomBytes } from 'node:crypto'
import type { AlertStore } from '@rampart/alert'
import { type EnrolmentAnswer, enrolmentRequest, formatEnrolmentToken, renewalRequest } from '@rampart/api'
import { fail, ok, type Result } from '../errors.ts'
import type { AgentDecisions } from '../store/agent-decisions.ts'
import type { Agents } from '../store/agents.ts'
import type { People } from '../store/people.ts'
import type { Authority, RequestIssue } from './authority.ts'

export interface EnrolmentRefused {
  code: RequestIssue | 'enrolment.invalid-body' | 'enrolment.bad-token' | 'enrolment.no-certificate'
  message: string
}

export interface EnrolmentParts {
  alerts: AlertStore
  agents: Agents
  decisions: AgentDecisions
  people: People
  authority: Authority
  /** Public half of the key that signs packages of the agent, PEM. */
  releaseKey: string
  /** True while the agent of the asset is connected. */
  isOnline: (assetId: string) => boolean
  now: () => number
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

/** Makes a token that enrols up to `uses` agents. `server` is the https origin of the agent port as agents reach it. */
export function createToken(
  { agents, authority, now }: EnrolmentParts,
  request: { server: string; uses: number; minutes: number; by: string },
): { id: string; token: string; expiresAt: number } {
  const token = formatEnrolmentToken({
    server: request.server,
    authorityFingerprint: authority.fingerprint,
    secret: randomBytes(24).toString('base64url'),
  })
  const expiresAt = now() + request.minutes * 60_000
  const hash = hashOf(token)
  agents.addToken(hash, request.uses, expiresAt, request.by, now())
  return { id: hash.slice(0, 16), token, expiresAt }
}

/** `host` is the address and port that the agent used, which it can evidently reach. */
export async function enrol(
  parts: EnrolmentParts,
  body: unknown,
  host: string,
  address: string,
): Promise<Result<EnrolmentAnswer, EnrolmentRefused>> {
  const { alerts, agents, decisions, people, authority, releaseKey, isOnline, now } = parts
  const request = enrolmentRequest.safeParse(body)
  if (!request.success)
    return fail({ code: 'enrolment.invalid-body', message: 'The request is not what an agent of this version sends.' })
  const { token, certificateRequest, host: machine } = request.data
  const assetId = assetIdOf(agents, isOnline, machine.machineId)
  // Signed before the token is used up: a request that cannot be signed costs nothing.
  const issued = await authority.signAgent(certificateRequest, assetId, now())
  if (!issued.ok)
    return fail({ code: issued.error, message: 'The certificate request cannot be used. It needs an ECDSA P-256 key.' })
  if (!agents.useToken(hashOf(token.trim()), now())) {
    people.record({
      at: now(),
      actor: 'agent',
      address,
      action: 'agent.enrolment-refused',
      detail: { name: machine.name },
    })
    return fail({
      code: 'enrolment.bad-token',
      message: 'The token is unknown, used up or expired. Make a new one in the console.',
    })
  }
  await alerts.saveAsset({ id: assetId, name: machine.name, kind: 'host' }, now())
  const before = agents.agent(assetId)
  agents.save(
    [
      {
        assetId,
        machineId: machine.machineId,
        state: before?.state ?? 'never connected',
        reason: before?.reason ?? null,
        version: before?.version ?? null,
        bootId: before?.bootId ?? null,
        lastSeenAt: before?.lastSeenAt ?? null,
        connectedAt: before?.connectedAt ?? null,
        spool: null,
        resources: null,
        enrolledAt: now(),
      },
    ],
    [],
    now(),
  )
  agents.addCertificate(issued.value.serial, assetId, issued.value.notAfter, now(), true)
  decisions.bringBack(assetId)
  decisions.enrolled(hashOf(token.trim()), assetId, now())
  people.record({
    at: now(),
    actor: 'agent',
    address,
    action: before ? 'agent.enrolled-again' : 'agent.enrolled',
    subject: assetId,
    detail: { name: machine.name },
  })
  return ok({
    assetId,
    certificate: issued.value.certificate,
    authority: authority.certificate,
    server: `wss://${host}/agent`,
    releaseKey,
  })
}

/** A new certificate for an agent that shows its present one, which stays good until its own end. */
export async function renew(
  { agents, people, authority, releaseKey, now }: EnrolmentParts,
  assetId: string,
  body: unknown,
  host: string,
  address: string,
): Promise<Result<EnrolmentAnswer, EnrolmentRefused>> {
  const request = renewalRequest.safeParse(body)
  if (!request.success)
    return fail({ code: 'enrolment.invalid-body', message: 'The request is not what an agent of this version sends.' })
  const issued = await authority.signAgent(request.data.certificateRequest, assetId, now())
  if (!issued.ok)
    return fail({ code: issued.error, message: 'The certificate request cannot be used. It needs an ECDSA P-256 key.' })
  agents.addCertificate(issued.value.serial, assetId, issued.value.notAfter, now(), false)
  people.record({ at: now(), actor: 'agent', address, action: 'agent.certificate-renewed', subject: assetId })
  const { certificate } = issued.value
  return ok({ assetId, certificate, authority: authority.certificate, server: `wss://${host}/agent`, releaseKey })
}

/** A machine that enrols again stays the same asset, unless its agent is connected: then it is a copy of the machine. */
function assetIdOf(agents: Agents, isOnline: EnrolmentParts['isOnline'], machineId: string): string {
  const known = machineId === '' ? [] : agents.byMachine(machineId)
  const mine = known.find((agent) => !isOnline(agent.assetId))
  return mine?.assetId ?? `host-${randomBytes(8).toString('hex')}`
}
