// What plain scalars and keys of block YAML are made of, by the codes of characters; and what a plain scalar's value is.
import type { Scalar } from './located.ts'

export const space = 32
export const doubleQuote = 34
export const hash = 35
export const quote = 39
export const dash = 45
export const colon = 58
export const pipe = 124

/** By their codes the ASCII characters that do not stand in a plain key. */
export const endsKey = tableOf('\n:#"\'{}[],&*!>%@`?')
/** Those that do not begin a plain scalar, but for the dash. */
export const beginsNoScalar = tableOf('[]{}&*!|>%@`"\'#,?:')
/** Those that begin a scalar that may be no text. */
export const beginsValue = tableOf('+-.0123456789tTfFnN~')

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(128)
  for (let index = 0; index < characters.length; index++) table[characters.charCodeAt(index)] = 1
  return table
}

export function isKeyStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95
}

/** Whether a character may begin a further line of a plain scalar; those left out may, too, but are rare. */
export function goesOn(code: number): boolean {
  return isKeyStart(code) || (code >= 48 && code <= 57) || code === 40 || code === 41
}

const number = /^[-+]?(?:\d+|0x[0-9a-fA-F]+|(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?)$/

/** The value of a plain scalar by the core schema of YAML 1.2; undefined for what is so rare that the parser may read it. */
export function resolve(text: string): Scalar | undefined {
  switch (text) {
    case 'true':
    case 'True':
    case 'TRUE':
      return true
    case 'false':
    case 'False':
    case 'FALSE':
      return false
    case 'null':
    case 'Null':
    case 'NULL':
    case '~':
      return null
  }
  if (/^[-+]?\.(?:inf|nan)$|^0o|^[-+]0x/i.test(text)) return undefined
  return number.test(text) ? Number(text) : text
}
