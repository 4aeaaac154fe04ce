import type { Workshop } from '../harness/workshop.ts'

/** As many VMs as a large host's list has. */
export const many = ({ quick }: Workshop) => (quick ? 300 : 10_000)
