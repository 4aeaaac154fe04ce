import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PaneSizes, parsePaneSizes } from './pane-sizes.ts'

const defaults: PaneSizes = ['220px', 100]

test('sizes of panes are taken back as they were kept', () => {
  assert.deepEqual(parsePaneSizes('["260.5px",100]', defaults), ['260.5px', 100])
})

test('what is not of panes like these is left alone', () => {
  for (const text of [null, 'null', '{}', '[1]', '["260px"]', '[30,70]', '["-4px",100]', '["260px","a"]'])
    assert.equal(parsePaneSizes(text, defaults), null, String(text))
})
