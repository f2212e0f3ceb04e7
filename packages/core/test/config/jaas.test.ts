import t from 'tap'
import { readJaas } from '../../dist/config/jaas.js'

const plain = (text: string, properties?: (name: string) => string | undefined) => {
  const { sections, problem } = readJaas(text, properties)
  if (problem) return problem
  return Object.fromEntries(
    [...sections].map(([name, modules]) => [
      name,
      modules.map(({ className, flag, options, line }) => ({ className, flag, line, ...Object.fromEntries(options) })),
    ]),
  )
}

t.test('jaas', async t => {
  t.test('reads sections with their login modules', async t => {
    const text = `/* users */
Server {
  org.apache.zookeeper.server.auth.DigestLoginModule required // all of them
    user_super="adminsecret"
    user_bob = "bob;{}=\\"secret\\"";
};
Client { a.B Optional x=y; c.D sufficient; };
`
    t.strictSame(plain(text), {
      Server: [
        {
          className: 'org.apache.zookeeper.server.auth.DigestLoginModule',
          flag: 'required',
          line: 3,
          user_super: 'adminsecret',
          user_bob: 'bob;{}="secret"',
        },
      ],
      Client: [
        { className: 'a.B', flag: 'optional', line: 7, x: 'y' },
        { className: 'c.D', flag: 'sufficient', line: 7 },
      ],
    })
  })
  t.test('reads escapes as Java does', async t => {
    t.strictSame(plain('S { a.B required p="\\t\\\\\\101\\q"; };'), {
      S: [{ className: 'a.B', flag: 'required', line: 1, p: '\t\\Aq' }],
    })
  })
  t.test('puts properties in their places, as Java does', async t => {
    const properties = (name: string) => ({ a: 'A', 'b.c': `\${a}`, empty: '' })[name]
    const expand = (value: string) => {
      const { sections, problem } = readJaas(`S { a.B required\np="${value}"; };`, properties)
      return problem ?? sections.get('S')?.[0]?.options.get('p')
    }
    t.equal(expand(`1\${a}2\${b.c}3`), `1A2\${a}3`, 'once: what comes out stays as it is')
    t.equal(expand(`\${/}x`), '/x')
    t.equal(expand(`x\${empty}`), 'x')
    for (const text of [`\${{a}}`, `\${{a`, `\${a`, '$a', '{a}', '$$', `\${{a}} \${a`]) t.equal(expand(text), text)
    t.equal(expand(`\${{x}}\${a}`), `\${{x}}A`)
    t.match(expand(`\${nope}`), { line: 2, message: /^option p: \$\{nope\} stands for nothing, expected / })
    t.match(expand(`\${}`), { line: 2, message: /^option p: \$\{\} stands for nothing/ })
    t.match(expand(`\${empty}`), { line: 2, message: `option p: \${empty} stands for an empty text` })
    t.match(
      plain(`\${a} { \${a} required \${a}="\${a}"; };`, properties),
      { line: 1 },
      'braces end a word without quotes',
    )
    t.match(plain(`S { a.B required p="\${a}"; };`), { line: 1 }, 'nothing is known unless it is given')
  })
  t.test('takes an empty text', async t => t.strictSame(plain('  \n// nothing\n'), {}))

  const wrong: [name: string, text: string, line: number, message: string][] = [
    ['a missing ;', 'Server {\n a.B required user_x="1"\n};', 3, 'found "}", expected an option, or ;'],
    ['a missing ; after a section', 'Server {\n a.B required;\n}', 3, 'found the end of the file, expected ;'],
    ['a missing brace', 'Server\n a.B required;', 2, 'found "a.B", expected {'],
    [
      'an unknown flag',
      'Server { a.B must; };',
      1,
      'found "must", expected one of required, requisite, sufficient, optional',
    ],
    ['a value without =', 'Server { a.B required\nuser_x "1"; };', 2, 'found "1", expected ='],
    ['a missing value', 'Server { a.B required user_x=; };', 1, 'found ";", expected a value for user_x'],
    ['an open quote', 'Server {\n a.B required user_x="1;\n};', 2, 'a quoted text does not end on its line'],
    ['an open comment', 'Server {\n/* };', 2, 'a comment does not end'],
    ['a section that is there twice', 'S { };\nS { };', 2, 'section S is there twice'],
    ['an option that is there twice', 'S { a.B required x=1\n x=2; };', 2, 'option x is there twice'],
    [
      'an open section',
      'S { a.B required;',
      1,
      'found the end of the file, expected the class of a login module, or }',
    ],
  ]
  for (const [name, text, line, message] of wrong) {
    t.test(`reports ${name}`, async t => t.strictSame(plain(text), { line, message }))
  }
})
