// Preloaded into the network's process: whatever listens, listens on loopback
// only. The packages themselves would listen on every address of the machine.
'use strict'
const net = require('node:net')

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  const [first, ...rest] = args
  if (first !== null && typeof first === 'object' && !first.path) {
    return listen.call(this, { ...first, host: '127.0.0.1' }, ...rest)
  }
  if (first === undefined || typeof first === 'function' || !Number.isNaN(Number(first))) {
    const port = typeof first === 'function' ? 0 : Number(first ?? 0)
    const callback = args.find((a) => typeof a === 'function')
    return listen.call(this, { port, host: '127.0.0.1' }, ...(callback ? [callback] : []))
  }
  return listen.apply(this, args) // a socket in the file system
}
