/**
 * A real gateway in front of an invented account: `PuppetServer` over `PuppetMock`, told what to do by JSON lines
 * on stdin; each is answered by one JSON line on stdout. It ends with its stdin, so it never outlives the tests.
 *
 *   node server.mjs '{"port": 18788, "token": "...", "tls": false, "modules": "/path/to/node_modules"}'
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const options = JSON.parse(process.argv[2])
process.env.WECHATY_LOG = 'silent'

const require = createRequire(options.modules + '/')
const load = name => import(pathToFileURL(require.resolve(name)).href)
const { FileBox } = await load('file-box')
const { types } = await load('wechaty-puppet')
const { PuppetMock } = await load('wechaty-puppet-mock')
const { PuppetServer } = await load('wechaty-puppet-service')

const SELF = 'bot-self'
const later = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))
const digest = bytes => createHash('sha256').update(bytes).digest('hex')

/** The account: answers what a real puppet answers, keeps what was sent, and fails in the way it was told to. */
class Account extends PuppetMock {
  aliases = new Map() // room id -> (person id -> alias in that room)
  files = new Map() // message id -> { name, bytes }
  faults = new Map() // conversation id, or '*' -> { mode, times }
  settings = [] // topics, announcements, aliases that were set, invitations that were accepted
  sent = []
  echo = true
  clock = undefined // milliseconds: what time it is for stories; else the real time
  count = 0

  now () { return this.clock ?? Date.now() }

  nextId (kind) { return `${kind}-${process.pid}-${++this.count}` }

  contact (id, name) {
    this.mocker.cacheContactPayload.set(id, {
      address: '', avatar: '', city: '', friend: true, gender: 0, id, name, phone: [], province: '', signature: '',
      star: false, type: types.Contact.Individual,
    })
  }

  room (id, topic, members) {
    const aliases = new Map()
    for (const member of members) {
      this.contact(member.id, member.name)
      if (member.alias) aliases.set(member.id, member.alias)
    }
    this.aliases.set(id, aliases)
    this.mocker.cacheRoomPayload.set(id, {
      adminIdList: [], avatar: '', id, memberIdList: [SELF, ...members.map(member => member.id)], ownerId: SELF, topic,
    })
  }

  /** Somebody says something: the payload is kept and its id announced. */
  hear ({ room, person, text = '', type = types.Message.Text, mentions = [], filename, id, at }) {
    const message = id ?? this.nextId('m')
    this.mocker.cacheMessagePayload.set(message, {
      filename, id: message, listenerId: room ? undefined : (person === SELF ? undefined : SELF), mentionIdList: mentions,
      roomId: room, talkerId: person, text, timestamp: at ?? this.now(), type,
    })
    this.emit('message', { messageId: message })
    return message
  }

  /** How this send is to fail, if at all: refuse, throttle, broken, stall (nothing sent); hang, no-id, silent (sent). */
  fault (conversation) {
    const fault = this.faults.get(conversation) ?? this.faults.get('*')
    if (!fault || fault.times <= 0) return undefined
    fault.times -= 1
    return fault.mode
  }

  async deliver (conversation, message, echoed) {
    const fault = this.fault(conversation)
    if (fault === 'refuse') throw new Error('you are not in this room: it was dissolved or you were removed')
    if (fault === 'throttle') throw new Error('操作过于频繁，请稍后再试')
    if (fault === 'broken') throw new Error('something unforeseen')
    if (fault === 'stall') await later(3_600_000)
    const id = this.nextId('s')
    this.sent.push({ id, conversation, at: this.now(), ...message })
    if (this.echo && fault !== 'silent') {
      const isRoom = this.mocker.cacheRoomPayload.has(conversation)
      setImmediate(() => {
        this.mocker.cacheMessagePayload.set(id, {
          id, listenerId: isRoom ? undefined : conversation, roomId: isRoom ? conversation : undefined, talkerId: SELF,
          timestamp: this.now(), ...echoed,
        })
        this.emit('message', { messageId: id })
      })
    }
    if (fault === 'hang') await later(3_600_000)
    if (fault === 'silent' || fault === 'no-id') return undefined
    return id
  }

