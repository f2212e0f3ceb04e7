import { compose, definePlugin, MenagerieError } from '@menagerie/core'
import t from 'tap'
import type { DependencyContainer, InjectionToken } from 'tsyringe'
import { z } from 'zod'
import { satisfies } from '../../dist/plugins/compose.js'
import { VERSION } from '../../dist/version.js'

const COLOUR: InjectionToken<string> = Symbol('test.Colour')
const SHAPE: InjectionToken<string> = Symbol('test.Shape')
const none = () => {}

const colour = definePlugin({
  name: 'colour',
  core: `^${VERSION}`,
  provides: [COLOUR],
  options: z.strictObject({ name: z.string().default('red'), depth: z.number().int().optional() }),
  register: (container, { name }) => void container.registerInstance(COLOUR, name),
})

t.test('a plugin fills its seam with what its options say, defaults filled in', async t => {
  t.equal(compose([colour()], none).resolve(COLOUR), 'red')
  t.equal(compose([colour({ name: 'blue' })], none).resolve(COLOUR), 'blue')
  t.equal(compose([{ plugin: colour as never, options: undefined }], none).resolve(COLOUR), 'red')
})

t.test('fallbacks fill what no plugin fills, each container for itself', async t => {
  const fallbacks = (container: DependencyContainer) => {
    container.registerInstance(COLOUR, 'grey')
    container.registerInstance(SHAPE, 'round')
  }
  const [a, b] = [compose([colour()], fallbacks), compose([], fallbacks)]
  t.strictSame([a.resolve(COLOUR), a.resolve(SHAPE)], ['red', 'round'])
  t.strictSame([b.resolve(COLOUR), b.resolve(SHAPE)], ['grey', 'round'])
})

t.test('two plugins for one seam are refused by name', async t => {
  const paint = definePlugin({
    name: 'paint',
    core: '^0.1.0',
    provides: [SHAPE, COLOUR],
    options: z.object({}),
    register: none,
  })
  t.throws(() => compose([colour(), paint()], none), {
    code: 'PLUGIN_INVALID',
    message: 'the plugins "colour" and "paint" both provide test.Colour; remove one of them',
  })
  t.throws(() => compose([colour(), colour()], none), { code: 'PLUGIN_INVALID' })
})

t.test('a plugin of another kernel version is refused', async t => {
  const old = definePlugin({ name: 'old', core: '^99.0.0', provides: [], options: z.object({}), register: none })
  t.throws(() => compose([old()], none), {
    code: 'PLUGIN_INVALID',
    message: `the plugin "old" is made for version ^99.0.0 of @menagerie/core, this is ${VERSION}: install versions of both that go together`,
  })
})

t.test('what is no plugin is refused', async t => {
  const half = { name: 'half', core: '^0.1.0', provides: [], register: none }
  for (const plugin of [null, undefined, {}, { register: none }, 'storage-file', half]) {
    t.throws(() => compose([{ plugin: plugin as never, options: {} }], none), { code: 'PLUGIN_INVALID' })
  }
})

t.test('wrong options are refused with their path, and what is wrong', async t => {
  const plugin = colour as never
  t.throws(() => compose([{ plugin, options: { name: 5, depth: 1.5 } }], none), {
    code: 'PLUGIN_INVALID',
    message: /options of the plugin "colour": name: .*; depth: /,
  })
  t.throws(() => compose([{ plugin, options: { colour: 'red' } }], none), { message: /options: .*colour/ })
  t.throws(() => compose([{ plugin, options: 'red' }], none), { message: /options: / })
})

t.test('defaults of a plugin fill seams that nothing else fills, and give way to what does', async t => {
  const shape = definePlugin({
    name: 'shape',
    core: `^${VERSION}`,
    provides: [SHAPE],
    options: z.object({}),
    defaults: [colour({ name: 'green' })],
    register: container => void container.registerInstance(SHAPE, 'square'),
  })
  t.equal(compose([shape()], none).resolve(COLOUR), 'green')
  t.equal(compose([shape(), colour()], none).resolve(COLOUR), 'red')
  t.equal(compose([colour(), shape()], none).resolve(COLOUR), 'red')
})

t.test('a default that fills several seams fills those that are left', async t => {
  const both = definePlugin({
    name: 'both',
    core: `^${VERSION}`,
    provides: [COLOUR, SHAPE],
    options: z.object({}),
    register(container) {
      container.registerInstance(COLOUR, 'grey')
      container.registerInstance(SHAPE, 'round')
    },
  })
  const user = (name: string) =>
    definePlugin({ name, core: `^${VERSION}`, provides: [], options: z.object({}), defaults: [both()], register: none })
  const container = compose([user('one')(), colour(), user('two')()], none)
  t.strictSame([container.resolve(COLOUR), container.resolve(SHAPE)], ['red', 'round'])
})

t.test('a plugin whose author has erred in its definition is named', async t => {
  const usual = { name: 'odd', core: `^${VERSION}`, provides: [], options: z.strictObject({}), register: none }
  const cases: [Partial<typeof usual> | object, message: RegExp][] = [
    [
      { defaults: [colour] },
      /^the plugin "odd" has a default that no plugin gives when it is called, .*; tell its author$/,
    ],
    [{ defaults: [undefined] }, /^the plugin "odd" has a default that/],
    [
      { register: () => Promise.reject(new Error('later')) },
      /^the plugin "odd" has an asynchronous register\(\), .*; tell its author to wait in open\(\) instead$/,
    ],
    [
      {
        options: z.strictObject({}).transform(() => {
          throw new Error('no such unit')
        }),
      },
      /^the plugin "odd" failed while it checked its options: no such unit; check them, and tell its author otherwise$/,
    ],
  ]
  for (const [parts, message] of cases) {
    const plugin = definePlugin({ ...usual, ...parts } as never) as unknown as () => never
    t.throws(() => compose([plugin()], none), { code: 'PLUGIN_INVALID', plugin: 'odd', message })
  }
})

