import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restoreHugePages } from './huge-pages.ts'

const moreThanAnyProcessHasMiB = 2 ** 40
const noProcess = 2 ** 30

test('a process without memory of the size of the guest is left as it is', async () => {
  const done = await restoreHugePages(process.pid, moreThanAnyProcessHasMiB)
  assert.equal(done, '0 collapsed, 0 refused, 0 left to the host')
})

test('a process that is gone is an answer, no error', async () => {
  assert.match(await restoreHugePages(noProcess, 512), /^not possible: pidfd_open: /)
})
