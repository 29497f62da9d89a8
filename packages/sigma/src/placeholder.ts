// A text with placeholders in, its pieces out: for the modifier expand.

/** Plain text and the names of `%name%` placeholders in turn. `\\%` is a plain percent sign. */
export function splitPlaceholders(text: string): (string | { name: string })[] {
  const pieces: (string | { name: string })[] = []
  let plain = ''
  for (let index = 0; index < text.length; index++) {
    if (text.startsWith('\\%', index)) {
      plain += '%'
      index++
      continue
    }
    const name = text[index] === '%' ? /^%([\w.-]{1,100})%/.exec(text.slice(index, index + 102))?.[1] : undefined
    if (name === undefined) plain += text[index]
    else {
      if (plain) pieces.push(plain)
      pieces.push({ name })
      plain = ''
      index += name.length + 1
    }
  }
  if (plain) pieces.push(plain)
  return pieces
}
