import { helperMain } from '../../core/helper-main.ts'
import { AppendFile } from '../image/append-file.ts'
import { MemoryImage } from '../image/reader.ts'
import type { PackOrder } from './pack.ts'
import { readWhole, writeSelfContained } from './self-contained.ts'

/** The process that reads memory images as a whole: their indexes are megabytes, their frames gigabytes. */
await helperMain<PackOrder>(async (order, onBytes) => {
  const image = await MemoryImage.open(order.do === 'pack' ? order.from : order.file)
  try {
    if (order.do === 'check') return await readWhole(image, onBytes)
    return await writeSelfContained(image, new AppendFile(order.to), onBytes)
  } finally {
    await image.close()
  }
})
