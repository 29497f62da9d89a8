/** Parts that several event types share: process, user, container, file, network end points. */
import { z } from 'zod'

const text = (limit: number, description: string) => z.string().max(limit).meta({ description })
const int = (description: string) => z.number().int().meta({ description })

/** Longest command line kept, in characters; sensors cut at 16,383 bytes and set `argumentsTruncated`. */
export const commandLineLimit = 65_536
const pathLimit = 8_192

export const assetSchema = z
  .object({
    id: text(128, 'Stable id, unique in the installation. A host: random, made at enrolment.'),
    name: text(256, 'Host name, container name, cluster name or cloud account id, as the asset reports it.'),
    kind: z
      .enum(['host', 'container', 'kubernetes', 'cloud'])
      .meta({ description: 'What kind of thing the asset is.' }),
  })
  .meta({ description: 'The protected thing on which the event happened.' })

export const userSchema = z
  .object({
    id: int('Numeric user id. Absent where the source gives names only.').optional(),
    name: text(256, 'Account name. Absent when the id has no entry in the user database.').optional(),
    effectiveId: int('Effective user id, when it differs from the real one.').optional(),
    groupId: int('Real group id.').optional(),
    domain: text(256, 'Windows or directory domain.').optional(),
  })
  .meta({ description: 'The account that acted.' })

export const hashSchema = z
  .object({
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ description: 'SHA-256, lower-case hexadecimal.' }),
  })
  .partial()
  .meta({ description: 'Digests of file content at the time the sensor read it.' })

const processIdentity = {
  pid: int("Process id in the host's initial pid namespace."),
  entityId: text(128, 'Unique per process: `<boot>-<pid>-<start ticks in ns>`. Safe against pid reuse.'),
  startedAt: z.number().meta({ description: 'Start time, ms since 1970-01-01 UTC.' }).optional(),
  executable: text(pathLimit, 'Absolute path of the program in the host mount namespace.').optional(),
  name: text(256, 'Kernel task name (at most 15 bytes) or base name of the executable.').optional(),
  commandLine: text(commandLineLimit, 'Arguments joined by one space. For matching; `arguments` is exact.').optional(),
  user: userSchema.optional(),
}

export const ancestorSchema = z.object(processIdentity).meta({ description: 'A process above another one.' })

export const processSchema = z
  .object({
    ...processIdentity,
    arguments: z
      .array(z.string().max(commandLineLimit))
      .max(16_384)
      .meta({ description: 'The argument vector.' })
      .optional(),
    argumentsTruncated: z
      .boolean()
      .meta({ description: 'True when the sensor could not read all arguments.' })
      .optional(),
    program: text(
      pathLimit,
      'What was started: the script when an interpreter was given one, else the executable.',
    ).optional(),
    workingDirectory: text(pathLimit, 'Current directory at the time of the event.').optional(),
    sessionId: int('Kernel session id (setsid).').optional(),
    terminal: text(64, 'Controlling terminal, e.g. `pts/0`; absent when there is none.').optional(),
    hash: hashSchema.optional(),
    fileless: z
      .boolean()
      .meta({ description: 'True when the program has no name on disk (memfd, deleted file).' })
      .optional(),
    parent: ancestorSchema.optional(),
    ancestors: z
      .array(ancestorSchema)
      .max(64)
      .meta({ description: 'Nearest first, `parent` included, as far as known, to pid 1 when complete.' })
      .optional(),
  })
  .meta({ description: 'The process that acted.' })

export const containerSchema = z
  .object({
    id: text(128, 'Full container id.'),
    runtime: text(32, 'docker, containerd, cri-o, podman.').optional(),
    name: text(256, 'Container name.').optional(),
    image: text(512, 'Image reference.').optional(),
    pod: text(256, 'Kubernetes pod name.').optional(),
    namespace: text(256, 'Kubernetes namespace.').optional(),
  })
  .meta({ description: 'The container in which it happened; absent on the host itself.' })

export const fileSchema = z
  .object({
    path: text(pathLimit, 'Absolute path in the host mount namespace.'),
    name: text(512, 'Last component of the path.').optional(),
    extension: text(64, 'Lower-case, without the dot.').optional(),
    inode: int('Inode number.').optional(),
    device: int('Kernel device number.').optional(),
    mode: int('Permission bits and file type (st_mode).').optional(),
    ownerId: int('Owner user id.').optional(),
    sizeBytes: int('Size in bytes.').optional(),
    hash: hashSchema.optional(),
  })
  .meta({ description: 'The file acted on.' })

export const endpointSchema = z
  .object({
    address: text(64, 'IPv4 or IPv6 address in canonical text form.').optional(),
    port: z.number().int().min(0).max(65_535).meta({ description: 'Port number.' }).optional(),
    domain: text(512, 'Host name, when the source knows it.').optional(),
  })
  .meta({ description: 'One end of a connection.' })

export type Asset = z.infer<typeof assetSchema>
export type User = z.infer<typeof userSchema>
export type Ancestor = z.infer<typeof ancestorSchema>
export type Process = z.infer<typeof processSchema>
export type Container = z.infer<typeof containerSchema>
export type File = z.infer<typeof fileSchema>
export type Endpoint = z.infer<typeof endpointSchema>
