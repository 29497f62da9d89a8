/** Users, and how they stand in the database. */
import { newCodeSecret } from '../api/one-time-code.ts'
import { type Seal, secretPlace } from './sealed.ts'

export const roles = ['viewer', 'analyst', 'responder', 'administrator'] as const
export type Role = (typeof roles)[number]

export interface User {
  name: string
  role: Role
  /** argon2id, PHC string. */
  password: string
  mustChange: boolean
  createdAt: number
  signedInAt: number | null
  /** Asset groups that the user is bound to; null for none, who sees every asset. */
  groups: readonly string[] | null
  disabled: boolean
  /** Secret of the one-time codes, base32; null without a second factor. */
  codeSecret: string | null
  /** A secret that was shown and is not proven by a code yet. */
  codeSecretOffered: string | null
  /** Step of the last code that was taken. */
  codeStep: number
}

export interface UserRecord {
  name: string
  role: Role
  password: string
  must_change: number
  user_created_at: number
  signed_in_at: number | null
  asset_groups: string | null
  disabled: number
  code_secret: string | null
  code_secret_offered: string | null
  code_step: number
}

export const userColumns = `users.name, users.role, password, must_change, users.created_at AS user_created_at, signed_in_at,
  users.asset_groups, disabled, code_secret, code_secret_offered, code_step`

export function toUser(row: UserRecord, seal: Seal): User {
  return {
    name: row.name,
    role: row.role,
    password: row.password,
    mustChange: row.must_change === 1,
    createdAt: row.user_created_at,
    signedInAt: row.signed_in_at,
    groups: groupsOf(row.asset_groups),
    disabled: row.disabled === 1,
    codeSecret: secretOf(row, 'code_secret', seal),
    codeSecretOffered: secretOf(row, 'code_secret_offered', seal),
    codeStep: row.code_step,
  }
}

/** A secret that cannot be opened is one that nobody knows: codes are asked for still, and only recovery codes are right. */
function secretOf(row: UserRecord, column: 'code_secret' | 'code_secret_offered', seal: Seal): string | null {
  const sealed = row[column]
  return sealed === null ? null : (seal.open(sealed, secretPlace(column, row.name)) ?? newCodeSecret())
}

export const groupsOf = (text: string | null): string[] | null => (text === null ? null : JSON.parse(text))