  async messageSendText (conversation, text, mentions = []) {
    return this.deliver(conversation, { kind: 'text', text, mentions }, { text, type: types.Message.Text })
  }

  async messageSendFile (conversation, box) {
    const bytes = await box.toBuffer()
    const image = /\.(png|jpe?g|gif)$/i.test(box.name)
    const message = { kind: 'file', name: box.name, size: bytes.length, sha256: digest(bytes) }
    const type = image ? types.Message.Image : types.Message.Attachment
    return this.deliver(conversation, message, { filename: box.name, text: '', type })
  }

  async messageFile (id) {
    const file = this.files.get(id)
    if (!file) throw new Error('no file for this message')
    // the gateway can't pass on a small buffer, only a large one: real puppets give small files as base64
    if (file.bytes.length <= 20480) return FileBox.fromBase64(file.bytes.toString('base64'), file.name)
    return FileBox.fromBuffer(file.bytes, file.name)
  }

  async messageImage (id) { return this.messageFile(id) }

  async roomMemberRawPayload (room, person) {
    const contact = await this.contactPayload(person)
    return { avatar: '', id: person, name: contact.name, roomAlias: this.aliases.get(room)?.get(person) }
  }

  async roomTopic (room, topic) {
    const payload = this.mocker.roomPayload(room)
    if (topic === undefined) return payload.topic
    this.settings.push({ kind: 'topic', id: room, value: topic })
    payload.topic = topic
    await this.dirtyPayload(types.Payload.Room, room)
  }

  async roomAnnounce (room, text) {
    if (text === undefined) return ''
    this.settings.push({ kind: 'announcement', id: room, value: text })
  }

  async roomInvitationAccept (id) { this.settings.push({ kind: 'invitation', id }) }

  async contactAlias (person, alias) {
    if (alias === undefined) return ''
    this.settings.push({ kind: 'alias', id: person, value: alias })
  }
}

const account = new Account()
let server

async function listen () {
  server = new PuppetServer({
    endpoint: `127.0.0.1:${options.port}`,
    puppet: account,
    tls: { disable: !options.tls },
    token: options.token,
  })
  await server.start()
}

async function login (name = '回音') {
  account.contact(SELF, name)
  if (!account.isLoggedIn) await account.login(SELF)
}

