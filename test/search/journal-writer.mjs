// Runs a study until a test kills it. Arguments: the compiled library, the journal, the number of trials. Says `open`
// once it is open, then the number of every trial that is stored as complete.

const [library, path, count] = process.argv.slice(2)
const { journal, nsga2, Study } = await import(`${library}/search/index.js`)
const { categorical, defineSpace, integer } = await import(`${library}/space/index.js`)

const study = await Study.open({
  space: defineSpace({
    a: categorical(['x', 'y', 'z']),
    b: integer({ low: 0, high: 999 }),
    c: integer({ low: 0, high: 9 }),
  }),
  objectives: [
    { name: 'near', unit: '', direction: 'minimize', source: 'by formula' },
    { name: 'far', unit: '', direction: 'maximize', source: 'by formula' },
  ],
  searcher: nsga2({ population: 10 }),
  storage: journal(path),
  seed: 3,
})
process.stdout.write('open\n')
while (study.completed.length < Number(count)) {
  const { number, configuration } = await study.ask()
  const { a, b, c } = configuration
  await study.tell({ number }, { near: b * (a === 'x' ? 1 : 2) + c, far: b ** 1.5 - c * c })
  process.stdout.write(`${number}\n`)
}
await study.close()
