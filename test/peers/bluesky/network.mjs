// Runs a Bluesky network in this process (directory of identities, PDS,
// AppView, moderation) until TERM or INT, and says in the file OUT where it is
// and who lives there. The script run beside this file starts it.
import { rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { TestNetwork } from '@atproto/dev-env'

const { OUT, PORTS } = process.env
const [plcPort, pdsPort, bskyPort, ozonePort, settlePort] = PORTS.split(',').map(Number)

let ending = false
let network
async function end(status) {
  if (ending) return
  ending = true
  // Closing waits for connections that the tests may have left; nothing here is
  // worth waiting for.
  setTimeout(() => process.exit(status), 2000).unref()
  await network?.close().catch(() => {})
  process.exit(status)
}
process.on('SIGTERM', () => end(0))
process.on('SIGINT', () => end(0))
// A background job that loses its race against a deleted account is no reason
// to take the network down.
process.on('unhandledRejection', (reason) => console.error('unhandled rejection:', reason))

network = await TestNetwork.create({
  plc: { port: plcPort },
  pds: { port: pdsPort, hostname: 'localhost', enableDidDocWithSession: true },
  bsky: { port: bskyPort, publicUrl: `http://localhost:${bskyPort}`, dbPostgresSchema: 'bsky' },
  ozone: { port: ozonePort },
})

// People who live here. Tests that change accounts make their own.
const people = {}
for (const [name, displayName] of [
  ['council', 'Mercat Council'],
  ['ann', 'Ann'],
  ['bethan', 'Bethan Ŵyn'],
]) {
  const handle = `${name}-mercat.test`
  const password = `${name}-secret`
  const client = network.pds.getClient()
  await client.createAccount({ handle, email: `${name}@mercat.test`, password })
  await client.com.atproto.repo.putRecord({
    repo: client.assertDid,
    collection: 'app.bsky.actor.profile',
    rkey: 'self',
    record: { $type: 'app.bsky.actor.profile', displayName },
  })
  const app = await client.com.atproto.server.createAppPassword({ name: 'Mercat' })
  people[name] = { did: client.assertDid, handle, password, app_password: app.data.password }
}
await network.processAll()

// A request here is answered when the AppView knows all that the PDS knew when
// it was made: tests that ask first need not ask the AppView again and again.
const settle = createServer(async (request, response) => {
  request.resume()
  const status = await network.processFullSubscription(20000).then(
    () => 204,
    () => 503,
  )
  response.writeHead(status, { connection: 'close' }).end()
})
await new Promise((listening) => settle.listen(settlePort, listening))

await writeFile(
  `${OUT}.part`,
  JSON.stringify(
    {
      pds: network.pds.url,
      appview: network.bsky.url,
      plc: network.plc.url,
      settle: `http://localhost:${settlePort}`,
      handle_domain: '.test',
      // Of the PDS, for what only its operator can do (taking an account down).
      admin_password: 'admin-pass',
      // With which it signs access tokens: a test can make one that has ended.
      jwt_secret: 'jwt-secret',
      people,
    },
    null,
    2,
  ) + '\n',
)
await rename(`${OUT}.part`, OUT)