/** What may be asked of the gateway; each returns what goes into the answer's `ok`. */
const commands = {
  /** `count` rooms of `members` people each; every third person has an alias in the room. */
  rooms ({ count, members = 3, topic = '群' }) {
    const made = []
    for (let r = 0; r < count; r++) {
      const id = account.nextId('r') + '@chatroom'
      const people = []
      for (let m = 0; m < members; m++) {
        people.push({ id: `p-${id}-${m}`, name: `居民${m}`, alias: m % 3 === 0 ? `${r}栋-居民${m}` : '' })
      }
      account.room(id, `${topic}${r}`, people)
      made.push({ id, topic: `${topic}${r}`, members: people })
    }
    return made
  },
  room ({ room: id = account.nextId('r') + '@chatroom', topic, members }) {
    account.room(id, topic, members)
    return id
  },
  contact ({ person, name }) { account.contact(person, name) },
  say (message) { return account.hear(message) },
  async file ({ path, name, type = types.Message.Image, ...message }) {
    const id = account.nextId('m')
    account.files.set(id, { name, bytes: await readFile(path) })
    return account.hear({ ...message, filename: name, id, type })
  },
  repeat ({ message }) { account.emit('message', { messageId: message }) },
  /** `count` messages; number i is said in room i % rooms, by its member (i / rooms) % members, and reads prefix + i, or texts[i]. */
  burst ({ count, rooms, prefix = '第', texts }) {
    for (let i = 0; i < count; i++) {
      const room = rooms[i % rooms.length]
      const people = account.mocker.roomPayload(room).memberIdList.slice(1)
      account.hear({ room, person: people[Math.floor(i / rooms.length) % people.length], text: texts?.[i % texts.length] ?? `${prefix}${i}` })
    }
  },
  async join ({ room, people, inviter = SELF }) {
    const payload = account.mocker.roomPayload(room)
    for (const person of people) {
      account.contact(person.id, person.name)
      if (person.alias) account.aliases.get(room).set(person.id, person.alias)
      payload.memberIdList.push(person.id)
    }
    await account.dirtyPayload(types.Payload.Room, room)
    const inviteeIdList = people.map(person => person.id)
    account.emit('room-join', { inviteeIdList, inviterId: inviter, roomId: room, timestamp: Date.now() })
  },
  async leave ({ room, people, remover = SELF }) {
    const payload = account.mocker.roomPayload(room)
    payload.memberIdList = payload.memberIdList.filter(id => !people.includes(id))
    await account.dirtyPayload(types.Payload.Room, room)
    account.emit('room-leave', { removeeIdList: people, removerId: remover, roomId: room, timestamp: Date.now() })
  },
  async topic ({ room, topic, person = SELF }) {
    const payload = account.mocker.roomPayload(room)
    const oldTopic = payload.topic
    payload.topic = topic
    await account.dirtyPayload(types.Payload.Room, room)
    account.emit('room-topic', { changerId: person, newTopic: topic, oldTopic, roomId: room, timestamp: Date.now() })
  },
  async alias ({ room, person, alias }) {
    account.aliases.get(room).set(person, alias)
    account.cache.roomMember.clear()
    account.emit('dirty', { payloadId: room, payloadType: types.Payload.RoomMember })
  },
  fault ({ conversation = '*', mode, times = 1 }) {
    if (mode) account.faults.set(conversation, { mode, times })
    else account.faults.delete(conversation)
  },
  echo ({ on }) { account.echo = on },
  clock ({ at }) { account.clock = at },
  sent () { return account.sent },
  settings () { return account.settings },
  emit ({ event, payload }) { account.emit(event, payload) },
  async logout () { await account.logout() },
  async login ({ name }) { await login(name) },
  /** Wait until nobody is subscribed to the events any more: a client that has just left is noticed a moment later. */
  async idle () {
    for (let turn = 0; account.listenerCount('message') > 0; turn++) {
      if (turn > 2000) throw new Error('somebody is still subscribed')
      await later(5)
    }
  },
  /** Every connection is thrown out, and the port listens again; the account stays as it is. */
  async cut () {
    await server.stop()
    await commands.idle()
    await listen()
  },
  /** Forget rooms, messages, faults and what was sent; the account stays logged in. */
  async reset () {
    await commands.idle()
    for (const map of [account.aliases, account.files, account.faults]) map.clear()
    const { mocker } = account
    for (const map of [mocker.cacheContactPayload, mocker.cacheMessagePayload, mocker.cacheRoomPayload]) map.clear()
    account.cache.clear()
    account.sent = []
    account.settings = []
    account.echo = true
    account.clock = undefined
    await login()
  },
}

async function answer (line) {
  const { id, command, ...rest } = JSON.parse(line)
  try {
    return { id, ok: (await commands[command](rest)) ?? null }
  } catch (error) {
    return { id, error: String(error?.stack ?? error) }
  }
}

account.on('error', () => undefined)
account.setMaxListeners(0)
await account.start()
await listen()
if (options.login !== false) await login()
process.stdout.write(JSON.stringify({ ready: options.port }) + '\n')

let turn = Promise.resolve() // one command after the other, so that the order on stdin is the order of events
const lines = createInterface({ input: process.stdin })
lines.on('line', line => {
  turn = turn.then(async () => { process.stdout.write(JSON.stringify(await answer(line)) + '\n') })
})
lines.on('close', () => process.exit(0))