t.test('a definition keeps its name and pairs itself with options', async t => {
  t.equal(colour.name, 'colour')
  t.strictSame(colour({ name: 'x' }).options, { name: 'x' })
})

t.test('a caret range is equal in the leftmost part that is not zero, and not below in the rest', async t => {
  const cases: [version: string, range: string, expected: boolean][] = [
    ['1.2.3', '^1.2.3', true],
    ['1.9.0', '^1.2.3', true],
    ['1.2.2', '^1.2.3', false],
    ['1.1.9', '^1.2.3', false],
    ['2.0.0', '^1.2.3', false],
    ['0.9.9', '^1.0.0', false],
    ['0.1.5', '^0.1.2', true],
    ['0.1.1', '^0.1.2', false],
    ['0.2.0', '^0.1.2', false],
    ['0.0.3', '^0.0.3', true],
    ['0.0.4', '^0.0.3', false],
    ['0.0.0', '^0.0.0', true],
    ['0.0.1', '^0.0.0', false],
    ['1.2.3', '1.2.3', true],
    ['1.2.4', '1.2.3', false],
    ['1.10.0', '^1.9.0', true],
    ['1.2.3', '^nonsense', false],
  ]
  for (const [version, range, expected] of cases) t.equal(satisfies(version, range), expected, `${version} in ${range}`)
})

t.test('a plugin that throws while it is added is named', async t => {
  const broken = definePlugin({
    name: 'broken',
    core: '^0.1.0',
    provides: [COLOUR],
    options: z.strictObject({}),
    register() {
      throw new Error('no paint')
    },
  })
  t.throws(() => compose([broken()], none), {
    code: 'PLUGIN_INVALID',
    message:
      'the plugin "broken" failed while it was added: no paint; check its options, and tell its author otherwise',
  })
})

/** A plugin for the colour that registers it as `register` does. */
const painting = (register: (container: DependencyContainer) => unknown, name = 'paint') =>
  definePlugin({
    name,
    core: '^0.1.0',
    provides: [COLOUR],
    options: z.strictObject({}),
    register: container => void register(container),
  })

t.test('a seam is filled by one object, however the plugin registers it', async t => {
  class Painter {}
  const ways: ((container: DependencyContainer) => unknown)[] = [
    container => container.register(COLOUR, { useFactory: () => new Painter() as never }),
    container => container.register(COLOUR, { useClass: Painter as never }),
    container => container.registerSingleton(COLOUR, Painter as never),
    container => container.registerInstance(COLOUR, new Painter() as never),
  ]
  for (const way of ways) {
    const plugin = painting(way)
    const [a, b] = [compose([plugin()], none), compose([plugin()], none)]
    t.equal(a.resolve(COLOUR), a.resolve(COLOUR), `${way}`)
    t.not(a.resolve(COLOUR), b.resolve(COLOUR), 'every container has its own')
  }
})

t.test('a plugin that fills less than it says is refused', async t => {
  const silent = painting(container => container.registerInstance(SHAPE, 'flat'), 'silent')
  t.throws(() => compose([silent()], container => container.registerInstance(COLOUR, 'grey')), {
    code: 'PLUGIN_INVALID',
    plugin: 'silent',
    message: 'the plugin "silent" says that it provides test.Colour, and registers nothing for it; tell its author',
  })
})

t.test('a plugin that throws while it makes its part is named, each time', async t => {
  const factory = () => {
    throw new TypeError('no brush')
  }
  const container = compose([painting(c => c.register(COLOUR, { useFactory: factory }))()], none)
  const thrown = [0, 1].map(() => {
    try {
      return container.resolve(COLOUR)
    } catch (error) {
      return error
    }
  })
  t.match(thrown[0], {
    code: 'PLUGIN_INVALID',
    plugin: 'paint',
    message: 'the plugin "paint" failed while it made its test.Colour: no brush',
    cause: TypeError,
  })
  t.equal(thrown[1], thrown[0], 'the same error, so that it is told once')
})

t.test('what a plugin has put into words stays as it is', async t => {
  const own = new MenagerieError('DATA_DIR_UNUSABLE', 'the palette is locked')
  const thrower = () => {
    throw own
  }
  t.throws(() => compose([painting(thrower)()], none), own)
  const container = compose([painting(c => c.register(COLOUR, { useFactory: thrower }))()], none)
  t.throws(() => container.resolve(COLOUR), own)
})

t.test('a version of the kernel that is not written as a caret range is refused as such', async t => {
  const odd = definePlugin({ name: 'odd', core: '>=0.1 <2', provides: [], options: z.object({}), register: none })
  t.throws(() => compose([odd()], none), {
    code: 'PLUGIN_INVALID',
    message: `the plugin "odd" names the versions of @menagerie/core that it works with in a way that is not read: found core: ">=0.1 <2", expected one such as "^${VERSION}"`,
  })
})
