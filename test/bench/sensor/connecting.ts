/** Connects a UDP socket over and over at a given rate: `connecting.ts <per second> <seconds>`. Prints how often. */
import koffi from 'koffi'

const perSecond = Number(process.argv[2])
const seconds = Number(process.argv[3])
const library = koffi.load('libc.so.6')
const socket = library.func('int socket(int, int, int)')
const connect = library.func('int connect(int, const uint8_t *, unsigned int)')
const fd: number = socket(2, 2, 0)
// sockaddr_in of 127.0.0.1 port 9, the discard port; connecting sends nothing.
const address = Uint8Array.of(2, 0, 0, 9, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
const start = performance.now()
let made = 0
while (performance.now() - start < seconds * 1000) {
  const due = ((performance.now() - start) / 1000) * perSecond
  while (made < due) {
    if (connect(fd, address, address.length) !== 0) throw new Error('connect failed')
    made++
  }
}
console.log(made)
