/** Why the server cannot start: a permanent code, and a sentence that says what to do. */
import type { DatabaseError } from '@rampart/alert'

export interface StartError {
  code:
    | DatabaseError['code']
    | 'state.directory-unusable'
    | 'state.in-use'
    | 'state.not-private'
    | 'listen.port-in-use'
    | 'listen.not-permitted'
    | 'listen.invalid-address'
    | 'listen.failed'
    | 'tls.unreadable'
    | 'models.unreadable'
    | 'state.authority-unreadable'
    | 'state.seal-unreadable'
    | 'user.not-found'
    | 'asset.not-found'
    | 'settings.invalid'
    | 'package.unreadable'
  message: string
  cause?: unknown
}

export type Result<T, E = StartError> = { ok: true; value: T } | { ok: false; error: E }

export const ok = <T>(value: T): { ok: true; value: T } => ({ ok: true, value })
export const fail = <E>(error: E): { ok: false; error: E } => ({ ok: false, error })
