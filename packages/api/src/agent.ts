/**
 * What agent and server say to each other. Enrolment is one HTTPS request; afterwards one WebSocket over mutual TLS
 * carries binary messages: msgpack maps with a `type`. Every message is validated on arrival.
 */
import { z } from 'zod'
import { packageArchitectures } from './agent-package.ts'
import { inventoryKinds } from './inventory.ts'
import { cancelTaskMessage, taskDataMessage, taskMessage, taskRecordedMessage, taskResultMessage } from './tasks.ts'

/** Version of this protocol. The server answers a hello with another major version by closing with 4400. */
export const protocolVersion = 1
/** Largest message accepted on either side, bytes. */
export const maxMessageBytes = 16 * 1024 * 1024
/** Largest batch after decompression, bytes. */
export const maxBatchBytes = 64 * 1024 * 1024

/** Most events in one batch. */
export const maxBatchEvents = 10_000
/** Path of the WebSocket on the agent port. */
export const agentSocketPath = '/agent'
/** Path of the enrolment request on the agent port. */
export const enrolmentPath = '/enrol'
/** Path of the renewal request on the agent port: POST over mutual TLS with the present certificate; answer as of enrolment. */
export const renewalPath = '/renew'

/** Close codes of the agent WebSocket. After 4401 and 4403 an agent must not try again without a person. */
export const closeCodes = {
  badMessage: 4400,
  wrongProtocol: 4400,
  revoked: 4401,
  wrongAsset: 4403,
  replaced: 4409,
  overloaded: 4429,
  stopping: 1001,
} as const

/** POST /enrol on the agent port (TLS; the token names the authority to trust, see enrolment-token.ts). */
export const enrolmentRequest = z.object({
  token: z.string().max(512),
  /** PKCS#10 request, PEM. Its subject is ignored: the server chooses the asset id. */
  certificateRequest: z.string().max(16_384),
  host: z.object({ name: z.string().max(256), machineId: z.string().max(128) }),
})
export const enrolmentAnswer = z.object({
  assetId: z.string(),
  certificate: z.string(),
  authority: z.string(),
  server: z.string().meta({ description: 'wss URL to connect to.' }),
  /** Ed25519, SPKI PEM: packages of the agent are believed when this key signed them. */
  releaseKey: z.string().max(1024).optional(),
})

export const renewalRequest = z.object({
  /** PKCS#10 request, PEM, for a new key or the present one. */
  certificateRequest: z.string().max(16_384),
})

const bytes = z.instanceof(Uint8Array)
const digest = z.string().regex(/^[0-9a-f]{32}$/)
const sensorHealth = z.object({
  sensor: z.string().max(64),
  state: z.enum(['running', 'unavailable', 'failed', 'degraded']),
  reason: z.string().max(1024).optional(),
  eventsSeen: z.number().nonnegative(),
  eventsLost: z.number().nonnegative(),
  lostByCause: z.record(z.string().max(64), z.number().nonnegative()),
  capabilities: z.record(z.string().max(64), z.object({ works: z.boolean(), reason: z.string().max(1024).optional() })),
  sources: z
    .array(
      z.object({
        kind: z.string().max(32),
        name: z.string().max(4096),
        state: z.enum(['reading', 'missing', 'not-readable', 'not-a-file', 'listening', 'failed']),
        reason: z.string().max(1024).optional(),
        events: z.number().nonnegative(),
        lost: z.number().nonnegative().optional(),
      }),
    )
    .max(256)
    .optional(),
})

/** From agent to server. */
export const agentMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.number().int(),
    agentVersion: z.string().max(64),
    bootId: z.string().max(64),
    /** Random id of the spool; a new one means the sequence restarts at 1. */
    spoolId: z.string().max(64),
    /** /etc/machine-id now: another one than at enrolment means a copied state directory. */
    machineId: z.string().max(128).optional(),
    /** It tells what the host has when it is told what the server knows of it; left out by older agents. */
    inventory: z.literal(1).optional(),
    host: z.object({
      name: z.string().max(256),
      addresses: z.array(z.string().max(64)).max(256),
      operatingSystem: z.string().max(256),
      kernel: z.string().max(256),
      /** Architecture of the package it runs from; left out by an agent of a checkout. */
      packageArchitecture: z.enum(packageArchitectures).optional(),
    }),
  }),
  z.object({
    type: z.literal('batch'),
    /** Rises by one per batch of this spool. */
    sequence: z.number().int().positive(),
    events: z.number().int().nonnegative(),
    /** msgpack array of events, compressed with zstd. */
    payload: bytes,
  }),
  z.object({
    type: z.literal('health'),
    at: z.number(),
    sensors: z.array(sensorHealth).max(64),
    spool: z.object({ events: z.number(), bytes: z.number(), dropped: z.record(z.string().max(64), z.number()) }),
    resources: z.object({ rssBytes: z.number(), cpuFraction: z.number() }),
    /** When kinds of the inventory were looked at last; only what changed since the message before. */
    inventory: z.partialRecord(z.enum(inventoryKinds), z.number().nonnegative()).optional(),
  }),
  z.object({
    type: z.literal('inventory'),
    kind: z.enum(inventoryKinds),
    /** What the server has, to which this is the difference; null: this is the whole. */
    base: digest.nullable(),
    /** Names the things of this kind as they are then. */
    digest,
    /** How many there are then. */
    count: z.number().int().nonnegative(),
    /** Things beyond the bounds of one kind. */
    leftOut: z.number().int().nonnegative(),
    collectedAt: z.number(),
    /** msgpack `{set: [[name, facts, since or null, changedAt or null]], gone: [[name, at]]}`, compressed with zstd. */
    payload: bytes,
  }),
  taskResultMessage,
  taskDataMessage,
  z.object({ type: z.literal('stopping'), reason: z.string().max(256) }),
])

/** From server to agent. */
export const serverMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    assetId: z.string(),
    /** Last sequence of this spool that is durably stored; 0 for none. */
    acknowledged: z.number().int().nonnegative(),
    heartbeatMs: z.number().int().positive(),
    policy: z.looseObject({}),
  }),
  z.object({ type: z.literal('acknowledge'), sequence: z.number().int().positive() }),
  z.object({ type: z.literal('policy'), policy: z.looseObject({}) }),
  /** What the server has of the host's inventory; after the welcome, and as the answer to each part of it. */
  z.object({
    type: z.literal('inventory-known'),
    digests: z.partialRecord(z.enum(inventoryKinds), digest),
    /** The kind of the part that this answers. */
    about: z.enum(inventoryKinds).optional(),
  }),
  z.object({ type: z.literal('slow-down'), pauseMs: z.number().int().nonnegative() }),
  taskMessage,
  cancelTaskMessage,
  taskRecordedMessage,
])

export type AgentMessage = z.infer<typeof agentMessage>
export type ServerMessage = z.infer<typeof serverMessage>
export type EnrolmentRequest = z.infer<typeof enrolmentRequest>
export type EnrolmentAnswer = z.infer<typeof enrolmentAnswer>
